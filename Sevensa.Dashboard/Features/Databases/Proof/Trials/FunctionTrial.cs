using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Functions that run with others' rights.</summary>
internal static partial class FunctionTrial
{
    public static async Task RunAsync(TrialSession session)
    {
        var functions = await session.AskAsync(
            ProofSql.Functions,
            row =>
                (
                    Schema: row.GetString(0),
                    Name: row.GetString(1),
                    Arguments: row.GetString(2),
                    Owner: row.GetString(3),
                    Powerful: row.GetBoolean(4),
                    Language: row.GetString(5),
                    Source: row.GetString(6),
                    Parameters: row.GetInt32(7),
                    Pinned: row.GetBoolean(8),
                    Touches: row.GetString(9).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                )
        );
        var schemas = session
            .Ground.Owners.SchemasIn(session.Database)
            .Where(one => one.Tenant != session.Tenant)
            .ToList();
        foreach (var function in functions)
        {
            var name = $"{PostgresNames.Quoted(function.Schema, function.Name)}({function.Arguments})";
            var victim =
                session.Another(function.Schema, function.Owner)
                ?? function
                    .Touches.Select(schema => session.Another(schema, null))
                    .FirstOrDefault(one => one is not null)
                ?? schemas.FirstOrDefault(one => Mentions(function.Source, one.Schema)).Tenant;
            var why = victim is not null
                ? session.Ground.Owners.OfRole(function.Owner) is { } owner && owner != session.Tenant
                    ? "It runs as another tenant's role"
                    : "It reaches another tenant's tables with its owner's rights"
                : function.Powerful
                && function is { Language: "plpgsql", Parameters: > 0 }
                && Executes().IsMatch(function.Source)
                    ? $"It runs as {function.Owner}, and executes text that it is given"
                    : function is { Powerful: true, Pinned: false } && Looks().IsMatch(function.Source)
                        ? $"It runs as {function.Owner} and looks for names wherever the caller's search path leads: set search_path on it"
                        : null;
            if (why is not null)
            {
                session.Leak(
                    AttemptKinds.Functions,
                    victim,
                    $"{function.Schema}.{function.Name}",
                    $"select has_function_privilege({PostgresNames.Literal(name)}, 'EXECUTE')",
                    $"{why}, and may be called{session.AfterBecoming}. It was not called: what a function does may not be undone."
                );
            }
        }
    }

    private static bool Mentions(string source, string schema) =>
        Regex.IsMatch(source, $@"(?<![\w$]){Regex.Escape(schema)}""?\s*\.", RegexOptions.IgnoreCase);

    [GeneratedRegex(@"\bexecute\b", RegexOptions.IgnoreCase)]
    private static partial Regex Executes();

    /// <summary>Statements that look names up.</summary>
    [GeneratedRegex(@"\b(from|join|into|update|perform|call|execute)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Looks();
}
