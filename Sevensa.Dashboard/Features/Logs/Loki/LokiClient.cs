using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>
/// Loki's HTTP API, scoped. Every call takes whose data may be read and narrows what is asked to it, by header or by
/// label as <c>Loki:Tenancy</c> says; there is no way to ask without. Safe for use by many at once.
/// <para>
/// Every call throws <see cref="LokiException"/> when Loki cannot or will not answer (its status and words are kept) and
/// <see cref="QueryRefusedException"/> when a query cannot be read or scoped; then nothing was sent.
/// </para>
/// <para>
/// A scope of several tenants is asked in one request (<c>a|b</c>). Where the server does not allow that, which is
/// learnt once, each tenant is asked by itself and the answers are merged in order. Either way a stream's label
/// <c>__tenant_id__</c> says whose it is.
/// </para>
/// </summary>
internal sealed partial class LokiClient(
    HttpClient http,
    IOptions<LogsOptions> options,
    Upstreams upstreams,
    TimeProvider time
)
{
    /// <summary>Evaluates a metric query at one moment (now when null), or reads the newest lines before it.</summary>
    public Task<LokiAnswer> QueryAsync(
        TenantScope scope,
        string logQl,
        long? timeUnixNs = null,
        int? limit = null,
        LokiDirection direction = LokiDirection.Backward,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.Query,
            [
                new("query", logQl),
                .. Optional("time", timeUnixNs),
                .. Optional("limit", limit),
                .. Direction(direction),
            ],
            ReadAnswerAsync,
            answers => LokiMerge.Answers(answers, limit, direction),
            cancellation
        );

    /// <summary>
    /// Reads lines, or evaluates a metric query at every step, over a range. Lines of one stream that share a time keep
    /// their order; page on by the time of the last line and drop what was seen.
    /// </summary>
    public Task<LokiAnswer> QueryRangeAsync(
        TenantScope scope,
        LokiRangeQuery query,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.QueryRange,
            [
                .. Text(query.LogQl),
                .. Optional("start", query.StartUnixNs),
                .. Optional("end", query.EndUnixNs),
                .. Optional("limit", query.Limit),
                .. Direction(query.Direction),
                .. Step(query.Step),
            ],
            ReadAnswerAsync,
            answers => LokiMerge.Answers(answers, query.Limit, query.Direction),
            cancellation
        );

    /// <summary>The names of labels that streams of the scope have.</summary>
    /// <param name="selector">Only of these streams; null for all.</param>
    public Task<IReadOnlyList<string>> LabelsAsync(
        TenantScope scope,
        LokiSpan span,
        string? selector = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.Labels,
            [.. Text(selector), .. Span(span)],
            ReadTextsAsync,
            LokiMerge.Texts,
            cancellation
        );

    /// <summary>The values of a label.</summary>
    /// <param name="selector">Only in these streams; null for all.</param>
    public Task<IReadOnlyList<string>> LabelValuesAsync(
        TenantScope scope,
        string label,
        LokiSpan span,
        string? selector = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.LabelValues,
            [.. Text(selector), .. Span(span)],
            ReadTextsAsync,
            LokiMerge.Texts,
            cancellation,
            label
        );

    /// <summary>The label sets of streams.</summary>
    /// <param name="selectors">Streams that match one of these; none means all.</param>
    public Task<IReadOnlyList<LokiLabels>> SeriesAsync(
        TenantScope scope,
        IReadOnlyList<string> selectors,
        LokiSpan span,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.Series,
            [.. selectors.Select(selector => KeyValuePair.Create("match[]", selector)), .. Span(span)],
            ReadSeriesAsync,
            LokiMerge.Series,
            cancellation
        );

    /// <summary>How much there is to read. Only what is in the store counts, not what Loki has in memory.</summary>
    public Task<LokiIndexStats> IndexStatsAsync(
        TenantScope scope,
        string? logQl,
        LokiSpan span,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.IndexStats,
            [.. Text(logQl), .. Span(span)],
            ReadStatsAsync,
            LokiMerge.Stats,
            cancellation
        );

    /// <summary>Bytes by label values over the span: a vector.</summary>
    /// <param name="targetLabels">Labels to group by, comma-separated; null groups by those in the selector.</param>
    public Task<LokiAnswer> IndexVolumeAsync(
        TenantScope scope,
        string? logQl,
        LokiSpan span,
        int? limit = null,
        string? targetLabels = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.IndexVolume,
            [.. Text(logQl), .. Span(span), .. Optional("limit", limit), .. Optional("targetLabels", targetLabels)],
            ReadAnswerAsync,
            answers => LokiMerge.Answers(answers, null, LokiDirection.Backward),
            cancellation
        );

    /// <summary>Bytes by label values at every step of the span: a matrix.</summary>
    public Task<LokiAnswer> IndexVolumeRangeAsync(
        TenantScope scope,
        string? logQl,
        LokiSpan span,
        TimeSpan step,
        int? limit = null,
        string? targetLabels = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.IndexVolumeRange,
            [
                .. Text(logQl),
                .. Span(span),
                .. Step(step),
                .. Optional("limit", limit),
                .. Optional("targetLabels", targetLabels),
            ],
            ReadAnswerAsync,
            answers => LokiMerge.Answers(answers, null, LokiDirection.Backward),
            cancellation
        );

    /// <summary>What kinds of lines there are, most frequent first. Needs the pattern ingester, which keeps some hours.</summary>
    /// <param name="logQl">A selector; stages after it are not used.</param>
    public Task<IReadOnlyList<LokiPattern>> PatternsAsync(
        TenantScope scope,
        string? logQl,
        LokiSpan span,
        TimeSpan? step = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.Patterns,
            [.. Text(logQl), .. Span(span), .. Step(step)],
            ReadPatternsAsync,
            LokiMerge.Patterns,
            cancellation
        );

    /// <summary>The fields in lines that match a query, as far as Loki's sample shows.</summary>
    public Task<IReadOnlyList<LokiField>> DetectedFieldsAsync(
        TenantScope scope,
        string? logQl,
        LokiSpan span,
        int? limit = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.DetectedFields,
            [.. Text(logQl), .. Span(span), .. Optional("limit", limit)],
            ReadFieldsAsync,
            LokiMerge.Fields,
            cancellation
        );

    /// <summary>The labels worth offering for a choice, with how many values they have.</summary>
    public Task<IReadOnlyList<LokiDetectedLabel>> DetectedLabelsAsync(
        TenantScope scope,
        LokiSpan span,
        string? selector = null,
        CancellationToken cancellation = default
    ) =>
        AskAsync(
            scope,
            LokiEndpoint.DetectedLabels,
            [.. Text(selector), .. Span(span)],
            ReadDetectedLabelsAsync,
            LokiMerge.DetectedLabels,
            cancellation
        );

    /// <summary>A query as Loki itself would lay it out. It reads no data and is not scoped.</summary>
    public Task<string> FormatQueryAsync(TenantScope scope, string logQl, CancellationToken cancellation = default) =>
        AskAsync(
            scope,
            LokiEndpoint.FormatQuery,
            [new("query", logQl)],
            async (stream, token) => (await ReadJsonAsync(stream, LokiJson.Default.LokiText, token)).Data ?? "",
            texts => texts[0].Item,
            cancellation
        );

    private static LokiPattern Pattern(LokiPatternRow row) =>
        new(
            row.Pattern ?? "",
            row.Level is { Length: > 0 } level ? level : null,
            [
                .. (row.Samples ?? [])
                    .Where(sample => sample.Count == 2)
                    .Select(sample => new LokiPoint((long)(sample[0] * 1000), sample[1])),
            ]
        );

    private static async Task<LokiAnswer> ReadAnswerAsync(Stream stream, CancellationToken cancellation)
    {
        var result = new LokiResultReader(isTail: false);
        await LokiStreaming.ReadAsync(stream, result, cancellation);
        return result.Answer();
    }

    private static async Task<IReadOnlyList<LokiLabels>> ReadSeriesAsync(
        Stream stream,
        CancellationToken cancellation
    ) =>
        [
            .. ((await ReadJsonAsync(stream, LokiJson.Default.LokiSeriesList, cancellation)).Data ?? []).Select(
                labels => new LokiLabels(labels)
            ),
        ];

    private static Task<LokiIndexStats> ReadStatsAsync(Stream stream, CancellationToken cancellation) =>
        ReadJsonAsync(stream, LokiJson.Default.LokiIndexStats, cancellation);

    private static async Task<IReadOnlyList<LokiPattern>> ReadPatternsAsync(
        Stream stream,
        CancellationToken cancellation
    )
    {
        var body = await ReadJsonAsync(stream, LokiJson.Default.LokiPatterns, cancellation);
        return LokiMerge.Patterns([
            [.. (body.Data ?? []).Select(Pattern)],
        ]);
    }

    private static async Task<IReadOnlyList<LokiField>> ReadFieldsAsync(Stream stream, CancellationToken cancellation)
    {
        var body = await ReadJsonAsync(stream, LokiJson.Default.LokiFields, cancellation);
        return
        [
            .. (body.Fields ?? []).Select(field => new LokiField(
                field.Label ?? "",
                field.Type ?? "string",
                field.Cardinality,
                field.Parsers ?? [],
                field.JsonPath ?? []
            )),
        ];
    }

    private static async Task<IReadOnlyList<string>> ReadFieldValuesAsync(
        Stream stream,
        CancellationToken cancellation
    ) => (await ReadJsonAsync(stream, LokiJson.Default.LokiFieldValues, cancellation)).Values ?? [];

    private static async Task<IReadOnlyList<LokiDetectedLabel>> ReadDetectedLabelsAsync(
        Stream stream,
        CancellationToken cancellation
    ) => (await ReadJsonAsync(stream, LokiJson.Default.LokiDetectedLabels, cancellation)).DetectedLabels ?? [];

    private static async Task<IReadOnlyList<string>> ReadTextsAsync(Stream stream, CancellationToken cancellation) =>
        (await ReadJsonAsync(stream, LokiJson.Default.LokiTexts, cancellation)).Data ?? [];

    private static async Task<T> ReadJsonAsync<T>(Stream stream, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class =>
        await JsonSerializer.DeserializeAsync(stream, type, cancellation)
        ?? throw new JsonException("The answer is null.");

    private static IEnumerable<KeyValuePair<string, string>> Text(string? logQl) => Optional("query", logQl);

    private static IEnumerable<KeyValuePair<string, string>> Span(LokiSpan span) =>
        [.. Optional("start", span.StartUnixNs), .. Optional("end", span.EndUnixNs)];

    // Seconds, which every version of Loki reads.
    private static IEnumerable<KeyValuePair<string, string>> Step(TimeSpan? step) =>
        Optional("step", step?.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));

    // Backward is Loki's own default.
    private static IEnumerable<KeyValuePair<string, string>> Direction(LokiDirection direction) =>
        direction == LokiDirection.Forward ? [new("direction", "forward")] : [];

    private static IEnumerable<KeyValuePair<string, string>> Optional(string name, IFormattable? value) =>
        Optional(name, value?.ToString(null, CultureInfo.InvariantCulture));

    private static IEnumerable<KeyValuePair<string, string>> Optional(string name, string? value) =>
        value is null ? [] : [new(name, value)];
}
