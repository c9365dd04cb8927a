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
            var said = Both().Replace(WishReasons.Without(sentence), "$1 en ");
            var clauses = Clauses().Split(said).Select(part => part.Trim()).Where(part => part.Length > 0).ToList();
            for (var of = 0; of < clauses.Count; of++)
            {
                yield return new WishParts(clauses[of], at, of == clauses.Count - 1);
            }
        }
    }

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

    /// <summary>Where one wish may end and the next begin.</summary>
    [GeneratedRegex(
        @"(?:[,;]|[.!?](?= |$))? (?:and then|and also|and|then|also|but|plus|as well as|along with|together with|&|\+|en dan|en ook|en|daarna|maar|evenals|alsmede|samen met) |[;,]|[.!?]+(?: |$)"
    )]
    private static partial Regex Clauses();
}
