namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>Which experimental parts of the language are read; what is off is refused in the words of Prometheus.</summary>
public sealed record PromQlOptions(
    bool ExperimentalFunctions = true,
    bool DurationExpressions = true,
    bool ExtendedRangeSelectors = true,
    bool FillModifiers = true
)
{
    /// <summary>All of them: what the server then does not know, it rejects itself.</summary>
    public static PromQlOptions All { get; } = new();

    /// <summary>What a Prometheus without any feature flag reads.</summary>
    public static PromQlOptions Stable { get; } = new(false, false, false, false);
}
