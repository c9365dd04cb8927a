using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>JSON as other programs write it: halves of characters in its escapes, whole numbers with a point, JSON as a text inside JSON.</summary>
internal static class JsonReading
{
    /// <summary>The text of a JSON string as it is written; halves of surrogate pairs, which the usual readers refuse, stay in it.</summary>
    public static string Text(JsonElement value)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException) when (value.ValueKind == JsonValueKind.String)
        {
            return Unescape(value.GetRawText()[1..^1]);
        }
    }

    /// <summary>The same JSON with U+FFFD for halves of surrogate pairs in its escapes, which no reader and no writer here takes.</summary>
    public static string Whole(string json)
    {
        if (!json.Contains("\\u", StringComparison.Ordinal))
        {
            return json;
        }
        var whole = new StringBuilder(json.Length);
        for (var at = 0; at < json.Length; at++)
        {
            if (json[at] != '\\' || at + 1 == json.Length)
            {
                whole.Append(json[at]);
                continue;
            }
            var from = at++;
            var unit = Escaped(json, ref at);
            if (!char.IsSurrogate(unit))
            {
                whole.Append(json, from, at - from + 1);
                continue;
            }
            var (next, low) = (at + 2, '\0');
            if (next < json.Length && json[at + 1] == '\\')
            {
                low = Escaped(json, ref next);
            }
            if (char.IsSurrogatePair(unit, low))
            {
                whole.Append(json, from, next - from + 1);
                at = next;
            }
            else
            {
                whole.Append("\\ufffd");
            }
        }
        return whole.ToString();
    }

    /// <param name="escaped">What stands between the quotes; the syntax of its escapes was checked by a reader.</param>
    public static string Unescape(string escaped)
    {
        var text = new StringBuilder(escaped.Length);
        for (var at = 0; at < escaped.Length; at++)
        {
            if (escaped[at] != '\\')
            {
                text.Append(escaped[at]);
                continue;
            }
            at++;
            text.Append(Escaped(escaped, ref at));
        }
        return text.ToString();
    }

    /// <summary>What an escape stands for; what is none stands for itself.</summary>
    /// <param name="at">Place after the backslash; afterwards that of the escape's last character.</param>
    public static char Escaped(string text, ref int at)
    {
        if (
            text[at] == 'u'
            && at + 4 < text.Length
            && ushort.TryParse(
                text.AsSpan(at + 1, 4),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out var unit
            )
        )
        {
            at += 4;
            return (char)unit;
        }
        var known = "bfnrt".IndexOf(text[at], StringComparison.Ordinal);
        return known < 0 ? text[at] : "\b\f\n\r\t"[known];
    }

    /// <summary>A whole number is one however it is written: <c>4.0</c> and <c>4e0</c> are 4; <c>4.5</c> and <c>1e40</c> are none.</summary>
    public static bool IsWhole(JsonElement value, out long number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && IsWhole(value.GetRawText(), out number);
    }

    /// <summary>The same of a number that stands in a text.</summary>
    public static bool IsWhole(string text, out long number)
    {
        var isWhole =
            decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var read)
            && read == decimal.Truncate(read)
            && read is >= long.MinValue and <= long.MaxValue;
        number = isWhole ? (long)read : 0;
        return isWhole;
    }

    /// <summary>The object that stands under a name; null when there is none, or something else does.</summary>
    public static JsonElement? ObjectIn(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object
        && of.TryGetProperty(name, out var member)
        && member.ValueKind == JsonValueKind.Object
            ? member
            : null;

    /// <summary>The object or list that a text is; null when it is neither.</summary>
    public static JsonElement? Inside(string text)
    {
        if (text.AsSpan().TrimStart() is not ['{' or '[', ..])
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
