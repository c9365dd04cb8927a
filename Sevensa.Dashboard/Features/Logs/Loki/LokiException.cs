using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>
/// Loki could not or would not answer. <see cref="UpstreamException.Status"/> and <see cref="Exception.Message"/> are
/// Loki's own, <see cref="UpstreamException.Remedy"/> says what to do.
/// </summary>
internal sealed class LokiException(
    UpstreamFault fault,
    string message,
    int? status = null,
    string? remedy = null,
    Exception? inner = null
) : UpstreamException(Loki, fault, message, status, remedy, inner)
{
    public const string Loki = "Loki";

    internal static readonly UpstreamTerms Terms = new(
        Loki,
        "Loki:Url",
        "Loki:TokenFile, or Loki:Username and Loki:PasswordFile",
        "Loki:TimeoutSeconds"
    );

    // Part of Loki's message, and what helps.
    private static readonly (string Words, string Remedy)[] Remedies =
    [
        ("no org id", "This Loki tells tenants apart by header: set Loki:Tenancy to Header."),
        ("multiple org ids", "Set multi_tenant_queries_enabled in Loki's querier, or choose one tenant."),
        (
            "max entries limit",
            "Ask for fewer lines at a time, or raise limits_config.max_entries_limit_per_query in Loki."
        ),
        (
            "query time range exceeds the limit",
            "Choose a shorter time range, or raise limits_config.max_query_length in Loki."
        ),
        ("exceeded maximum resolution", "Choose a larger step or a shorter time range."),
        (
            "at least one regexp or equality matcher",
            "Name at least one label with a value that is not empty, such as the service."
        ),
        ("maximum number of series", "Group by fewer labels, or raise limits_config.max_query_series in Loki."),
        ("maximum of series", "Group by fewer labels, or raise limits_config.max_query_series in Loki."),
        (
            "would read too many bytes",
            "Narrow the selector or the time range, or raise limits_config.max_query_bytes_read in Loki."
        ),
        (
            "max concurrent tail requests",
            "Close another live tail, or raise limits_config.max_concurrent_tail_requests in Loki."
        ),
        ("too many outstanding requests", "Loki is busy: wait a little, or ask for less at a time."),
        ("not ready", "Loki is starting: wait until its /ready answers \"ready\"."),
        ("empty ring", "Loki's ring has no member yet: wait, or look at its log."),
        ("context deadline exceeded", "Narrow the selector or the time range."),
        ("parse error", "Correct the query at the place that is named."),
        (
            "approx_topk is not enabled",
            "This Loki has not switched approx_topk on: name it in limits_config.shard_aggregations, or use topk."
        ),
        (
            "multi variant queries are disabled",
            "This Loki has not switched variants on: set limits_config.enable_multi_variant_queries, or ask each by itself."
        ),
        (
            NotEnabled,
            "This Loki has not switched on what was asked for: do without, or switch it on in its configuration."
        ),
        ("stopping", "Loki is shutting down: it takes questions and answers none. Wait until it is back."),
    ];

    private const string NotEnabled = "is not enabled";
    private const string Disabled = "are disabled for this";

    /// <summary>The error in an answer that is not a success. Loki's are plain text, sometimes JSON; proxies send HTML.</summary>
    internal static LokiException From(int status, string? contentType, string body)
    {
        var words =
            contentType?.Contains("html", StringComparison.OrdinalIgnoreCase) == true ? "" : UpstreamTerms.Words(body);
        var told = Terms.Refusal(status, words, RemedyFor(words, status));
        // Some constructs that are switched off are answered as if Loki had failed.
        return status == 500 && IsSwitchedOff(words)
            ? new LokiException(UpstreamFault.Refused, told.Message, status, told.Remedy)
            : Of(told);
    }

    /// <summary>Loki says that what was asked for is not switched on in it.</summary>
    internal static bool IsSwitchedOff(string words) =>
        words.Contains(NotEnabled, StringComparison.Ordinal) || words.Contains(Disabled, StringComparison.Ordinal);

    /// <summary>The same as this feature throws it.</summary>
    internal static LokiException Of(UpstreamException told) =>
        told as LokiException ?? new(told.Fault, told.Message, told.Status, told.Remedy, told.InnerException);

    internal static LokiException NotConfigured() =>
        new(UpstreamFault.NotConfigured, "No Loki is configured.", remedy: "Set Loki:Url to the address of Loki.");

    internal static string? RemedyFor(string message, int? status) =>
        Array.Find(Remedies, known => message.Contains(known.Words, StringComparison.OrdinalIgnoreCase)).Remedy
        ?? status switch
        {
            404 => "Check that Loki:Url is the address of a Loki 3, without /loki/api.",
            429 => "Loki limits how much is asked: wait a little, or ask for less at a time.",
            { } other => Terms.RemedyFor(other),
            null => null,
        };
}
