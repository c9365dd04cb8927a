using System.Buffers;
using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>Writing values into LogQL so that Loki reads back exactly what was meant.</summary>
public static class LogQlText
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
    );

    private static readonly SearchValues<char> RegexCharacters = SearchValues.Create("\\.+*?()|[]{}^$");

    /// <summary>A double-quoted string literal. Any text is safe, but it must be valid Unicode.</summary>
    /// <exception cref="ArgumentException">The text holds half a surrogate pair, which no UTF-8 can carry.</exception>
    public static string Quote(string text)
    {
        var builder = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in ValidRunes(text))
        {
            switch (rune.Value)
            {
                case '"':
                    builder.Append("\\\"");
                    break;
                case '\\':
                    builder.Append(@"\\");
                    break;
                case '\n':
                    builder.Append(@"\n");
                    break;
                case '\r':
                    builder.Append(@"\r");
                    break;
                case '\t':
                    builder.Append(@"\t");
                    break;
                case < ' ' or 0x7F or 0xFEFF:
                    builder.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
                    break;
                default:
                    builder.Append(rune);
                    break;
            }
        }

        return builder.Append('"').ToString();
    }

    /// <summary>The text as an RE2 expression that matches exactly it.</summary>
    public static string EscapeRegex(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (RegexCharacters.Contains(character))
            {
                builder.Append('\\');
            }

            builder.Append(character);
        }

        return builder.ToString();
    }

    /// <summary>Letters, digits and underscore of ASCII, not beginning with a digit, and no word of the language.</summary>
    public static bool IsLabelName(string name) =>
        name.Length > 0
        && !char.IsAsciiDigit(name[0])
        && !name.AsSpan().ContainsAnyExcept(NameCharacters)
        && !LogQlLexer.IsReserved(name);

    private static IEnumerable<Rune> ValidRunes(string text)
    {
        for (var at = 0; at < text.Length; )
        {
            if (!Rune.TryGetRuneAt(text, at, out var rune))
            {
                throw new ArgumentException("The text is not valid Unicode.", nameof(text));
            }

            yield return rune;
            at += rune.Utf16SequenceLength;
        }
    }
}
