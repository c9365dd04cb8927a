using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Logs.Loki;

internal sealed record LokiErrorBody(string? Message, string? Error);

internal sealed record LokiTexts(string? Status, IReadOnlyList<string>? Data);

internal sealed record LokiText(string? Status, string? Data);

internal sealed record LokiSeriesList(string? Status, IReadOnlyList<Dictionary<string, string>>? Data);

internal sealed record LokiPatterns(string? Status, IReadOnlyList<LokiPatternRow>? Data);

internal sealed record LokiPatternRow(string? Pattern, string? Level, IReadOnlyList<IReadOnlyList<double>>? Samples);

internal sealed record LokiFields(IReadOnlyList<LokiFieldRow>? Fields);

internal sealed record LokiFieldRow(
    string? Label,
    string? Type,
    long Cardinality,
    IReadOnlyList<string>? Parsers,
    IReadOnlyList<string>? JsonPath
);

internal sealed record LokiFieldValues(IReadOnlyList<string>? Values);

internal sealed record LokiDetectedLabels(IReadOnlyList<LokiDetectedLabel>? DetectedLabels);

/// <summary>The small answers. Lines and numbers are read by <see cref="LokiResultReader"/>.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(LokiErrorBody))]
[JsonSerializable(typeof(LokiTexts))]
[JsonSerializable(typeof(LokiText))]
[JsonSerializable(typeof(LokiSeriesList))]
[JsonSerializable(typeof(LokiIndexStats))]
[JsonSerializable(typeof(LokiPatterns))]
[JsonSerializable(typeof(LokiFields))]
[JsonSerializable(typeof(LokiFieldValues))]
[JsonSerializable(typeof(LokiDetectedLabels))]
[JsonSerializable(typeof(LokiBuild))]
internal sealed partial class LokiJson : JsonSerializerContext;
