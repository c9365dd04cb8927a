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
}
