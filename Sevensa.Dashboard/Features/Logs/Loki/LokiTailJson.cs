using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>A frame of a tail, as Loki writes it.</summary>
internal static class LokiTailJson
{
    private static readonly JsonWriterOptions plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(IReadOnlyList<LokiStream> streams, IReadOnlyList<LokiDropped> dropped)
    {
        var frame = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(frame, plain))
        {
            json.WriteStartObject();
            json.WriteStartArray("streams");
            foreach (var stream in streams)
            {
                json.WriteStartObject();
                LokiMergedJson.Labels(json, "stream", stream.Labels);
                json.WriteStartArray("values");
                foreach (var entry in stream.Entries)
                {
                    LokiMergedJson.Entry(json, entry);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            if (dropped.Count > 0)
            {
                json.WriteStartArray("dropped_entries");
                foreach (var one in dropped)
                {
                    json.WriteStartObject();
                    json.WriteString("timestamp", Rfc3339(one.TimeUnixNs));
                    LokiMergedJson.Labels(json, "labels", one.Labels);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return frame.WrittenSpan.ToArray();
    }

    private static string Rfc3339(long unixNs) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{LokiTime.FromUnixNs(unixNs).UtcDateTime:yyyy-MM-ddTHH:mm:ss}.{unixNs % 1_000_000_000:000000000}Z"
        );
}
