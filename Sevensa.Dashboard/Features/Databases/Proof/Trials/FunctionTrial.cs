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
                    OfExtension: row.GetBoolean(5),
                    Source: row.GetString(6),
                    Parameters: row.GetInt32(7),
                    Pinned: row.GetBoolean(8),
                    Touches: row.GetString(9).Split('\n', StringSplitOptions.RemoveEmptyEntries),
                    Writable: row.GetString(10)
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
            var executes =
                Executes().IsMatch(function.Source) && (function.Parameters > 0 || Hears().IsMatch(function.Source));
            if (
                victim is null
                && executes
                && function is { Powerful: false, OfExtension: false }
                && session.Ground.Owners.OfRole(function.Owner) is null
            )
            {
                victim = await ReachedAsync(session, function.Owner, [.. schemas.Select(one => one.Schema)]);
            }
            var why = victim is not null
                ? session.Ground.Owners.OfRole(function.Owner) is { } owner && owner != session.Tenant
                    ? "It runs as another tenant's role"
                    : "It reaches another tenant's tables with its owner's rights"
                // What an extension brings is its author's to keep.
                : function is not { Powerful: true, OfExtension: false }
                    ? null
                    : executes
                        ? $"It runs as {function.Owner}, and executes text that it is given"
                        : !Looks().IsMatch(function.Source)
                            ? null
                            : !function.Pinned
                                ? $"It runs as {function.Owner} and looks for names wherever the caller's search path leads: set search_path on it"
                                : function.Writable.Length > 0
                                    ? $"It runs as {function.Owner} and looks for names in the schema {function.Writable}, where this login makes objects"
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

    /// <summary>Whose tables a role that is nobody's reaches.</summary>
    private static async Task<string?> ReachedAsync(TrialSession session, string owner, string[] schemas) =>
        (await session.AskAsync(ProofSql.Reach, row => row.GetString(0), ("owner", owner), ("schemas", schemas)))
            is [var schema, ..]
            ? session.Another(schema, null)
            : null;

    private static bool Mentions(string source, string schema) =>
        Regex.IsMatch(source, $@"(?<![\w$]){Regex.Escape(schema)}""?\s*\.", RegexOptions.IgnoreCase);

    /// <summary>Statements and functions that run a text, in PostgreSQL's own languages and others.</summary>
    [GeneratedRegex(
        @"\b(execute|query_to_xml\w*|cursor_to_xml\w*|(table|schema|database)_to_xml\w*|ts_stat|ts_rewrite|dblink\w*|pg_read_(binary_)?file|pg_ls_dir|lo_(import|export)|spi_exec\w*|spi_query\w*|plpy\.(execute|cursor|prepare))\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Executes();

    /// <summary>What comes from the caller without being handed over.</summary>
    [GeneratedRegex(@"\bcurrent_setting\b", RegexOptions.IgnoreCase)]
    private static partial Regex Hears();

    /// <summary>Statements that look names up.</summary>
    [GeneratedRegex(@"\b(from|join|into|update|perform|call|execute)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Looks();
}
