using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>What a problem says, at a length that a person reads: a request's own text comes back in part, however long it was.</summary>
internal static partial class ProblemWords
{
    private const int LongestWord = 200;
    private const int Longest = 4000;

    public static string Fit(string detail) =>
        detail.Length <= LongestWord
            ? detail
            : StoreText.Shorten(
                EndlessWord().Replace(detail, word => StoreText.Shorten(word.Value, LongestWord)),
                Longest
            );

    [GeneratedRegex("""[^\s"]{400,}""", RegexOptions.NonBacktracking)]
    private static partial Regex EndlessWord();
}
