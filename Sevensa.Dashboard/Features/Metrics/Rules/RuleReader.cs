using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Rules;

/// <summary>Reads <c>/api/v1/rules</c>; what a version does not tell is left at its default.</summary>
internal static class RuleReader
{
    public static IReadOnlyList<PrometheusRule> Read(JsonElement data) =>
        [
            .. data.GetProperty("groups")
                .EnumerateArray()
                .SelectMany(group =>
                    group
                        .GetProperty("rules")
                        .EnumerateArray()
                        .Select(rule => Rule(Text(group, "name"), Text(group, "file"), rule))
                ),
        ];

    private static PrometheusRule Rule(string group, string file, JsonElement rule) =>
        new(
            group,
            Path.GetFileName(file),
            Text(rule, "name"),
            Text(rule, "query"),
            Text(rule, "type") == "alerting",
            Text(rule, "state"),
            Shared: false,
            Number(rule, "duration"),
            Number(rule, "keepFiringFor"),
            Words(rule, "labels"),
            Words(rule, "annotations"),
            Text(rule, "health"),
            Text(rule, "lastError") is { Length: > 0 } error ? error : null,
            Time(rule, "lastEvaluation"),
            rule.TryGetProperty("alerts", out var alerts) && alerts.ValueKind == JsonValueKind.Array
                ? [.. alerts.EnumerateArray().Select(Alert)]
                : []
        );

    private static PrometheusAlert Alert(JsonElement alert) =>
        new(
            Words(alert, "labels"),
            Words(alert, "annotations"),
            Text(alert, "state"),
            Time(alert, "activeAt") ?? DateTimeOffset.UnixEpoch,
            double.TryParse(Text(alert, "value"), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                ? value
                : double.NaN
        );

    private static string Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    private static double Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out var number) && number.ValueKind == JsonValueKind.Number ? number.GetDouble() : 0;

    private static DateTimeOffset? Time(JsonElement of, string name) =>
        DateTimeOffset.TryParse(
            Text(of, name),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
        && time.Year > 1
            ? time
            : null;

    private static Dictionary<string, string> Words(JsonElement of, string name) =>
        of.TryGetProperty(name, out var words) && words.ValueKind == JsonValueKind.Object
            ? words.EnumerateObject().ToDictionary(word => word.Name, word => word.Value.ToString())
            : [];
}
