using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>What a table does with its columns. What is not known here is named on the panel.</summary>
internal static class TransformationImport
{
    public static IReadOnlyList<PanelTransformation> Read(JsonElement panel, List<string> notes)
    {
        var result = new List<PanelTransformation>();
        foreach (var one in panel.At("transformations").Items().Take(50))
        {
            var id = one.Text("id") ?? "";
            if (one.Flag("disabled"))
            {
                continue;
            }
            if (One(id, one.At("options")) is { } read)
            {
                result.Add(read);
            }
            else
            {
                notes.Add($"Transformation {GrafanaImport.Cut(id, 60)} is not carried out.");
            }
        }
        if (panel.Text("type") is "table-old")
        {
            result.Add(new PanelTransformation("merge"));
        }
        return result;
    }

    private static PanelTransformation? One(string id, JsonElement options) =>
        id switch
        {
            "merge" => new("merge"),
            "seriesToColumns" or "joinByField" => new("joinByField") { Field = options.Text("byField") },
            "labelsToFields" => options.Text("mode") == "rows"
                ? null
                : new("labelsToFields")
                {
                    Field = options.Text("valueLabel"),
                    Include = options.At("keepLabels").Texts(),
                },
            "organize" => new("organize")
            {
                Exclude =
                [
                    .. options
                        .At("excludeByName")
                        .Fields()
                        .Where(f => f.Value.ValueKind == JsonValueKind.True)
                        .Select(f => f.Name),
                ],
                Include =
                [
                    .. options
                        .At("includeByName")
                        .Fields()
                        .Where(f => f.Value.ValueKind == JsonValueKind.True)
                        .Select(f => f.Name),
                ],
                Rename = Map(options.At("renameByName"), value => value.Text() is { Length: > 0 } text ? text : null),
                Order = options
                    .At("indexByName")
                    .Fields()
                    .Select(f => (f.Name, At: f.Value.Number()))
                    .Where(f => f.At is not null)
                    .GroupBy(f => f.Name)
                    .ToDictionary(f => f.Key, f => (int)Math.Clamp(f.First().At!.Value, -10_000, 10_000)),
            },
            "filterFieldsByName" => new("filterFieldsByName")
            {
                Include = options.At("include").At("names").Texts(),
                Exclude = options.At("exclude").At("names").Texts(),
                Pattern = options.At("include").Text("pattern"),
            },
            "renameByRegex" => new("renameByRegex")
            {
                Pattern = options.Text("regex"),
                Alias = options.Text("renamePattern") ?? "",
            },
            "sortBy" => new("sortBy")
            {
                Field = options.At("sort").Items().FirstOrDefault().Text("field"),
                Descending = options.At("sort").Items().FirstOrDefault().Flag("desc"),
            },
            "calculateField" => Calculated(options),
            "reduce" => options.Text("mode") == "reduceFields"
                ? null
                : new("reduce") { Calcs = options.At("reducers").Texts() },
            _ => null,
        };

    private static PanelTransformation? Calculated(JsonElement options)
    {
        var binary = options.At("binary");
        var mode = options.Text("mode") ?? "reduceRow";
        return mode switch
        {
            "binary" => new("calculateField")
            {
                Left = Operand(binary.At("left")),
                Operator = binary.Text("operator") ?? "+",
                Right = Operand(binary.At("right")),
                Alias = options.Text("alias"),
                ReplaceFields = options.Flag("replaceFields"),
            },
            "reduceRow" => new("calculateField")
            {
                Operator = options.At("reduce").Text("reducer") ?? "sum",
                Include = options.At("reduce").At("include").Texts(),
                Alias = options.Text("alias"),
                ReplaceFields = options.Flag("replaceFields"),
            },
            _ => null,
        };
    }

    private static string? Operand(JsonElement operand) =>
        operand.IsObject() ? operand.At("matcher").Text("options") ?? operand.Text("fixed")
        : operand.Number() is { } number ? number.ToString(CultureInfo.InvariantCulture)
        : operand.Text();

    private static Dictionary<string, string> Map(JsonElement element, Func<JsonElement, string?> read)
    {
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var field in element.Fields())
        {
            if (read(field.Value) is { } value)
            {
                result[field.Name] = value;
            }
        }
        return result;
    }
}
