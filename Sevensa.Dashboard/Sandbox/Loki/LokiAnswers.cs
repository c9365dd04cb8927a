using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
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

    /// <summary>Whether a request wants what was found in a line apart from its stream's labels.</summary>
    public static bool IsCategorized(HttpRequest request) =>
        request.Headers["X-Loki-Response-Encoding-Flags"].ToString().Split(',').Contains("categorize-labels");

    public static void Flags(Utf8JsonWriter json)
    {
        json.WriteStartArray("encodingFlags");
        json.WriteStringValue("categorize-labels");
        json.WriteEndArray();
    }

    /// <summary>What Loki's explorer asks before it begins.</summary>
    public static JsonObject Limits() =>
        new()
        {
            ["limits"] = new JsonObject
            {
                ["discover_log_levels"] = true,
                ["discover_service_name"] = new JsonArray("service", "app", "name", "container", "job"),
                ["log_level_fields"] = new JsonArray("level", "severity", "lvl"),
                ["otlp_config"] = new JsonObject
                {
                    ["resource_attributes"] = new JsonObject
                    {
                        ["attributes_config"] = new JsonArray(
                            new JsonObject
                            {
                                ["action"] = "index_label",
                                ["attributes"] = new JsonArray("service.name"),
                            }
                        ),
                    },
                },
                ["max_entries_limit_per_query"] = 5000,
                ["max_line_size_truncate"] = false,
                ["max_query_bytes_read"] = "0B",
                ["max_query_length"] = "30d1h",
                ["max_query_lookback"] = "0s",
                ["max_query_range"] = "0s",
                ["max_query_series"] = 500,
                ["metric_aggregation_enabled"] = false,
                ["pattern_persistence_enabled"] = false,
                ["query_timeout"] = "1m",
                ["retention_period"] = "0s",
                ["volume_enabled"] = true,
                ["volume_max_series"] = 1000,
            },
            ["pattern_ingester_enabled"] = true,
            ["version"] = "3.4.6-sandbox",
        };

    public static void Streams(Utf8JsonWriter json, IReadOnlyList<PipedLine> lines, bool isCategorized)
    {
        json.WriteString("resultType", "streams");
        if (isCategorized)
        {
            Flags(json);
        }
        json.WriteStartArray("result");
        foreach (var stream in lines.GroupBy(l => isCategorized ? l.Entry.Index : l.Labels))
        {
            json.WriteStartObject();
            PrometheusJson.Labels(json, "stream", stream.Key);
            json.WriteStartArray("values");
            foreach (var line in stream)
            {
                Value(json, line, isCategorized);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void Value(Utf8JsonWriter json, PipedLine line, bool isCategorized)
    {
        json.WriteStartArray();
        json.WriteStringValue(line.Entry.TimeNano.ToString(CultureInfo.InvariantCulture));
        json.WriteStringValue(line.Text);
        if (isCategorized)
        {
            json.WriteStartObject();
            Rest(json, "structuredMetadata", line.Entry.Labels, line.Entry.Index);
            Rest(json, "parsed", line.Labels, line.Entry.Labels);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>What the one has and the other has not; nothing at all where there is none.</summary>
    private static void Rest(Utf8JsonWriter json, string name, LabelSet labels, LabelSet without)
    {
        var rest = labels.Pairs.ToArray().Where(label => without[label.Key] != label.Value).ToList();
        if (rest.Count == 0)
        {
            return;
        }
        json.WriteStartObject(name);
        foreach (var (label, value) in rest)
        {
            json.WriteString(label, value);
        }
        json.WriteEndObject();
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
