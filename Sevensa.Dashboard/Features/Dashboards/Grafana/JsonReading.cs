using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>Reads what may be there, may be of another type, or may be missing, without an exception for any of it.</summary>
internal static class JsonReading
{
    public static JsonElement At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) ? found : default;

    public static JsonElement At(this JsonElement element, string first, string second) => element.At(first).At(second);

    public static JsonElement At(this JsonElement element, string first, string second, string third) =>
        element.At(first).At(second).At(third);

    public static bool IsObject(this JsonElement element) => element.ValueKind == JsonValueKind.Object;

    public static bool IsMissing(this JsonElement element) =>
        element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    public static IEnumerable<JsonProperty> Fields(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : [];

    /// <summary>A text; numbers and truth values as they are written.</summary>
    public static string? Text(this JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => element.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };

    public static string? Text(this JsonElement element, string name) => element.At(name).Text();

    /// <summary>A number, also one that was written as a text.</summary>
    public static double? Number(this JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.Number when element.TryGetDouble(out var value) && double.IsFinite(value) => value,
            JsonValueKind.String
                when double.TryParse(element.GetString(), CultureInfo.InvariantCulture, out var value)
                    && double.IsFinite(value) => value,
            _ => null,
        };

    public static double? Number(this JsonElement element, string name) => element.At(name).Number();

    public static int? Whole(this JsonElement element, string name) =>
        element.Number(name) is { } value && value is >= int.MinValue and <= int.MaxValue ? (int)value : null;

    public static bool Flag(this JsonElement element, string name, bool otherwise = false) =>
        element.At(name).ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => otherwise,
        };

    /// <summary>A list of texts, or a single one.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array
            ? [.. element.EnumerateArray().Select(item => item.Text()).OfType<string>()]
        : element.Text() is { } one ? [one]
        : [];
}
