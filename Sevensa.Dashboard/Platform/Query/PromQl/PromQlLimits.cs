namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>What a query's text may at most be; beyond, it is refused with the limit named.</summary>
public static class PromQlLimits
{
    /// <summary>Characters of one query.</summary>
    public const int MaxLength = 128 * 1024;

    /// <summary>Parentheses, calls, signs and powers inside each other.</summary>
    public const int MaxNesting = 250;

    /// <summary>Nodes on the longest way from the root down, so also terms in a chain such as <c>a or b or c …</c>.</summary>
    public const int MaxHeight = 1_000;
}
