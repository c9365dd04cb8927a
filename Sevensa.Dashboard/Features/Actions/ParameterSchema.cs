using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Pointer;
using Json.Schema;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Checks parameters against the JSON Schema of their kind (JsonSchema.Net), says in this project's words what is wrong, fills
/// in defaults and refuses whatever the schema does not name.
/// </summary>
internal static class ParameterSchema
{
    private static readonly EvaluationOptions AllFaults = new() { OutputFormat = OutputFormat.List };

    // Kinds are few and their schemas stay as they are while the program runs.
    private static readonly ConcurrentDictionary<string, JsonSchema> Built = new();

    /// <exception cref="CannotPlanException">Says which parameter is wrong and what is allowed.</exception>
    public static JsonElement Check(string kind, JsonElement schema, JsonElement parameters)
    {
        var given = parameters.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.Object => parameters.EnumerateObject().ToList(),
            _ => throw new CannotPlanException($"The parameters of {kind} are an object, not {Word(parameters)}."),
        };
        var rules = schema.TryGetProperty("properties", out var found)
            ? found.EnumerateObject().ToDictionary(property => property.Name, property => property.Value)
            : [];
        var filled = new JsonObject();
        foreach (var parameter in given)
        {
            if (!rules.ContainsKey(parameter.Name))
            {
                var known = rules.Count == 0 ? "It takes none" : $"There are {string.Join(", ", rules.Keys)}";
                throw new CannotPlanException($"\"{parameter.Name}\" is not a parameter of {kind}. {known}.");
            }
            if (filled.ContainsKey(parameter.Name))
            {
                throw new CannotPlanException($"The parameter {parameter.Name} of {kind} is given twice.");
            }
            filled[parameter.Name] = Plain(parameter.Value);
        }
        foreach (var (name, rule) in rules)
        {
            if (!filled.ContainsKey(name) && rule.TryGetProperty("default", out var value))
            {
                filled[name] = JsonNode.Parse(value.GetRawText());
            }
        }
        var whole = JsonSerializer.SerializeToElement(filled);
        if (FirstFault(schema, whole) is { } fault)
        {
            throw new CannotPlanException(Told(kind, schema, rules, whole, fault));
        }
        return whole;
    }

    /// <summary>A whole number is one however it is written: <c>4.0</c> and <c>4e0</c> are <c>4</c>, for those who read it and in the plan's hash.</summary>
    private static JsonNode? Plain(JsonElement value) =>
        JsonReading.IsWhole(value, out var number) ? JsonValue.Create(number) : JsonNode.Parse(value.GetRawText());

    /// <summary>Where it is and which word of the schema it goes against; null when all is as it should be.</summary>
    private static (JsonPointer At, string Keyword)? FirstFault(JsonElement schema, JsonElement parameters)
    {
        var results = Built
            .GetOrAdd(schema.GetRawText(), text => JsonSchema.FromText(text))
            .Evaluate(parameters, AllFaults);
        return results.IsValid
            ? null
            : (results.Details ?? [])
                .Prepend(results)
                .Where(one => one.Errors is { Count: > 0 })
                .Select(one => ((JsonPointer, string)?)(one.InstanceLocation, one.Errors!.First().Key))
                .First();
    }

    /// <summary>Doesn't repeat a text that was given: a parameter may be a secret.</summary>
    private static string Told(
        string kind,
        JsonElement schema,
        Dictionary<string, JsonElement> rules,
        JsonElement whole,
        (JsonPointer At, string Keyword) fault
    )
    {
        if (fault.At.SegmentCount == 0)
        {
            var missing = schema
                .GetProperty("required")
                .EnumerateArray()
                .First(name => !whole.TryGetProperty(name.GetString()!, out _));
            return $"The parameter {missing.GetString()} of {kind} is missing.";
        }
        var name = fault.At.GetSegment(0).ToString();
        var (rule, value) = (rules[name], whole.GetProperty(name));
        for (var depth = 1; depth < fault.At.SegmentCount; depth++)
        {
            (rule, value) = (
                rule.GetProperty("items"),
                value[int.Parse(fault.At.GetSegment(depth).ToString(), CultureInfo.InvariantCulture)]
            );
        }
        var limit = rule.GetProperty(fault.Keyword);
        var words = fault.Keyword switch
        {
            "type" => $"must be {string.Join(" or ", All(limit))}, not {Word(value)}",
            "enum" => $"must be one of {string.Join(", ", All(limit))}",
            "minimum" => $"is {value.GetRawText()} and must be at least {limit.GetRawText()}",
            "maximum" => $"is {value.GetRawText()} and must be at most {limit.GetRawText()}",
            "minLength" => $"must have at least {limit.GetRawText()} characters",
            "maxLength" => $"must have at most {limit.GetRawText()} characters",
            "pattern" => $"must match {limit.GetString()}",
            var other => $"must keep to {other} {limit.GetRawText()}",
        };
        return $"The parameter {name} of {kind} {words}.";
    }

    private static IEnumerable<JsonElement> All(JsonElement limit) =>
        limit.ValueKind == JsonValueKind.Array ? limit.EnumerateArray() : [limit];

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
