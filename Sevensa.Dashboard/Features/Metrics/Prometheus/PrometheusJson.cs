using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>Answers other than of queries, as Prometheus writes them; read from the stream into these.</summary>
internal sealed record Envelope<T>(string? Status, T? Data, string? ErrorType, string? Error);

internal sealed record RulesData(IReadOnlyList<RuleGroupData>? Groups);

internal sealed record RuleGroupData(string Name, string? File, double Interval, IReadOnlyList<RuleData>? Rules)
{
    public PrometheusRuleGroup Group => new(Name, File ?? "", Interval, [.. (Rules ?? []).Select(rule => rule.Rule)]);
}

internal sealed record RuleData(
    string Name,
    string Query,
    string Type,
    string? State,
    double Duration,
    double KeepFiringFor,
    Dictionary<string, string>? Labels,
    Dictionary<string, string>? Annotations,
    IReadOnlyList<AlertData>? Alerts,
    string? Health,
    string? LastError,
    DateTimeOffset LastEvaluation
)
{
    public PrometheusRule Rule =>
        new(
            Name,
            Query,
            Type,
            State,
            Duration,
            KeepFiringFor,
            Labels ?? [],
            Annotations ?? [],
            [.. (Alerts ?? []).Select(alert => alert.Alert)],
            Health ?? "unknown",
            LastError,
            LastEvaluation
        );
}

internal sealed record AlertData(
    Dictionary<string, string>? Labels,
    Dictionary<string, string>? Annotations,
    string State,
    DateTimeOffset? ActiveAt,
    [property: JsonConverter(typeof(SampleValue))] double Value
)
{
    public PrometheusAlert Alert => new(Labels ?? [], Annotations ?? [], State, ActiveAt, Value);
}

internal sealed record TargetsData(IReadOnlyList<TargetData>? ActiveTargets);

internal sealed record TargetData(
    Dictionary<string, string>? Labels,
    string? ScrapePool,
    string? ScrapeUrl,
    string Health,
    string? LastError,
    DateTimeOffset LastScrape,
    double LastScrapeDuration
)
{
    public PrometheusTarget Target =>
        new(Labels ?? [], ScrapePool ?? "", ScrapeUrl ?? "", Health, LastError ?? "", LastScrape, LastScrapeDuration);
}

/// <param name="Metric">Absent where one metric was asked for.</param>
internal sealed record TargetMetadataData(
    Dictionary<string, string>? Target,
    string? Metric,
    string? Type,
    string? Help,
    string? Unit
)
{
    public MetricMetadata Metadata => new(Type ?? "unknown", Help ?? "", Unit ?? "");
}

internal sealed record ExemplarSeriesData(
    Dictionary<string, string>? SeriesLabels,
    IReadOnlyList<ExemplarData>? Exemplars
)
{
    public ExemplarSeries Series => new(SeriesLabels ?? [], [.. (Exemplars ?? []).Select(one => one.Exemplar)]);
}

internal sealed record ExemplarData(
    Dictionary<string, string>? Labels,
    [property: JsonConverter(typeof(SampleValue))] double Value,
    double Timestamp
)
{
    public Exemplar Exemplar => new(Labels ?? [], Value, Timestamp);
}

/// <summary>A number that Prometheus writes as text, so that it may be <c>NaN</c> or infinite.</summary>
internal sealed class SampleValue : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number
            ? reader.GetDouble()
            : reader.GetString() switch
            {
                "+Inf" or "Inf" => double.PositiveInfinity,
                "-Inf" => double.NegativeInfinity,
                "NaN" => double.NaN,
                var text when double.TryParse(text, CultureInfo.InvariantCulture, out var value) => value,
                var text => throw new JsonException($"\"{text}\" is not a sample value."),
            };

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Envelope<RulesData>))]
[JsonSerializable(typeof(Envelope<TargetsData>))]
[JsonSerializable(typeof(Envelope<PrometheusBuild>))]
[JsonSerializable(typeof(Envelope<List<string>>))]
[JsonSerializable(typeof(Envelope<List<Dictionary<string, string>>>))]
[JsonSerializable(typeof(Envelope<List<ExemplarSeriesData>>))]
[JsonSerializable(typeof(Envelope<Dictionary<string, List<MetricMetadata>>>))]
[JsonSerializable(typeof(Envelope<List<TargetMetadataData>>))]
[JsonSerializable(typeof(Envelope<Dictionary<string, Dictionary<string, JsonElement>>>))]
internal sealed partial class PrometheusJson : JsonSerializerContext;
