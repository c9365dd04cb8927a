namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// The one rule for text that enters the store: what can't be written as UTF-8 (half of a surrogate pair) and U+0000, which
/// PostgreSQL does not take, become U+FFFD; a pair that a limit has cut loses its other half too. The same on both providers.
/// </summary>
public static class StoreText
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text as it is kept; the same object when nothing is wrong with it.</summary>
    public static string Whole(string text)
    {
        var at = FirstFault(text);
        if (at < 0)
        {
            return text;
        }
        if (at == text.Length - 1 && char.IsHighSurrogate(text[at]))
        {
            return text[..at];
        }
        return string.Create(
            text.Length - (char.IsHighSurrogate(text[^1]) ? 1 : 0),
            text,
            static (whole, text) =>
            {
                for (var index = 0; index < whole.Length; index++)
                {
                    whole[index] = IsFault(text, index) ? Replacement : text[index];
                }
            }
        );
    }

    /// <summary>Whether both providers keep the text as it is.</summary>
    public static bool IsWhole(string text) => FirstFault(text) < 0;

    /// <summary>At most <paramref name="most"/> UTF-16 units from the beginning, never half of a character.</summary>
    public static string Cut(string text, int most) =>
        text.Length <= most ? text
        : most > 0 && char.IsHighSurrogate(text[most - 1]) ? text[..(most - 1)]
        : text[..most];

    /// <summary><see cref="Cut"/>, and an ellipsis where something is left out.</summary>
    public static string Shorten(string text, int most) => text.Length <= most ? text : $"{Cut(text, most)}…";

    private static int FirstFault(ReadOnlySpan<char> text)
    {
        var from = 0;
        while (true)
        {
            var next = text[from..].IndexOfAnyInRange('\uD800', '\uDFFF');
            var nul = text[from..].IndexOf('\0');
            if (nul >= 0 && (next < 0 || nul < next))
            {
                return from + nul;
            }
            if (next < 0)
            {
                return -1;
            }
            from += next;
            if (from + 1 >= text.Length || !char.IsSurrogatePair(text[from], text[from + 1]))
            {
                return from;
            }
            from += 2;
        }
    }

    private static bool IsFault(string text, int index) =>
        text[index] == '\0'
        || (char.IsHighSurrogate(text[index]) && !(index + 1 < text.Length && char.IsLowSurrogate(text[index + 1])))
        || (char.IsLowSurrogate(text[index]) && !(index > 0 && char.IsHighSurrogate(text[index - 1])));
}
