using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>A sentence in its clauses, each of which may be a wish.</summary>
/// <param name="Said">With <c>⟨0⟩</c> and so on where times were, and without its reasons.</param>
/// <param name="Sentence">Which one of the text it is of.</param>
/// <param name="IsLast">No other clause of its sentence follows.</param>
internal sealed partial record WishParts(string Said, int Sentence, bool IsLast)
{
    public static IEnumerable<WishParts> Of(string text)
    {
        foreach (var (at, sentence) in Sentences().Split(text).Index())
        {
            var begun = Begun(Again().Replace(WishReasons.Without(sentence), "${lead}restart"));
            var said = Both().Replace(begun, "$1 en ");
            var clauses = Clauses().Split(said).Select(part => part.Trim()).Where(part => part.Length > 0).ToList();
            for (var of = 0; of < clauses.Count; of++)
            {
                yield return new WishParts(clauses[of], at, of == clauses.Count - 1);
            }
        }
    }

    /// <summary>Without what waits for the deed before it to be done: "and wait for it to come back up" makes nothing wait.</summary>
    private static string Begun(string sentence) =>
        Awaited().Match(sentence) is { Success: true } end && WishDenials.NamesDeed(sentence[..end.Index])
            ? sentence[..end.Index]
            : sentence;

    /// <summary>Without the times.</summary>
    public static string Bare(string clause) => Spaces().Replace(Placeholder().Replace(clause, " "), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"⟨\d+⟩")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"[.!?]+(?= |$)")]
    private static partial Regex Sentences();

    [GeneratedRegex(@"\bzowel (.{1,40}?) als ", RegexOptions.None, 10_000)]
    private static partial Regex Both();

    /// <summary>To stop and to start is one deed: of the two halves the first would be said to nobody.</summary>
    [GeneratedRegex(
        @"^(?<lead>\W*(?:(?:please|now|just|then|nu|dan|graag|(?:can|could|would|will) you|(?:kun|kan|wil) je) )*)stop(?:,? (?:and|en)(?: then| dan| daarna)?|,? (?:then|dan|daarna)) start\b(?! (?:and|or|of|en|van)\b)"
    )]
    private static partial Regex Again();

    [GeneratedRegex(
        @",? (?:and|en)(?: then| dan| daarna)? (?:wait|wacht) (?:for|until|till|op|tot(?:dat)?) (?:it|hij|hem|het)\b(?=\W*$|[^,;⟨]*\b(?:back|up|again|ready|healthy|running|online|done|finish\w*|settle\w*|recover\w*|weer|terug|klaar|gezond|draait|op)\b)(?:(?! (?:and|en|then|dan|daarna|but|maar|first|eerst|before|voordat)\b)[^,;⟨])*$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Awaited();

    /// <summary>Where one wish may end and the next begin; ", to the version of friday" goes on with the one before.</summary>
    [GeneratedRegex(
        @"(?:[,;]|[.!?](?= |$))? (?:and then|and also|and|then|also|but|plus|as well as|along with|together with|&|\+|en dan|en ook|en|daarna|maar|evenals|alsmede|samen met) |[;,](?! (?:back |weer |terug )?(?:to|naar) (?:the|de|het|when|where|what|toen|waar|⟨))|[.!?]+(?: |$)"
    )]
    private static partial Regex Clauses();
}
