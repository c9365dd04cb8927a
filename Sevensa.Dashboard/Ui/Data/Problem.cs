namespace Sevensa.Dashboard.Ui.Data;

/// <summary>Why something could not be read: what happened, what it means, what to do, in the upstream's own words.</summary>
/// <param name="What">What happened: "Prometheus did not answer".</param>
/// <param name="Means">What that means here: "The charts show the last good answer."</param>
/// <param name="Do">What to do about it.</param>
/// <param name="Upstream">Who was asked.</param>
/// <param name="Words">The upstream's own message, untouched.</param>
/// <param name="Status">Its HTTP status.</param>
/// <param name="Tried">What was tried: "GET /api/v1/query_range, 3 times in 12 s".</param>
public sealed record Problem(
    string What,
    string? Means = null,
    string? Do = null,
    string? Upstream = null,
    string? Words = null,
    int? Status = null,
    string? Tried = null
);
