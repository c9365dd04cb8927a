namespace Sevensa.Dashboard.Features.Logs.Loki;

internal enum LokiDirection
{
    /// <summary>Newest first.</summary>
    Backward,

    /// <summary>Oldest first.</summary>
    Forward,
}

/// <summary>A question over a time range.</summary>
/// <param name="LogQl">Any LogQL; null for every line in the scope.</param>
/// <param name="StartUnixNs">Nanoseconds since 1970, inclusive.</param>
/// <param name="EndUnixNs">Nanoseconds since 1970, exclusive.</param>
/// <param name="Limit">Lines at most; Loki's own default is 100, its usual maximum 5,000. Means nothing for metric queries.</param>
/// <param name="Step">Between points, for metric queries; Loki chooses when null.</param>
internal sealed record LokiRangeQuery(
    string? LogQl,
    long StartUnixNs,
    long EndUnixNs,
    int? Limit = null,
    LokiDirection Direction = LokiDirection.Backward,
    TimeSpan? Step = null
);

/// <summary>From when to when an index is asked; null ends are Loki's own (the last six hours).</summary>
/// <param name="StartUnixNs">Nanoseconds since 1970, inclusive.</param>
/// <param name="EndUnixNs">Nanoseconds since 1970.</param>
internal readonly record struct LokiSpan(long? StartUnixNs, long? EndUnixNs);

internal enum LokiResultType
{
    Streams,
    Matrix,
    Vector,
    Scalar,
}

/// <summary>What Loki answered to a query.</summary>
/// <param name="Streams">Lines, for a log query. With several tenants each stream's label <c>__tenant_id__</c> says whose it is.</param>
/// <param name="Series">Numbers, for a metric query; a vector has one point in each series, a scalar one series without labels.</param>
/// <param name="Warnings">Loki's own remarks, e.g. that a part of the answer is missing.</param>
internal sealed record LokiAnswer(
    LokiResultType Type,
    IReadOnlyList<LokiStream> Streams,
    IReadOnlyList<LokiSeries> Series,
    LokiQueryStats Stats,
    IReadOnlyList<string> Warnings
);

/// <summary>Lines that share their labels, in the order asked for.</summary>
internal sealed record LokiStream(LokiLabels Labels, IReadOnlyList<LokiEntry> Entries);

/// <param name="TimeUnixNs">Nanoseconds since 1970; several lines of a stream may share one.</param>
/// <param name="Line">As it was logged. Untrusted: it may hold anything.</param>
internal readonly record struct LokiEntry(long TimeUnixNs, string Line);

/// <summary>A series of numbers, oldest first.</summary>
internal sealed record LokiSeries(LokiLabels Labels, IReadOnlyList<LokiPoint> Points);

/// <param name="TimeUnixMs">Milliseconds since 1970.</param>
/// <param name="Value">May be NaN or infinite.</param>
internal readonly record struct LokiPoint(long TimeUnixMs, double Value);

/// <param name="Seconds">Time that Loki took.</param>
internal sealed record LokiQueryStats(long BytesProcessed, long LinesProcessed, long EntriesReturned, double Seconds)
{
    public static readonly LokiQueryStats None = new(0, 0, 0, 0);
}

/// <summary>What the index holds for a selector.</summary>
internal sealed record LokiIndexStats(long Streams, long Chunks, long Bytes, long Entries);

/// <summary>A kind of line, with how often it came.</summary>
/// <param name="Pattern">The line with <c>&lt;_&gt;</c> where it varies.</param>
/// <param name="Level">Null in answers of Loki before 3.5.</param>
internal sealed record LokiPattern(string Pattern, string? Level, IReadOnlyList<LokiPoint> Samples)
{
    public double Total => Samples.Sum(sample => sample.Value);
}

/// <summary>A field that Loki found in lines or their metadata.</summary>
/// <param name="Type"><c>string</c>, <c>int</c>, <c>float</c>, <c>boolean</c>, <c>duration</c> or <c>bytes</c>.</param>
/// <param name="Parsers">How to get at it (<c>json</c>, <c>logfmt</c>); none for metadata.</param>
/// <param name="JsonPath">Names from the outermost object of a JSON line to it; none for others, and from Loki before 3.5.</param>
internal sealed record LokiField(
    string Label,
    string Type,
    long Cardinality,
    IReadOnlyList<string> Parsers,
    IReadOnlyList<string> JsonPath
);

internal sealed record LokiDetectedLabel(string Label, long Cardinality);

/// <summary>Empty texts where the build does not know.</summary>
internal sealed record LokiBuild(string Version, string Revision, string GoVersion);

/// <summary>One message of a live tail.</summary>
/// <param name="Dropped">Streams of which Loki dropped lines because the reader was slow; the lines can be had by a range query.</param>
/// <param name="IsCategorized">
/// The lines carry all that a search shows of them. Without, those that come live may have their stream's labels alone.
/// </param>
internal sealed record LokiTailFrame(
    IReadOnlyList<LokiStream> Streams,
    IReadOnlyList<LokiDropped> Dropped,
    bool IsCategorized = false
);

/// <param name="TimeUnixNs">When the dropped line was logged.</param>
internal sealed record LokiDropped(long TimeUnixNs, LokiLabels Labels);

/// <summary>Times as Loki has them.</summary>
internal static class LokiTime
{
    /// <summary>Nanoseconds since 1970.</summary>
    public static long ToUnixNs(this DateTimeOffset time) =>
        (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * TimeSpan.NanosecondsPerTick;

    /// <summary>The time to 100 ns, which is as fine as .NET's.</summary>
    public static DateTimeOffset FromUnixNs(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
}
