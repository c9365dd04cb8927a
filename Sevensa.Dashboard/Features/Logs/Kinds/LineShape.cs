using System.Text;

namespace Sevensa.Dashboard.Features.Logs.Kinds;

/// <summary>
/// What a line looks like with its particulars left out, in the pattern language of Loki's <c>|&gt;</c>: words that hold a
/// digit, and quoted values of fields, are <c>&lt;_&gt;</c>.
/// </summary>
internal static class LineShape
{
    public const string Any = "<_>";

    /// <summary>What a line is told by stands at its beginning.</summary>
    private const int Longest = 300;

    // Of these fields the value says what kind of line it is.
    private static readonly string[] Telling = ["msg", "message", "level", "event", "error", "logger", "method"];

    public static string Of(string line)
    {
        var cut = line.Length > Longest;
        var text = line.AsSpan(0, Math.Min(line.Length, Longest));
        var shape = new StringBuilder(text.Length);
        var key = "";
        for (var at = 0; at < text.Length; )
        {
            if (IsOfWord(text[at]))
            {
                var end = at;
                while (end < text.Length && IsOfWord(text[end]))
                {
                    end++;
                }
                var word = text[at..end];
                var isKey = end < text.Length && (text[end] == '=' || text[end] == '"' && Colon(text, end + 1));
                var value = key.Length > 0 && !Telling.Contains(key);
                if (!isKey && (word.ContainsAnyInRange('0', '9') || value))
                {
                    Hide(shape);
                }
                else
                {
                    shape.Append(word);
                }
                key = isKey ? word.ToString() : "";
                at = end;
                continue;
            }
            var c = text[at++];
            if (char.IsControl(c) || c == '<' || !char.IsAscii(c))
            {
                // Nothing that a pattern would read otherwise, and nothing that acts.
                Hide(shape);
                continue;
            }
            if (c is not (':' or '=' or '"' or ' ') || c == ' ' && shape is [.., not ':'])
            {
                key = "";
            }
            shape.Append(c);
        }
        if (cut)
        {
            Hide(shape);
        }
        return shape.ToString();
    }

    /// <summary>Whether a pattern holds for a line, as Loki's <c>|&gt;</c> decides.</summary>
    public static bool Fits(string pattern, string line)
    {
        var pieces = pattern.Split(Any);
        if (pieces.Length == 1)
        {
            return pattern == line;
        }
        if (
            !line.StartsWith(pieces[0], StringComparison.Ordinal)
            || !line.EndsWith(pieces[^1], StringComparison.Ordinal)
            || line.Length < pieces[0].Length + pieces[^1].Length
        )
        {
            return false;
        }
        var at = pieces[0].Length;
        var until = line.Length - pieces[^1].Length;
        foreach (var piece in pieces.AsSpan(1..^1))
        {
            var found = line.IndexOf(piece, at, until - at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }
            at = found + piece.Length;
        }
        return true;
    }

    private static bool IsOfWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/' or '@' or '+';

    private static bool Colon(ReadOnlySpan<char> text, int at) => at < text.Length && text[at] == ':';

    // Two that touch mean no more than one, and Loki refuses them.
    private static void Hide(StringBuilder shape)
    {
        if (shape is not [.., '<', '_', '>'])
        {
            shape.Append(Any);
        }
    }
}
