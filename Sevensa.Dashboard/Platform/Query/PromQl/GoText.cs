using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// Strings as PromQL (that is, Go) writes them. Bytes that are not UTF-8, which only escapes can write, are kept as the lone
/// surrogates U+DC80 to U+DCFF, so that text comes back byte for byte.
/// </summary>
internal static class GoText
{
    private const char FirstByteSurrogate = '\uDC80';
    private const char LastByteSurrogate = '\uDCFF';

    /// <summary>A number as Go writes it with an exponent and as few digits as name it alone: <c>3.333333333333333e-01</c>.</summary>
    public static string Exponent(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN"
                : value > 0 ? "+Inf"
                : "-Inf";
        }
        var text = "";
        for (var digits = 0; digits <= 16; digits++)
        {
            text = value.ToString($"e{digits}", CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture).Equals(value))
                break;
        }
        var cut = text.IndexOf('e', StringComparison.Ordinal);
        var exponent = int.Parse(text.AsSpan(cut + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return $"{text.AsSpan(0, cut)}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
    }

    /// <summary>The value of a literal that the lexer accepted, its quotes included.</summary>
    public static string Unquote(ReadOnlySpan<char> literal)
    {
        var body = literal[1..^1];
        if (literal[0] == '`' || !body.Contains('\\'))
            return body.ToString();
        var bytes = new List<byte>(body.Length);
        Span<byte> encoded = stackalloc byte[4];
        while (!body.IsEmpty)
        {
            var read = 1;
            if (body[0] != '\\')
            {
                Rune.DecodeFromUtf16(body, out var rune, out read);
                bytes.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            }
            else if (body[1] is 'x' or (>= '0' and <= '7'))
            {
                read = 4;
                bytes.Add(
                    body[1] == 'x'
                        ? byte.Parse(body[2..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                        : (byte)(((body[1] - '0') << 6) | ((body[2] - '0') << 3) | (body[3] - '0'))
                );
            }
            else if (body[1] is 'u' or 'U')
            {
                read = body[1] == 'u' ? 6 : 10;
                var point = int.Parse(body[2..read], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                bytes.AddRange(encoded[..new Rune(point).EncodeToUtf8(encoded)]);
            }
            else
            {
                read = 2;
                bytes.Add(
                    body[1] switch
                    {
                        'a' => 7,
                        'b' => 8,
                        'f' => 12,
                        'n' => 10,
                        'r' => 13,
                        't' => 9,
                        'v' => 11,
                        var quoteOrBackslash => (byte)quoteOrBackslash,
                    }
                );
            }
            body = body[read..];
        }
        return Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    public static string Quote(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        AppendQuoted(text, value);
        return text.ToString();
    }

    /// <summary>Writes a double-quoted literal that has the value.</summary>
    public static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        var plainFrom = 0;
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c >= ' ' && c != '"' && c != '\\' && c != '\x7F' && c != '\uFFFD' && !char.IsSurrogate(c))
                continue;
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && char.IsLowSurrogate(value[i + 1]))
            {
                i++;
                continue;
            }
            text.Append(value, plainFrom, i - plainFrom);
            plainFrom = i + 1;
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                >= FirstByteSurrogate and <= LastByteSurrogate => AppendByte(text, c - 0xDC00),
                < ' ' or '\x7F' => AppendByte(text, c),
                _ => text.Append("\\ufffd"),
            };
        }
        text.Append(value, plainFrom, value.Length - plainFrom).Append('"');
    }

    private static StringBuilder AppendByte(StringBuilder text, int value) =>
        text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        Span<char> encoded = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var read) == System.Buffers.OperationStatus.Done)
            {
                text.Append(encoded[..rune.EncodeToUtf16(encoded)]);
            }
            else
            {
                read = 1;
                text.Append((char)(0xDC00 + bytes[0]));
            }
            bytes = bytes[read..];
        }
        return text.ToString();
    }
}
