namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Others' code, and code of the tenant's own that runs on others' rows.</summary>
internal static class CodeTrial
{
    public static async Task CodeAsync(TrialSession session)
    {
        var seen = await session.AskAsync(
            ProofSql.Code,
            row => (Schema: row.GetString(0), Owner: row.GetString(1), Count: row.GetInt32(2))
        );
        var others = seen.Select(one => (Whose: session.Another(one.Schema, one.Owner), one.Schema, one.Count))
            .Where(one => one.Whose is not null)
            .ToList();
        if (others.Count == 0)
        {
            return;
        }
        var whose = others.Select(one => one.Whose!).Distinct().ToList();
        session.Leak(
            AttemptKinds.Code,
            whose.Count == 1 ? whose[0] : null,
            whose.Count == 1
                ? $"{others.Sum(one => one.Count)} functions and views of {others[0].Schema}"
                : $"functions and views of {whose.Count} tenants",
            "select prosrc from pg_proc; select definition from pg_views",
            "The catalogue of a database shows the text of every function and view to everybody who may connect. Only a database of its own keeps it."
        );
    }

    public static async Task TriggersAsync(TrialSession session)
    {
        foreach (
            var trigger in await session.AskAsync(
                ProofSql.Triggers,
                row =>
                    (Schema: row.GetString(0), Table: row.GetString(1), Name: row.GetString(2), Owner: row.GetString(3))
            )
        )
        {
            if (session.Another(trigger.Schema, trigger.Owner) is { } victim)
            {
                session.Leak(
                    AttemptKinds.Triggers,
                    victim,
                    $"{trigger.Schema}.{trigger.Table}",
                    "select tgname, tgfoid::regprocedure from pg_trigger",
                    $"The trigger {trigger.Name} there runs a function of this tenant's: it is handed every row."
                );
            }
        }
    }

    /// <summary>Code and tables of this tenant's that others lean on.</summary>
    public static async Task LeaningAsync(TrialSession session)
    {
        foreach (
            var one in await session.AskAsync(
                ProofSql.Leaning,
                row =>
                    (Schema: row.GetString(0), Table: row.GetString(1), Owner: row.GetString(2), How: row.GetString(3))
            )
        )
        {
            if (session.Another(one.Schema, one.Owner) is { } victim)
            {
                session.Leak(
                    AttemptKinds.Triggers,
                    victim,
                    $"{one.Schema}.{one.Table}",
                    "select refobjid::regclass, refobjid::regproc from pg_depend",
                    $"It leans on something of this tenant's ({one.How}): that is handed its rows, or runs with the rights of whoever uses it."
                );
            }
        }
        foreach (
            var part in await session.AskAsync(
                ProofSql.Partitions,
                row =>
                    (Schema: row.GetString(0), Table: row.GetString(1), Owner: row.GetString(2), Mine: row.GetString(3))
            )
        )
        {
            if (session.Another(part.Schema, part.Owner) is { } victim)
            {
                session.Leak(
                    AttemptKinds.Triggers,
                    victim,
                    $"{part.Schema}.{part.Table}",
                    "select inhrelid::regclass from pg_inherits",
                    $"{part.Mine}, which is this tenant's, is a part of it: rows that are written there lie here."
                );
            }
        }
        if (session.IsOwnDatabase)
        {
            return;
        }
        foreach (
            var (name, owner) in await session.AskAsync(
                ProofSql.EventTriggers,
                row => (row.GetString(0), row.GetString(1))
            )
        )
        {
            session.Leak(
                AttemptKinds.Triggers,
                session.Another(null, owner) ?? session.OtherTenant,
                $"event trigger {name}",
                "select evtname, evtfoid::regproc from pg_event_trigger",
                "It runs a function of this tenant's with the rights of whoever makes or drops something in this database."
            );
        }
    }

    public static async Task ReferencesAsync(TrialSession session)
    {
        foreach (
            var key in await session.AskAsync(
                ProofSql.References,
                row =>
                    (
                        Schema: row.GetString(0),
                        Table: row.GetString(1),
                        Owner: row.GetString(2),
                        Mine: row.GetString(3),
                        Name: row.GetString(4)
                    )
            )
        )
        {
            if (session.Another(key.Schema, key.Owner) is { } victim)
            {
                session.Leak(
                    AttemptKinds.References,
                    victim,
                    $"{key.Schema}.{key.Table}",
                    "select conname, confrelid::regclass from pg_constraint",
                    $"The foreign key {key.Name} of {key.Mine} tells by trying which values there are, without a right, and keeps its owner from taking rows away."
                );
            }
        }
    }
}
