using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>Forgives one typing mistake in a longer word that says when.</summary>
internal static partial class TimeSpelling
{
    private static readonly HashSet<string> Known =
    [
        .. "yesterday minute minutes friday monday tuesday wednesday thursday saturday sunday morning afternoon evening previous laatste laatst afgelopen vorige gisteren eergisteren vandaag geleden minuut minuten maandag dinsdag woensdag donderdag vrijdag zaterdag zondag gisteravond gisternacht vannacht vanmiddag vanochtend".Split(
            ' '
        ),
    ];

    /// <param name="text">Lower case.</param>
    public static string Mended(string text) =>
        Words()
            .Replace(
                text,
                found =>
                    Known.Contains(found.Value)
                        ? found.Value
                        : Known.FirstOrDefault(word =>
                            found.Value != word + "s" && Typing.Distance(found.Value, word) == 1
                        ) ?? found.Value
            );

    [GeneratedRegex(@"(?<![\w'/.-])[a-z]{6,12}(?![\w'/-])", RegexOptions.None, 10_000)]
    private static partial Regex Words();
}
