using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>
/// Arguments as models and programs write them, read by the tool's own schema: null for a default, <c>24.0</c> or
/// <c>"24"</c> for a whole number, a JSON text for an object, another spelling of a name. What can't be read is refused in
/// words, never dropped.
/// </summary>
internal static class ToolArguments
{
    /// <param name="tool">Whose arguments they are.</param>
    /// <param name="given">By name; values as JSON elements or plain objects.</param>
    /// <exception cref="ArgumentException">One is missing, unknown or of another type; the message is for whoever called.</exception>
    public static AIFunctionArguments Read(AIFunction tool, IEnumerable<KeyValuePair<string, object?>> given) =>
        new(
            Read(tool.Name, tool.JsonSchema, given)
                .ToDictionary(one => one.Key, one => (object?)one.Value, StringComparer.Ordinal)
        );

    /// <param name="what">What takes the arguments, for the messages.</param>
    /// <param name="schema">JSON Schema of an object.</param>
    /// <param name="given">By name; values as JSON elements or plain objects.</param>
    /// <exception cref="ArgumentException">One is missing, unknown or of another type; the message is for whoever called.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(
        string what,
        JsonElement schema,
        IEnumerable<KeyValuePair<string, object?>> given
    )
    {
        var properties = Properties(schema);
        var required = Required(schema);
        var read = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in given)
        {
            var element = value is JsonElement already ? already : JsonSerializer.SerializeToElement(value);
            var known = properties.ContainsKey(name)
                ? name
                : properties.Keys.FirstOrDefault(one => Bare(one) == Bare(name));
            if (known is null)
            {
                if (IsNothing(element))
                {
                    continue;
                }
                throw new ArgumentException(
                    properties.Count == 0
                        ? $"{what} takes no arguments, and \"{name}\" was given."
                        : $"{what} has no argument \"{name}\". It takes {string.Join(", ", properties.Keys)}."
                );
            }
            if (IsNothing(element) || IsNullInWords(element, properties[known], required.Contains(known)))
            {
                continue;
            }
            if (!read.TryAdd(known, Value(what, known, properties[known], element)))
            {
                throw new ArgumentException($"\"{known}\" was given to {what} twice.");
            }
        }
        var missing = required.Where(name => !read.ContainsKey(name)).ToList();
        return missing.Count == 0
            ? read
            : throw new ArgumentException(
                $"{what} needs {string.Join(" and ", missing.Select(name => $"\"{name}\""))}{Described(properties, missing)}."
            );
    }

    /// <summary>The name among those that exist, however it is spelt: another case, dashes for underscores, a prefix such as <c>functions.</c>.</summary>
    public static string? Known(string said, IEnumerable<string> names)
    {
        var all = names as IReadOnlyCollection<string> ?? [.. names];
        return all.FirstOrDefault(name => name == said)
            ?? all.FirstOrDefault(name => Bare(name) == Bare(said))
            ?? (
                said.LastIndexOfAny(['.', ':', '/']) is >= 0 and var at
                    ? all.FirstOrDefault(name => Bare(name) == Bare(said[(at + 1)..]))
                    : null
            );
    }

    private static JsonElement Value(string what, string name, JsonElement schema, JsonElement given)
    {
        var types = Types(schema);
        if (types.Count == 0)
        {
            return given.ValueKind == JsonValueKind.String ? JsonReading.Inside(given.GetString()!) ?? given : given;
        }
        foreach (var type in types)
        {
            if (As(type, given) is { } value)
            {
                RefuseOutside(what, name, schema, value);
                return Spelt(schema, value);
            }
        }
        throw new ArgumentException(
            $"\"{name}\" of {what} is {string.Join(" or ", types.Select(Word))}; {Shown(given)} is not."
        );
    }

    /// <summary>Nothing is cut to what is allowed in silence: the answer would be taken for one to what was asked.</summary>
    private static void RefuseOutside(string what, string name, JsonElement schema, JsonElement value)
    {
        if (
            value.ValueKind == JsonValueKind.Number
            && (
                (Limit("minimum") is { } least && value.GetDouble() < least)
                || (Limit("maximum") is { } most && value.GetDouble() > most)
            )
        )
        {
            throw new ArgumentException(
                $"\"{name}\" of {what} is from {Limit("minimum")?.ToString(CultureInfo.InvariantCulture) ?? "anything"} to {Limit("maximum")?.ToString(CultureInfo.InvariantCulture) ?? "anything"}; {Shown(value)} is not."
            );
        }

        double? Limit(string word) =>
            schema.TryGetProperty(word, out var limit) && limit.ValueKind == JsonValueKind.Number
                ? limit.GetDouble()
                : null;
    }

    private static JsonElement? As(string type, JsonElement given) =>
        (type, given.ValueKind) switch
        {
            ("string", JsonValueKind.String) => given,
            ("string", JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False) => Element(
                given.GetRawText()
            ),
            ("integer", JsonValueKind.Number) => Whole(given.GetRawText()),
            ("integer", JsonValueKind.String) => Whole(given.GetString()!),
            ("number", JsonValueKind.Number) => given,
            ("number", JsonValueKind.String)
                when double.TryParse(
                    given.GetString(),
                    NumberStyles.Float,
                    CultureInfo.InvariantCulture,
                    out var number
                ) && double.IsFinite(number) => Element(number),
            ("boolean", JsonValueKind.True or JsonValueKind.False) => given,
            ("boolean", JsonValueKind.String) when bool.TryParse(given.GetString(), out var flag) => Element(flag),
            ("object", JsonValueKind.Object) => given,
            ("array", JsonValueKind.Array) => given,
            ("object" or "array", JsonValueKind.String)
                when JsonReading.Inside(given.GetString()!) is { } inside
                    && inside.ValueKind == (type == "object" ? JsonValueKind.Object : JsonValueKind.Array) => inside,
            ("array", JsonValueKind.String or JsonValueKind.Number) => Element(new[] { given }),
            (not "array", JsonValueKind.Array) when given.GetArrayLength() == 1 => As(type, given[0]),
            _ => null,
        };

    private static JsonElement? Whole(string text) =>
        JsonReading.IsWhole(text, out var number) && number is >= int.MinValue and <= int.MaxValue
            ? Element((int)number)
            : null;

    /// <summary>One of a fixed set of words, in the set's own spelling.</summary>
    private static JsonElement Spelt(JsonElement schema, JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && schema.TryGetProperty("enum", out var words)
        && words
            .EnumerateArray()
            .Where(word => word.ValueKind == JsonValueKind.String)
            .Select(word => word.GetString()!)
            .FirstOrDefault(word => string.Equals(word, value.GetString(), StringComparison.OrdinalIgnoreCase))
            is { } spelt
            ? Element(spelt)
            : value;

    private static Dictionary<string, JsonElement> Properties(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object
        && schema.TryGetProperty("properties", out var properties)
        && properties.ValueKind == JsonValueKind.Object
            ? properties.EnumerateObject().ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal)
            : [];

    private static HashSet<string> Required(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object
        && schema.TryGetProperty("required", out var required)
        && required.ValueKind == JsonValueKind.Array
            ? [.. required.EnumerateArray().Select(name => name.GetString()!)]
            : [];

    private static List<string> Types(JsonElement schema) =>
        schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("type", out var type) ? []
        : type.ValueKind == JsonValueKind.Array
            ? [.. type.EnumerateArray().Select(one => one.GetString()!).Where(one => one != "null")]
        : [type.GetString()!];

    private static bool IsNothing(JsonElement value) =>
        value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>The word "null", or no text at all, where something may be left out.</summary>
    private static bool IsNullInWords(JsonElement value, JsonElement schema, bool required) =>
        !required
        && value.ValueKind == JsonValueKind.String
        && (
            value.GetString() is "null" or "None" or "undefined"
            || (value.GetString()!.Trim().Length == 0 && !Types(schema).Contains("string"))
        );

    private static string Bare(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    private static string Described(Dictionary<string, JsonElement> properties, List<string> missing) =>
        missing is [var one]
        && properties.TryGetValue(one, out var schema)
        && schema.TryGetProperty("description", out var description)
            ? $": {description.GetString()!.TrimEnd('.')}"
            : "";

    private static string Word(string type) =>
        type switch
        {
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "object" => "an object",
            "array" => "a list",
            _ => "a text",
        };

    private static string Shown(JsonElement value) => StoreText.Shorten(value.GetRawText(), 60);

    private static JsonElement Element<T>(T value) => JsonSerializer.SerializeToElement(value);
}
