using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>Members of the cluster's JSON by their path; what is not there is empty.</summary>
internal static class KubeJson
{
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }
        return element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : element;
    }

    /// <summary>A number is told as it is written.</summary>
    public static string Text(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString()!,
            { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
            _ => "",
        };

    public static long Number(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : 0;

    public static int? Count(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value)
            ? value
            : null;

    public static bool Flag(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.True };

    /// <summary>Unix milliseconds; 0 when it is not there.</summary>
    public static long Time(this JsonElement element, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(
            element.Text(path),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        )
            ? time.ToUnixTimeMilliseconds()
            : 0;

    public static IReadOnlyList<JsonElement> Items(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    /// <summary>An object of texts, such as labels.</summary>
    public static Dictionary<string, string> Words(this JsonElement element, params ReadOnlySpan<string> path) =>
        element.At(path) is { ValueKind: JsonValueKind.Object } words
            ? words
                .EnumerateObject()
                .ToDictionary(
                    word => word.Name,
                    word =>
                        word.Value.ValueKind == JsonValueKind.String ? word.Value.GetString()! : word.Value.ToString(),
                    StringComparer.Ordinal
                )
            : new Dictionary<string, string>(StringComparer.Ordinal);
}
