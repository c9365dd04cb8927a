using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Components;

/// <summary>One parameter of a kind as a form asks for it: what its JSON Schema says, and what was typed.</summary>
public sealed class ParameterField(string name, JsonElement rule, bool required)
{
    public string Name => name;

    public bool Required => required;

    public string Type { get; } =
        !rule.TryGetProperty("type", out var type) ? "string"
        : type.ValueKind == JsonValueKind.String ? type.GetString()!
        : type.EnumerateArray().Select(one => one.GetString()!).First(one => one != "null");

    public string? Description { get; } = Text(rule, "description");

    /// <summary>What is taken when nothing is given; shown, not sent.</summary>
    public string? Default { get; } =
        rule.TryGetProperty("default", out var value)
            ? value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : value.GetRawText()
            : null;

    public IReadOnlyList<string> Choices { get; } =
        rule.TryGetProperty("enum", out var choices)
            ? [.. choices.EnumerateArray().Select(choice => choice.ToString())]
            : [];

    public string? Least { get; } = Text(rule, "minimum");

    public string? Most { get; } = Text(rule, "maximum");

    public int? Longest { get; } = rule.TryGetProperty("maxLength", out var most) ? most.GetInt32() : null;

    /// <summary>As typed; lists have one entry a line.</summary>
    public string Typed { get; set; } = "";

    /// <summary>Only a person types it: that is what it is there for.</summary>
    public bool ByHand => name == "typedName";

    public bool Ticked { get; set; } =
        rule.TryGetProperty("default", out var ticked) && ticked.ValueKind == JsonValueKind.True;

    public string Label
    {
        get
        {
            var words = ParameterWords.Of(name);
            return char.ToUpperInvariant(words[0]) + words[1..];
        }
    }

    public static IReadOnlyList<ParameterField> Of(JsonElement schema)
    {
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(entry => entry.GetString()).ToHashSet()
            : [];
        return schema.TryGetProperty("properties", out var properties)
            ?
            [
                .. properties
                    .EnumerateObject()
                    .Select(property => new ParameterField(
                        property.Name,
                        property.Value,
                        required.Contains(property.Name)
                    ))
                    .OrderBy(field => !field.Required),
            ]
            : [];
    }

    /// <summary>Takes what an address asks for, as if it were typed; whoever proposes reads it like the others.</summary>
    public void FillIn(IReadOnlyDictionary<string, StringValues> asked)
    {
        if (!ByHand && name is not ("kind" or "target") && asked.TryGetValue(name, out var value))
        {
            Typed = value.ToString();
        }
    }

    /// <summary>What is sent; null when nothing was given.</summary>
    /// <exception cref="FormatException">It can't be read as what it is to be; the message names the field.</exception>
    public JsonNode? Value()
    {
        var typed = Typed.Trim();
        if (Type == "boolean")
        {
            return Ticked == (Default == "true") ? null : JsonValue.Create(Ticked);
        }
        if (typed.Length == 0)
        {
            return null;
        }
        return Type switch
        {
            "integer" => long.TryParse(
                typed,
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var whole
            )
                ? JsonValue.Create(whole)
                : throw new FormatException($"{Label}: \"{typed}\" is not a whole number."),
            "number" => double.TryParse(typed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
                ? JsonValue.Create(number)
                : throw new FormatException($"{Label}: \"{typed}\" is not a number (a decimal point, no comma)."),
            "array" => Lines(typed),
            "object" => Read(typed),
            _ => JsonValue.Create(typed),
        };
    }

    private JsonNode Lines(string typed) =>
        typed.StartsWith('[')
            ? Read(typed)
            : new JsonArray([
                .. typed
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    .Select(line => JsonValue.Create(line)),
            ]);

    private JsonNode Read(string typed)
    {
        try
        {
            return JsonNode.Parse(typed) ?? throw new FormatException($"{Label}: null is no value.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{Label} is not JSON: {exception.Message}", exception);
        }
    }

    private static string? Text(JsonElement rule, string member) =>
        rule.TryGetProperty(member, out var value) ? value.ToString() : null;
}
