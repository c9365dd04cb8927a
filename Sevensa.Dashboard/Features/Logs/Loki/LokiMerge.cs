using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>One tenant's share of an answer that had to be asked for one by one.</summary>
internal readonly record struct LokiShare<T>(string Tenant, T Item);

/// <summary>Makes one answer of several tenants' answers, as a Loki that takes several tenants would.</summary>
internal static class LokiMerge
{
    public static LokiAnswer Answers(IReadOnlyList<LokiShare<LokiAnswer>> shares, int? limit, LokiDirection direction)
    {
        var streams = shares
            .SelectMany(share =>
                share.Item.Streams.Select(stream => stream with { Labels = Of(stream.Labels, share.Tenant) })
            )
            .ToList();
        return new LokiAnswer(
            shares[0].Item.Type,
            Cut(streams, limit ?? int.MaxValue, direction),
            [
                .. shares.SelectMany(share =>
                    share.Item.Series.Select(series => series with { Labels = Of(series.Labels, share.Tenant) })
                ),
            ],
            new LokiQueryStats(
                shares.Sum(share => share.Item.Stats.BytesProcessed),
                shares.Sum(share => share.Item.Stats.LinesProcessed),
                shares.Sum(share => share.Item.Stats.EntriesReturned),
                shares.Max(share => share.Item.Stats.Seconds)
            ),
            [.. shares.SelectMany(share => share.Item.Warnings).Distinct()]
        );
    }

    public static IReadOnlyList<string> Texts(IReadOnlyList<LokiShare<IReadOnlyList<string>>> shares) =>
        [.. shares.SelectMany(share => share.Item).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<LokiLabels> Series(IReadOnlyList<LokiShare<IReadOnlyList<LokiLabels>>> shares) =>
        [.. shares.SelectMany(share => share.Item.Select(labels => Of(labels, share.Tenant)))];

    public static LokiIndexStats Stats(IReadOnlyList<LokiShare<LokiIndexStats>> shares) =>
        new(
            shares.Sum(share => share.Item.Streams),
            shares.Sum(share => share.Item.Chunks),
            shares.Sum(share => share.Item.Bytes),
            shares.Sum(share => share.Item.Entries)
        );

    public static IReadOnlyList<LokiPattern> Patterns(IReadOnlyList<LokiShare<IReadOnlyList<LokiPattern>>> shares) =>
        Patterns([.. shares.Select(share => share.Item)]);

    /// <summary>The same pattern is one, its samples summed by time; most frequent first.</summary>
    public static IReadOnlyList<LokiPattern> Patterns(IReadOnlyList<IReadOnlyList<LokiPattern>> lists) =>
        [
            .. lists
                .SelectMany(list => list)
                .GroupBy(pattern => (pattern.Pattern, pattern.Level))
                .Select(same => new LokiPattern(
                    same.Key.Pattern,
                    same.Key.Level,
                    [
                        .. same.SelectMany(pattern => pattern.Samples)
                            .GroupBy(sample => sample.TimeUnixMs)
                            .OrderBy(samples => samples.Key)
                            .Select(samples => new LokiPoint(samples.Key, samples.Sum(sample => sample.Value))),
                    ]
                ))
                .OrderByDescending(pattern => pattern.Total),
        ];

    public static IReadOnlyList<LokiField> Fields(IReadOnlyList<LokiShare<IReadOnlyList<LokiField>>> shares) =>
        [
            .. shares
                .SelectMany(share => share.Item)
                .GroupBy(field => field.Label)
                .Select(same => new LokiField(
                    same.Key,
                    same.Select(field => field.Type).Distinct().Count() == 1 ? same.First().Type : "string",
                    same.Max(field => field.Cardinality),
                    [.. same.SelectMany(field => field.Parsers).Distinct()],
                    same.FirstOrDefault(field => field.JsonPath.Count > 0)?.JsonPath ?? []
                )),
        ];

    public static IReadOnlyList<LokiDetectedLabel> DetectedLabels(
        IReadOnlyList<LokiShare<IReadOnlyList<LokiDetectedLabel>>> shares
    ) =>
        [
            .. shares
                .SelectMany(share => share.Item)
                .GroupBy(label => label.Label)
                .Select(same => new LokiDetectedLabel(same.Key, same.Max(label => label.Cardinality))),
        ];

    private static LokiLabels Of(LokiLabels labels, string tenant) => labels.With(LogQlScoper.TenantIdLabel, tenant);

    // Keeps the first lines of all streams together, in the direction asked for.
    private static IReadOnlyList<LokiStream> Cut(List<LokiStream> streams, int limit, LokiDirection direction)
    {
        if (streams.Sum(stream => (long)stream.Entries.Count) <= limit)
        {
            return streams;
        }

        var sign = direction == LokiDirection.Backward ? -1 : 1;
        var kept = new int[streams.Count];
        var next = new PriorityQueue<int, (Int128 Time, int Stream)>();
        for (var stream = 0; stream < streams.Count; stream++)
        {
            Offer(stream);
        }

        for (var taken = 0; taken < limit && next.TryDequeue(out var stream, out _); taken++)
        {
            kept[stream]++;
            Offer(stream);
        }

        return
        [
            .. streams
                .Select((stream, index) => stream with { Entries = [.. stream.Entries.Take(kept[index])] })
                .Where(stream => stream.Entries.Count > 0),
        ];

        void Offer(int stream)
        {
            if (kept[stream] < streams[stream].Entries.Count)
            {
                next.Enqueue(stream, ((Int128)streams[stream].Entries[kept[stream]].TimeUnixNs * sign, stream));
            }
        }
    }
}
