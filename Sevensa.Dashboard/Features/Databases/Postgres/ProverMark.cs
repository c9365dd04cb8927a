namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>
/// The comment in every statement of the isolation prover. It signs in as tenants do, so that nothing else tells its statements
/// from theirs in a server's log, in <c>pg_stat_activity</c> and in <c>pg_stat_statements</c>.
/// </summary>
internal static class ProverMark
{
    private const string Comment = "/* sevensa isolation proof */";

    /// <summary>The statement with the mark behind its first word: what stands before that is not kept by every server.</summary>
    public static string On(string statement)
    {
        var text = statement.TrimStart();
        var word = text.AsSpan().IndexOfAny(" \n\t");
        return word < 0 ? $"{text} {Comment}" : $"{text[..word]} {Comment}{text[word..]}";
    }

    /// <summary>
    /// A condition that holds for statements of the services themselves: not the prover's, nor the beginning and end of
    /// transactions, which the prover's can't be told from.
    /// </summary>
    /// <param name="text">Where the statement's text is, in SQL; it may be null.</param>
    public static string IsNotOn(string text) =>
        $"""
            coalesce({text}, '') not like '%{Comment}%'
               and coalesce({text}, '') !~* '^\s*(begin|start transaction|commit|rollback|end|abort)\M'
            """;
}
