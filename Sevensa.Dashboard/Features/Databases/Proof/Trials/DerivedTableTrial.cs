using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Others' tables through what was made of them: views, and parents.</summary>
internal static class DerivedTableTrial
{
    public static async Task ViewsAsync(TrialSession session)
    {
        var sources = await session.AskAsync(
            ProofSql.ViewSources,
            row =>
                (
                    Id: row.GetInt64(0),
                    Schema: row.GetString(1),
                    Name: row.GetString(2),
                    SourceSchema: row.GetString(3),
                    SourceOwner: row.GetString(4),
                    Owner: row.GetString(5)
                )
        );
        foreach (var view in sources.GroupBy(one => one.Id))
        {
            // Those that are themselves another's were tried with the tables.
            if (session.Another(view.First().Schema, view.First().Owner) is not null)
            {
                continue;
            }
            var victims = view.Select(one => session.Another(one.SourceSchema, one.SourceOwner))
                .OfType<string>()
                .Distinct()
                .ToList();
            if (victims.Count == 0)
            {
                continue;
            }
            var (_, schema, name, _, _, _) = view.First();
            var statement = $"explain select * from {PostgresNames.Quoted(schema, name)}";
            var answer = await session.TryAsync(statement);
            session.Tell(
                AttemptKinds.Tables,
                victims.Count == 1 ? victims[0] : null,
                $"{schema}.{name}",
                statement,
                answer,
                $"This view is made of others' tables and may be read{session.AfterBecoming}."
            );
        }
    }

    public static async Task InheritanceAsync(TrialSession session)
    {
        var children = await session.AskAsync(
            ProofSql.Inheritance,
            row =>
                (
                    Schema: row.GetString(0),
                    Parent: row.GetString(1),
                    ChildSchema: row.GetString(2),
                    Child: row.GetString(3),
                    Owner: row.GetString(4)
                )
        );
        foreach (var child in children)
        {
            if (
                session.Another(child.ChildSchema, child.Owner) is { } victim
                && session.Another(child.Schema, null) is null
            )
            {
                var statement = $"explain select * from {PostgresNames.Quoted(child.Schema, child.Parent)}";
                var answer = await session.TryAsync(statement);
                session.Tell(
                    AttemptKinds.Inheritance,
                    victim,
                    $"{child.ChildSchema}.{child.Child}",
                    statement,
                    answer,
                    "Whoever reads the parent reads this table too, without a right on it."
                );
            }
        }
    }
}
