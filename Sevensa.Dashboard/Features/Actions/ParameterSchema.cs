using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Checks parameters against the subset of JSON Schema that kinds use: type, enum, minimum, maximum, minLength, maxLength,
/// pattern, items, properties, required, default. Fills in defaults and refuses whatever the schema does not name.
/// </summary>
internal static class ParameterSchema
{
    /// <exception cref="CannotPlanException">Says which parameter is wrong and what is allowed.</exception>
    public static JsonElement Check(string kind, JsonElement schema, JsonElement parameters)
    {
        var given = parameters.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.Object => parameters.EnumerateObject().ToList(),
            _ => throw new CannotPlanException($"The parameters of {kind} are an object, not {Word(parameters)}."),
        };
        var properties = schema.TryGetProperty("properties", out var found)
            ? found.EnumerateObject().ToDictionary(property => property.Name, property => property.Value)
            : [];
        var filled = new JsonObject();
        foreach (var parameter in given)
        {
            if (!properties.TryGetValue(parameter.Name, out var rule))
            {
                var known = properties.Count == 0 ? "It takes none" : $"There are {string.Join(", ", properties.Keys)}";
                throw new CannotPlanException($"\"{parameter.Name}\" is not a parameter of {kind}. {known}.");
            }
            if (Wrong(rule, parameter.Value) is { } wrong)
            {
                throw new CannotPlanException($"The parameter {parameter.Name} of {kind} {wrong}.");
            }
            if (filled.ContainsKey(parameter.Name))
            {
                throw new CannotPlanException($"The parameter {parameter.Name} of {kind} is given twice.");
            }
            filled[parameter.Name] = Plain(parameter.Value);
        }
        foreach (var (name, rule) in properties)
        {
            if (!filled.ContainsKey(name) && rule.TryGetProperty("default", out var value))
            {
                filled[name] = JsonNode.Parse(value.GetRawText());
            }
        }
        if (
            schema.TryGetProperty("required", out var required)
            && required.EnumerateArray().FirstOrDefault(name => !filled.ContainsKey(name.GetString()!))
                is { ValueKind: JsonValueKind.String } missing
        )
        {
            throw new CannotPlanException($"The parameter {missing.GetString()} of {kind} is missing.");
        }
        return JsonSerializer.SerializeToElement(filled);
    }

    /// <summary>A whole number is one however it is written: <c>4.0</c> and <c>4e0</c> are <c>4</c>, for those who read it and in the plan's hash.</summary>
    private static JsonNode? Plain(JsonElement value) =>
        JsonReading.IsWhole(value, out var number) ? JsonValue.Create(number) : JsonNode.Parse(value.GetRawText());

    private static string? Wrong(JsonElement rule, JsonElement value)
    {
        if (rule.TryGetProperty("type", out var type) && !IsA(type, value))
        {
            var allowed =
                type.ValueKind == JsonValueKind.Array
                    ? string.Join(" or ", type.EnumerateArray().Select(word => word.GetString()))
                    : type.GetString();
            return $"must be {allowed}, not {Word(value)}";
        }
        if (
            rule.TryGetProperty("enum", out var choices)
            && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value))
        )
        {
            return $"must be one of {string.Join(", ", choices.EnumerateArray())}";
        }
        return value.ValueKind switch
        {
            JsonValueKind.Number => WrongNumber(rule, value.GetDouble()),
            JsonValueKind.String => WrongText(rule, value.GetString()!),
            JsonValueKind.Array when rule.TryGetProperty("items", out var items) => value
                .EnumerateArray()
                .Select(item => Wrong(items, item))
                .FirstOrDefault(wrong => wrong is not null),
            _ => null,
        };
    }

    private static string? WrongNumber(JsonElement rule, double value)
    {
        if (rule.TryGetProperty("minimum", out var least) && value < least.GetDouble())
        {
            return FormattableString.Invariant($"is {value} and must be at least {least.GetDouble()}");
        }
        return rule.TryGetProperty("maximum", out var most) && value > most.GetDouble()
            ? FormattableString.Invariant($"is {value} and must be at most {most.GetDouble()}")
            : null;
    }

    /// <summary>Doesn't repeat the text: a parameter may be a secret.</summary>
    private static string? WrongText(JsonElement rule, string value)
    {
        if (rule.TryGetProperty("minLength", out var least) && value.Length < least.GetInt32())
        {
            return $"must have at least {least.GetInt32()} characters";
        }
        if (rule.TryGetProperty("maxLength", out var most) && value.Length > most.GetInt32())
        {
            return $"must have at most {most.GetInt32()} characters";
        }
        return
            rule.TryGetProperty("pattern", out var pattern)
            && !Regex.IsMatch(value, pattern.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1))
            ? $"must match {pattern.GetString()}"
            : null;
    }

    private static bool IsA(JsonElement type, JsonElement value) =>
        type.ValueKind == JsonValueKind.Array
            ? type.EnumerateArray().Any(one => IsA(one, value))
            : type.GetString() switch
            {
                "integer" => value.ValueKind == JsonValueKind.Number
                    && Math.Floor(value.GetDouble()) == value.GetDouble(),
                "number" => value.ValueKind == JsonValueKind.Number,
                "string" => value.ValueKind == JsonValueKind.String,
                "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                "array" => value.ValueKind == JsonValueKind.Array,
                "object" => value.ValueKind == JsonValueKind.Object,
                "null" => value.ValueKind == JsonValueKind.Null,
                _ => false,
            };

    private static string Word(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array => "an array",
            JsonValueKind.Object => "an object",
            JsonValueKind.String => "a string",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "a boolean",
            _ => "null",
        };
}
