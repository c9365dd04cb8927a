namespace Sevensa.Dashboard.Platform.Http;

/// <summary>How many items a page of a list has: the one rule for the parameter <c>limit</c>.</summary>
public static class PageSize
{
    public const int Most = 1000;

    /// <param name="limit">As it was asked for; null when it was left out.</param>
    /// <param name="usual">What a page has when nothing is asked for.</param>
    /// <exception cref="BadHttpRequestException">400: it is none that a page can have. It is not brought into bounds in silence.</exception>
    public static int Of(int? limit, int usual = 100) =>
        limit is null ? usual
        : limit is >= 1 and <= Most ? limit.Value
        : throw new BadHttpRequestException(
            $"limit is from 1 to {Most}; {limit} is not. Further items come by next and cursor."
        );
}
