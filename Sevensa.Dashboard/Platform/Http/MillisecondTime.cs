using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Times on the wire: ISO 8601 UTC with milliseconds, <c>2026-01-31T09:30:00.000Z</c>.</summary>
public sealed partial class MillisecondTime : JsonConverter<DateTimeOffset>
{
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>
    /// The one rule for times that somebody sends: ISO 8601, a day alone being its beginning, and UTC where no offset is said,
    /// wherever the program runs.
    /// </summary>
    public static bool TryRead(string text, out DateTimeOffset time)
    {
        time = default;
        return Iso().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TryRead(reader.GetString()!, out var time)
            ? time
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture));

    [GeneratedRegex(
        @"^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?)?$",
        RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex Iso();
}
