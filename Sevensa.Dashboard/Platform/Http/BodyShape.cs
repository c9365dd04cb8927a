using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Holds a JSON body against the type that it is to become: every member is known, is written as the contract writes it, is
/// there once, and is of the kind that is expected. Nothing that was sent is passed over.
/// </summary>
/// <param name="options">Those that bodies are read with.</param>
internal sealed class BodyShape(JsonSerializerOptions options)
{
    private const int LongestShown = 60;

    /// <param name="type">Null where no member is known at all.</param>
    /// <exception cref="BadHttpRequestException">400: it does not fit; the message has the place and what is expected there.</exception>
    public void Check(JsonElement body, Type? type)
    {
        if (type is not null)
        {
            Check(body, type, "");
        }
        else if (body.ValueKind != JsonValueKind.Object)
        {
            throw new BadHttpRequestException("Nothing is read from a body here: send none, or {}. Nothing was done.");
        }
        else if (body.EnumerateObject().FirstOrDefault() is { Value.ValueKind: not JsonValueKind.Undefined } member)
        {
            throw new BadHttpRequestException(
                $"The body has a member {Quoted(member.Name)} that is not known here; nothing is read from a body here: send none, or {{}}. Nothing was done."
            );
        }
    }

    /// <summary>What a body of the type is, for who sent none.</summary>
    public string Words(Type type) =>
        options.GetTypeInfo(type) is { Kind: JsonTypeInfoKind.Object } shape
            ? $"a JSON object with {string.Join(", ", Known(shape).Select(member => member.Name))}"
            : "JSON";

    private void Check(JsonElement value, Type type, string place)
    {
        var actual = Nullable.GetUnderlyingType(type) ?? type;
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (place.Length == 0 || (type.IsValueType && actual == type && type != typeof(JsonElement)))
            {
                throw Unfit(value, actual, place);
            }
            return;
        }
        var shape = options.GetTypeInfo(actual);
        switch (shape.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckMembers(value, shape, place);
                break;
            case JsonTypeInfoKind.Enumerable:
                CheckItems(value, shape, place);
                break;
            case JsonTypeInfoKind.Dictionary when value.ValueKind == JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    Check(member.Value, shape.ElementType!, Inside(place, member.Name));
                }
                break;
            default:
                if (!Fits(value, shape))
                {
                    throw Unfit(value, actual, place);
                }
                break;
        }
    }

    private void CheckMembers(JsonElement value, JsonTypeInfo shape, string place)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Unfit(value, shape.Type, place);
        }
        var known = Known(shape).ToDictionary(member => member.Name, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (!known.TryGetValue(member.Name, out var expected))
            {
                throw Unknown(member.Name, known.Keys, place);
            }
            if (!seen.Add(member.Name))
            {
                throw new BadHttpRequestException(
                    $"{Place(Inside(place, member.Name))} is there twice. Nothing was done."
                );
            }
            Check(member.Value, expected.PropertyType, Inside(place, member.Name));
        }
        foreach (var member in known.Values.Where(member => IsNeeded(member) && !seen.Contains(member.Name)))
        {
            throw new BadHttpRequestException(
                $"{Place(Inside(place, member.Name))} is missing; expected is {ValueWords.Of(member.PropertyType)}. Nothing was done."
            );
        }
    }

    private void CheckItems(JsonElement value, JsonTypeInfo shape, string place)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Unfit(value, shape.Type, place);
        }
        var index = 0;
        foreach (var item in value.EnumerateArray())
        {
            var at = $"{place}[{index++}]";
            if (item.ValueKind == JsonValueKind.Null && shape.ElementType != typeof(JsonElement))
            {
                throw Unfit(item, shape.ElementType!, at);
            }
            Check(item, shape.ElementType!, at);
        }
    }

    private static bool Fits(JsonElement value, JsonTypeInfo shape)
    {
        if (shape.Type.IsEnum)
        {
            return value.ValueKind == JsonValueKind.String
                && ValueWords.Names(shape.Type).Contains(value.GetString()!, StringComparer.OrdinalIgnoreCase);
        }
        try
        {
            _ = value.Deserialize(shape);
            return true;
        }
        catch (Exception exception)
            when (exception is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            return false;
        }
    }

    /// <summary>What can't be told apart from a value when it is left out: a flag or a word of a fixed set without a default.</summary>
    private static bool IsNeeded(JsonPropertyInfo member) =>
        member.IsRequired
        || (
            member.AssociatedParameter is { HasDefaultValue: false }
            && member.PropertyType.IsValueType
            && Nullable.GetUnderlyingType(member.PropertyType) is null
        );

    private static IEnumerable<JsonPropertyInfo> Known(JsonTypeInfo shape) =>
        shape.Properties.Where(member =>
            !member.IsExtensionData && (member.Set is not null || member.AssociatedParameter is not null)
        );

    private static BadHttpRequestException Unknown(string name, IEnumerable<string> known, string place)
    {
        var all = known.ToList();
        var meant = all.Find(one => string.Equals(one, name, StringComparison.OrdinalIgnoreCase));
        var of = place.Length == 0 ? "The body" : Place(place);
        return new BadHttpRequestException(
            meant is not null
                ? $"{of} has a member {Quoted(name)}; it is written \"{meant}\". Nothing was done."
                : $"{of} has a member {Quoted(name)} that is not known here. There are {string.Join(", ", all)}. Nothing was done."
        );
    }

    private static BadHttpRequestException Unfit(JsonElement value, Type expected, string place)
    {
        var actual = Nullable.GetUnderlyingType(expected) ?? expected;
        var words =
            actual == typeof(string) || actual.IsValueType ? ValueWords.Of(actual)
            : typeof(System.Collections.IEnumerable).IsAssignableFrom(actual) ? "a list"
            : "an object";
        // Of a text that is of the wrong kind altogether nothing is said again: it may be a secret.
        var sent =
            value.ValueKind == JsonValueKind.String && actual.IsValueType
                ? $"\"{StoreText.Shorten(value.GetString()!, LongestShown)}\""
                : value.ValueKind switch
                {
                    JsonValueKind.Object => "an object",
                    JsonValueKind.Array => "a list",
                    JsonValueKind.String => "a text",
                    JsonValueKind.Number => "another number",
                    JsonValueKind.True or JsonValueKind.False => "true or false",
                    _ => "null",
                };
        if (value.ValueKind == JsonValueKind.Number && words is not (ValueWords.WholeNumber or ValueWords.Number))
        {
            sent = "a number";
        }
        return new BadHttpRequestException(
            $"{(place.Length == 0 ? "The body" : Place(place))} is {words}; {sent} was sent. Nothing was done."
        );
    }

    private static string Inside(string place, string name) =>
        place.Length == 0 ? Shown(name) : $"{place}.{Shown(name)}";

    private static string Place(string place) => $"\"{place}\"";

    private static string Quoted(string name) => $"\"{Shown(name)}\"";

    private static string Shown(string name) => StoreText.Shorten(name, LongestShown);
}
