using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Sevensa.Dashboard.Protocol;

/// <summary>JSON Canonicalization Scheme, RFC 8785: members ordered by UTF-16 code units, shortest numbers, no white space.</summary>
public static class CanonicalJson
{
    /// <summary>The canonical form of a value as its type is written, UTF-8.</summary>
    public static byte[] Of<T>(T value, JsonTypeInfo<T> type) => Of(JsonSerializer.SerializeToElement(value, type));

    /// <summary>The same of JSON as it is.</summary>
    /// <exception cref="ArgumentException">It holds a number that a double can't.</exception>
    public static byte[] Of(JsonElement element)
    {
        var text = new StringBuilder(1024);
        Write(text, element);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>SHA-256 of the canonical form, lower-case hex.</summary>
    public static string Hash<T>(T value, JsonTypeInfo<T> type) =>
        Convert.ToHexStringLower(SHA256.HashData(Of(value, type)));

    /// <inheritdoc cref="Hash{T}(T, JsonTypeInfo{T})"/>
    public static string Hash(JsonElement element) => Convert.ToHexStringLower(SHA256.HashData(Of(element)));

    private static void Write(StringBuilder text, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                var first = true;
                foreach (var member in element.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    text.Append(first ? "" : ",");
                    first = false;
                    WriteString(text, member.Name);
                    text.Append(':');
                    Write(text, member.Value);
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                for (var index = 0; index < element.GetArrayLength(); index++)
                {
                    text.Append(index == 0 ? "" : ",");
                    Write(text, element[index]);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                WriteString(text, element.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(element.GetDouble()));
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            default:
                text.Append("null");
                break;
        }
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var character in value)
        {
            switch (character)
            {
                case '"':
                    text.Append("\\\"");
                    break;
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\b':
                    text.Append("\\b");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\f':
                    text.Append("\\f");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case < ' ':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
                    break;
                default:
                    text.Append(character);
                    break;
            }
        }
        text.Append('"');
    }

    /// <summary>ECMAScript's Number::toString, which RFC 8785 (3.2.2.3) prescribes.</summary>
    private static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentException("JSON has no such number.", nameof(value));
        }
        if (value == 0)
        {
            return "0";
        }
        var (digits, exponent) = Split(value.ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        var point = exponent + 1;
        if (point is > 0 and <= 21)
        {
            return sign
                + (digits.Length <= point ? digits.PadRight(point, '0') : $"{digits[..point]}.{digits[point..]}");
        }
        if (point is > -6 and <= 0)
        {
            return $"{sign}0.{new string('0', -point)}{digits}";
        }
        var mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sign}{mantissa}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}"
        );
    }

    /// <summary>Significant digits and decimal exponent of .NET's shortest round-trip form.</summary>
    private static (string Digits, int Exponent) Split(string shortest)
    {
        var mark = shortest.IndexOf('E');
        var mantissa = (mark < 0 ? shortest : shortest[..mark]).TrimStart('-');
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        if (mark >= 0)
        {
            return (digits, int.Parse(shortest[(mark + 1)..], CultureInfo.InvariantCulture));
        }
        var parts = mantissa.Split('.');
        var whole = parts[0].TrimStart('0');
        return (digits, whole.Length > 0 ? whole.Length - 1 : -(parts[1].TakeWhile(digit => digit == '0').Count() + 1));
    }
}
