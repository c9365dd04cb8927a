using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// Holds an answer against what its tools said: figures that are in none of the results, and claims that something was
/// done, which only the record of actions can say.
/// </summary>
internal static partial class SaidFigures
{
    private const int MostNamed = 6;

    /// <summary>Figures with a unit that none of the results, nor the question, contains at the precision at which they are said.</summary>
    /// <param name="results">What the tools of this answer said, and the question.</param>
    public static IReadOnlyList<string> Unsupported(string answer, IEnumerable<string> results)
    {
        var known = new HashSet<double>();
        foreach (var text in results)
        {
            foreach (Match number in Numbers().Matches(text))
            {
                if (double.TryParse(number.Value, CultureInfo.InvariantCulture, out var value))
                {
                    known.Add(Math.Abs(value));
                }
            }
        }
        return
        [
            .. Figures()
                .Matches(answer)
                .Where(figure => !IsIn(figure, known))
                .Select(figure => figure.Value.Trim())
                .Distinct()
                .Take(MostNamed),
        ];
    }

    /// <summary>It says that something has been done.</summary>
    public static bool ClaimsDone(string answer) => Done().IsMatch(Quoted().Replace(answer, " "));

    private static bool IsIn(Match figure, HashSet<double> known)
    {
        var digits = figure.Groups["n"].Value.Replace(',', '.');
        if (!double.TryParse(digits, CultureInfo.InvariantCulture, out var said))
        {
            return true;
        }
        var decimals = digits.Contains('.') ? digits.Length - digits.IndexOf('.') - 1 : 0;
        // Half a unit of the last digit, and what "about" allows.
        var within = Math.Max(0.5 * Math.Pow(10, -decimals), said * 0.015) + 1e-9;
        return Scales(figure.Groups["u"].Value)
            .Any(scale => known.Any(value => Math.Abs((value / scale) - said) <= within));
    }

    /// <summary>By what a result's own figure may have been divided.</summary>
    private static double[] Scales(string unit) =>
        unit.ToLowerInvariant() switch
        {
            "%" or "percent" or "procent" => [1, 0.01],
            "ms" or "milliseconds" => [1, 0.001, 1e-6],
            "s" or "sec" or "seconds" or "seconden" => [1, 1000, 60],
            "min" or "minutes" or "minuten" => [1, 60, 60_000],
            "h" or "hours" or "uur" => [1, 3600, 60],
            "kib" or "kb" => [1, 1024, 1000],
            "mib" or "mb" => [1, 1 << 20, 1e6, 1024],
            "gib" or "gb" => [1, 1 << 30, 1e9, 1024, 1 << 20],
            _ => [1],
        };

    [GeneratedRegex(@"(?<![\w.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")]
    private static partial Regex Numbers();

    [GeneratedRegex(
        @"(?<![\w.,:/-])(?<n>\d+(?:[.,]\d+)?) ?(?<u>%|percent\b|procent\b|ms\b|milliseconds\b|seconds\b|seconden\b|sec\b|s\b|[KMG]i?B\b|cores?\b|requests/s\b|req/s\b)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Figures();

    [GeneratedRegex(
        @"\b(?:I(?:'ve| have)?(?: just| now| already)? (?:restarted|stopped|started|rolled back|rotated|scaled|deployed|deleted|approved)|(?:has|have) (?:now |just |already )?been (?:restarted|stopped|rolled back|rotated|scaled|deployed|approved)|ik heb .{0,60}(?:herstart|gestopt|gestart|teruggedraaid|teruggezet|geroteerd|geschaald)|(?:is|zijn) (?:nu |net |zojuist )?(?:herstart|gestopt|teruggedraaid|geroteerd|opgeschaald))\b",
        RegexOptions.IgnoreCase,
        10_000
    )]
    private static partial Regex Done();

    [GeneratedRegex("(?m)^\\s*>.*$|\"[^\"]*\"|`[^`]*`")]
    private static partial Regex Quoted();
}
