using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>The escapes of a double-quoted string, as Go and Prometheus read them.</summary>
internal static class LogQlEscapes
{
    /// <summary>Answers null for an escape that does not exist, or that names a byte which is no character by itself.</summary>
    public static string? Decode(ReadOnlySpan<char> body)
    {
        if (!body.Contains('\\'))
        {
            return body.ToString();
        }

        var builder = new StringBuilder(body.Length);
        while (body.Length > 0)
        {
            if (body[0] != '\\')
            {
                builder.Append(body[0]);
                body = body[1..];
                continue;
            }

            if (body.Length < 2)
            {
                return null;
            }

            var kind = body[1];
            body = body[2..];
            var simple = "abfnrtv\\\"".IndexOf(kind, StringComparison.Ordinal);
            if (simple >= 0)
            {
                builder.Append("\a\b\f\n\r\t\v\\\""[simple]);
                continue;
            }

            // \xHH and \ooo name bytes; above 0x7F they would be parts of a character.
            var (digits, most) = kind switch
            {
                'x' => (2, 0x7F),
                'u' => (4, 0xFFFF),
                'U' => (8, 0x10FFFF),
                >= '0' and <= '7' => (-2, 0x7F),
                _ => (0, 0),
            };
            var octal = digits < 0;
            digits = Math.Abs(digits);
            if (digits == 0 || body.Length < digits)
            {
                return null;
            }

            var value = octal ? kind - '0' : 0L;
            foreach (var digit in body[..digits])
            {
                var amount = octal ? digit - '0' : Hex(digit);
                if (amount < 0 || (octal && amount > 7))
                {
                    return null;
                }

                value = (value * (octal ? 8 : 16)) + amount;
            }

            if (value > most || !Rune.IsValid((int)value))
            {
                return null;
            }

            builder.Append(new Rune((int)value).ToString());
            body = body[digits..];
        }

        return builder.ToString();
    }

    private static int Hex(char digit) => char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : -1;
}

/// <summary>Sizes as they stand in a label filter: <c>2.5KiB</c>, <c>10MB</c>.</summary>
internal static class LogQlSize
{
    private static readonly (string Unit, double Bytes)[] Units =
    [
        ("b", 1),
        ("k", 1e3),
        ("kb", 1e3),
        ("ki", 1024),
        ("kib", 1024),
        ("m", 1e6),
        ("mb", 1e6),
        ("mi", 1024.0 * 1024),
        ("mib", 1024.0 * 1024),
        ("g", 1e9),
        ("gb", 1e9),
        ("gi", 1024.0 * 1024 * 1024),
        ("gib", 1024.0 * 1024 * 1024),
        ("t", 1e12),
        ("tb", 1e12),
        ("ti", 1024.0 * 1024 * 1024 * 1024),
        ("tib", 1024.0 * 1024 * 1024 * 1024),
        ("p", 1e15),
        ("pb", 1e15),
        ("pi", 1024.0 * 1024 * 1024 * 1024 * 1024),
        ("pib", 1024.0 * 1024 * 1024 * 1024 * 1024),
    ];

    private static readonly SearchValues<char> CountCharacters = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        var letters = text.AsSpan().IndexOfAnyExcept(CountCharacters);
        if (
            letters <= 0
            || !double.TryParse(
                text.AsSpan(0, letters),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var count
            )
        )
        {
            return false;
        }

        var unit = text[letters..].ToLowerInvariant();
        var size = Array.Find(Units, candidate => candidate.Unit == unit).Bytes * count;
        if (size >= ulong.MaxValue || Array.TrueForAll(Units, candidate => candidate.Unit != unit))
        {
            return false;
        }

        bytes = (ulong)size;
        return true;
    }
}
