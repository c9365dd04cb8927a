namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>Which experimental parts of the language are read; what is off is refused in the words of Prometheus.</summary>
/// <param name="UnquotedNames">Names with dots or letters beyond ASCII may stand without quotes.</param>
/// <param name="EitherBoundary">
/// <c>le="1"</c> is read as the boundary 1 however it is written: Prometheus 3 keeps it as <c>1.0</c>, older ones as the program wrote it.
/// </param>
/// <param name="FormerFunctions">What only servers before 3.0 have is read too.</param>
public sealed record PromQlOptions(
    bool ExperimentalFunctions = true,
    bool DurationExpressions = true,
    bool ExtendedRangeSelectors = true,
    bool FillModifiers = true,
    bool UnquotedNames = false,
    bool EitherBoundary = false,
    bool FormerFunctions = true
)
{
    /// <summary>
    /// All of them: what the server then does not know, it rejects itself. But names with dots or letters beyond ASCII that
    /// stand without quotes: they are sent on in quotes, so it is asked first whether it reads them.
    /// </summary>
    public static PromQlOptions All { get; } = new();

    /// <summary>Everything that any server reads: for texts that are read and not sent, or that a server holds already.</summary>
    public static PromQlOptions Any { get; } = new(UnquotedNames: true);

    /// <summary>What a Prometheus without any feature flag reads.</summary>
    public static PromQlOptions Stable { get; } = new(false, false, false, false);
}
