using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Roles;

/// <summary>Names as people tell them apart: letters of other scripts pass for ours, and some are not seen at all.</summary>
internal static class RoleLikeness
{
    private const string Others = "АВЕКМНОРСТХУІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧасеорхуіјѕѵԝԁӏαονριτευκıɑɩ";
    private const string Ours = "ABEKMHOPCTXYIJSABEZHIKMNOPTYXaceopxyijsvwdlaovpiteukiai";

    /// <summary>Whether there is something in it that is not seen, or turns what is around it.</summary>
    public static bool HasUnseen(string name) =>
        name.EnumerateRunes()
            .Any(rune =>
                Rune.GetUnicodeCategory(rune)
                    is UnicodeCategory.Control
                        or UnicodeCategory.Format
                        or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator
                        or UnicodeCategory.PrivateUse
                        or UnicodeCategory.OtherNotAssigned
                // Blanks that are called letters, a joiner that is called a mark, and what stands for nothing.
                || rune.Value is 0x034F or 0x115F or 0x1160 or 0x2800 or 0x3164 or 0xFFA0 or 0xFFFD
            );

    /// <summary>The same for names that are taken for each other.</summary>
    public static string Of(string name)
    {
        var plain = new StringBuilder();
        foreach (var letter in string.Concat(name.EnumerateRunes()).Normalize(NormalizationForm.FormKD))
        {
            if (char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
            {
                continue;
            }
            var seen = Others.IndexOf(letter, StringComparison.Ordinal) is var at and >= 0 ? Ours[at] : letter;
            plain.Append(
                char.ToLowerInvariant(seen) switch
                {
                    'i' or '1' or '|' => 'l',
                    '0' => 'o',
                    var other => other,
                }
            );
        }
        var words = plain.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words)
            .Replace("rn", "m", StringComparison.Ordinal)
            .Replace("vv", "w", StringComparison.Ordinal);
    }
}
