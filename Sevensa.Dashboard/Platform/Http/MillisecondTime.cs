using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Times on the wire: ISO 8601 UTC with milliseconds, <c>2026-01-31T09:30:00.000Z</c>.</summary>
public sealed class MillisecondTime : JsonConverter<DateTimeOffset>
{
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));
}
