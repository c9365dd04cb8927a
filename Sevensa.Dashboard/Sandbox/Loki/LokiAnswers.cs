using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Prometheus;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>Parts of Loki's answers.</summary>
internal static class LokiAnswers
{
    private static readonly string[] Caches =
    [
        "chunk",
        "index",
        "result",
        "statsResult",
        "volumeResult",
        "seriesResult",
        "labelResult",
        "instantMetricResult",
    ];

    /// <summary>The statistics that every answer carries; nothing is counted here.</summary>
    public static JsonObject Stats { get; } =
        new()
        {
            ["summary"] = Zeros(
                "bytesProcessedPerSecond",
                "linesProcessedPerSecond",
                "totalBytesProcessed",
                "totalLinesProcessed",
                "execTime",
                "queueTime",
                "subqueries",
                "totalEntriesReturned",
                "splits",
                "shards",
                "totalPostFilterLines",
                "totalStructuredMetadataBytesProcessed"
            ),
            ["querier"] = new JsonObject { ["store"] = Store() },
            ["ingester"] = Ingester(),
            ["cache"] = new JsonObject(
                Caches.Select(c =>
                    KeyValuePair.Create(
                        c,
                        (JsonNode?)Zeros(
                            "entriesFound",
                            "entriesRequested",
                            "entriesStored",
                            "bytesReceived",
                            "bytesSent",
                            "requests",
                            "downloadTime",
                            "queryLengthServed"
                        )
                    )
                )
            ),
            ["index"] = Index(),
        };

    public static JsonObject Build() =>
        new()
        {
            ["version"] = "3.4.6-sandbox",
            ["revision"] = "",
            ["branch"] = "",
            ["buildUser"] = "",
            ["buildDate"] = "",
            ["goVersion"] = "",
        };

    public static void Streams(Utf8JsonWriter json, IReadOnlyList<PipedLine> lines)
    {
        json.WriteString("resultType", "streams");
        json.WriteStartArray("result");
        foreach (var stream in lines.GroupBy(l => l.Labels))
        {
            json.WriteStartObject();
            PrometheusJson.Labels(json, "stream", stream.Key);
            json.WriteStartArray("values");
            foreach (var line in stream)
            {
                Value(json, line);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Value(Utf8JsonWriter json, PipedLine line)
    {
        json.WriteStartArray();
        json.WriteStringValue(line.Entry.TimeNano.ToString(CultureInfo.InvariantCulture));
        json.WriteStringValue(line.Text);
        json.WriteEndArray();
    }

    private static JsonObject Ingester()
    {
        var ingester = Zeros("totalReached", "totalChunksMatched", "totalBatches", "totalLinesSent");
        ingester["store"] = Store();
        return ingester;
    }

    private static JsonObject Store()
    {
        var store = Zeros("totalChunksRef", "totalChunksDownloaded", "chunksDownloadTime");
        store["queryReferencedStructuredMetadata"] = false;
        store["chunk"] = Zeros(
            "headChunkBytes",
            "headChunkLines",
            "decompressedBytes",
            "decompressedLines",
            "compressedBytes",
            "totalDuplicates",
            "postFilterLines",
            "headChunkStructuredMetadataBytes",
            "decompressedStructuredMetadataBytes"
        );
        store["chunkRefsFetchTime"] = 0;
        store["congestionControlLatency"] = 0;
        store["pipelineWrapperFilteredLines"] = 0;
        return store;
    }

    private static JsonObject Index()
    {
        var index = Zeros("totalChunks", "postFilterChunks", "shardsDuration");
        index["usedBloomFilters"] = false;
        return index;
    }

    private static JsonObject Zeros(params string[] names) =>
        new(names.Select(n => KeyValuePair.Create(n, (JsonNode?)0)));
}
