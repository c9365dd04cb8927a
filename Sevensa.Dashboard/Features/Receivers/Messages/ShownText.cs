using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Receivers.Messages;

/// <summary>Others' texts as they may stand in a message: on one line, with nothing in them that is not seen or that calls people.</summary>
internal static partial class ShownText
{
    /// <summary>On one line, without letters that are not seen or turn the line around, and no longer than a message bears.</summary>
    public static string Line(string text, int most)
    {
        var line = new StringBuilder();
        var gap = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune))
            {
                gap = line.Length > 0;
                continue;
            }
            if (
                Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Format
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned
            )
            {
                continue;
            }
            if (line.Length >= most)
            {
                line.Append('…');
                break;
            }
            if (gap)
            {
                line.Append(' ');
                gap = false;
            }
            line.Append(rune.ToString());
        }
        // No way of sending it takes these for a call as things are sent; who shows the text may all the same.
        return Calls().Replace(line.ToString(), "@\u200b");
    }

    /// <summary>What the record calls it, as words: <c>proposal.rolledBack</c> is "Proposal rolled back".</summary>
    public static string Words(string kind)
    {
        var words = Capitals().Replace(kind, " $0").Replace('.', ' ').Replace('-', ' ').ToLowerInvariant();
        return words.Length == 0 ? words : char.ToUpperInvariant(words[0]) + words[1..];
    }

    [GeneratedRegex(@"(?<![\w.])@(?=(channel|here|everyone|all|room|group|team)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex Calls();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex Capitals();
}
