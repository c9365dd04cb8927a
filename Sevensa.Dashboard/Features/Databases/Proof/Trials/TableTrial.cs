using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Others' tables, views, columns and sequences, by rights that were granted on them.</summary>
internal static class TableTrial
{
    /// <summary>So many are tried one by one; of more it is said how many there are.</summary>
    private const int MostTried = 200;

    public static async Task TablesAsync(TrialSession session, List<Relation> relations)
    {
        var tried = 0;
        foreach (var relation in relations.Where(one => one.Kind != 'S' && one.Rights.Count > 0))
        {
            if (session.Another(relation.Schema, relation.Owner) is not { } victim)
            {
                continue;
            }
            if (++tried <= MostTried)
            {
                await TableAsync(session, relation, victim);
            }
        }
        if (tried > MostTried)
        {
            session.Leak(
                AttemptKinds.Tables,
                null,
                $"{tried - MostTried} more",
                "",
                $"Rights were granted on {tried - MostTried} more tables and views of others; they were not tried one by one."
            );
        }
    }

    private static async Task TableAsync(TrialSession session, Relation relation, string victim)
    {
        var (can, first, refused) = (new List<string>(), (string?)null, "");
        foreach (var (right, statement) in StatementsFor(relation))
        {
            var answer = await session.TryAsync(statement);
            if (answer.Worked && right == "SELECT" && relation.Secured && answer.Value is not true)
            {
                refused = "No row of it is let through by its row security.";
                first ??= statement;
            }
            else if (answer.Worked)
            {
                (can, first) = ([.. can, right], can.Count == 0 ? statement : first);
            }
            else
            {
                (refused, first) = (answer.Words, first ?? statement);
            }
        }
        // These can't be tried without harm; a right on a table that can't be named is of no use.
        foreach (var right in new[] { "TRUNCATE", "TRIGGER", "REFERENCES", "MAINTAIN" })
        {
            if (relation.Rights.Contains(right) && relation is { SchemaOpen: true, Kind: 'r' or 'p' })
            {
                can.Add(right);
                first ??=
                    $"select has_table_privilege({PostgresNames.Literal(relation.Quoted)}, {PostgresNames.Literal(right)})";
            }
        }
        var name = $"{relation.Schema}.{relation.Name}";
        if (can.Count > 0)
        {
            session.Leak(
                AttemptKinds.Tables,
                victim,
                name,
                first ?? "",
                $"{string.Join(", ", can)} worked{session.AfterBecoming}."
            );
        }
        else
        {
            session.Held(AttemptKinds.Tables, victim, name, first ?? "", refused);
        }
    }

    private static IEnumerable<(string Right, string Statement)> StatementsFor(Relation relation)
    {
        if (relation.Rights.Contains("SELECT"))
        {
            var column = relation.Readable.Length > 0 ? PostgresNames.Quoted(relation.Readable) : "1";
            // What is planned is checked as what is run, and reads nothing; with row security only rows say what is let through.
            yield return (
                "SELECT",
                relation.Secured
                    ? $"select exists (select {column} from {relation.Quoted})"
                    : $"explain select {column} from {relation.Quoted}"
            );
        }
        if (relation.Rights.Contains("INSERT") && relation.Insertable.Length > 0)
        {
            yield return (
                "INSERT",
                $"explain insert into {relation.Quoted} ({PostgresNames.Quoted(relation.Insertable)}) select null where false"
            );
        }
        if (relation.Rights.Contains("UPDATE") && relation.Updatable.Length > 0)
        {
            yield return (
                "UPDATE",
                $"explain update {relation.Quoted} set {PostgresNames.Quoted(relation.Updatable)} = null where false"
            );
        }
        if (relation.Rights.Contains("DELETE"))
        {
            yield return ("DELETE", $"explain delete from {relation.Quoted} where false");
        }
    }

    public static void Sequences(TrialSession session, List<Relation> relations)
    {
        foreach (var sequence in relations.Where(one => one.Kind == 'S' && one.Rights.Count > 0))
        {
            // By its number it is reached without a right on its schema; asking it for a value would move it.
            if (session.Another(sequence.Schema, sequence.Owner) is { } victim)
            {
                session.Leak(
                    AttemptKinds.Sequences,
                    victim,
                    $"{sequence.Schema}.{sequence.Name}",
                    $"select has_sequence_privilege({sequence.Id}::oid, 'USAGE, SELECT, UPDATE')",
                    $"{string.Join(", ", sequence.Rights.Order())} was granted: its value tells how much happens there, and it can be moved."
                );
            }
        }
    }
}
