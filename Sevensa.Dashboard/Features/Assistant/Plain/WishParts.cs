using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>A sentence in its clauses, each of which may be a wish.</summary>
/// <param name="Said">With <c>⟨0⟩</c> and so on where times were.</param>
/// <param name="Held">What it waits for where a clause of its sentence begins with "if".</param>
/// <param name="IsHolding">It is such a clause, and others follow that wait.</param>
/// <param name="IsBehind">It is that clause itself, and the last one: what stands before it waits.</param>
internal sealed partial record WishParts(string Said, string? Held, bool IsHolding, bool IsBehind)
{
    public static IEnumerable<WishParts> Of(string text)
    {
        foreach (var sentence in Sentences().Split(text))
        {
            string? held = null;
            var clauses = Clauses().Split(sentence).Select(part => part.Trim()).Where(part => part.Length > 0).ToList();
            for (var at = 0; at < clauses.Count; at++)
            {
                var begun = WishConditions.Before(Bare(clauses[at]));
                var isBehind = begun is not null && at > 0 && at == clauses.Count - 1;
                yield return new WishParts(
                    clauses[at],
                    isBehind ? begun : held,
                    begun is not null && at < clauses.Count - 1,
                    isBehind
                );
                held ??= begun;
            }
        }
    }

    /// <summary>Without the times.</summary>
    public static string Bare(string clause) => Spaces().Replace(Placeholder().Replace(clause, " "), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"⟨\d+⟩")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@";|[.!?]+(?= |$)")]
    private static partial Regex Sentences();

    /// <summary>Where one wish may end and the next begin.</summary>
    [GeneratedRegex(
        @"(?:[,;]|[.!?](?= |$))? (?:and then|and also|and|then|also|but|plus|en dan|en ook|en|daarna|maar) |[;,]|[.!?]+(?: |$)"
    )]
    private static partial Regex Clauses();
}
