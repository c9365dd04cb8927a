using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>Holds an answer against what its tools said: figures that are in none of the results.</summary>
internal static partial class SaidFigures
{
    private const int MostNamed = 6;

    /// <summary>Figures with a unit that none of the results, nor the question, contains at the precision at which they are said.</summary>
    /// <param name="results">What the tools of this answer said, and the question.</param>
    /// <param name="now">For how long something has lasted is told from when it began.</param>
    public static IReadOnlyList<string> Unsupported(string answer, IEnumerable<string> results, DateTimeOffset now)
    {
        answer = Code().Replace(answer, " ");
        var said = Figures().Matches(answer).Where(figure => !IsWindow(answer, figure)).ToList();
        if (said.Count == 0)
        {
            return [];
        }
        var known = KnownFigures.In(results, now);
        return
        [
            .. said.Where(figure => !IsIn(figure, known))
                .Select(figure => figure.Value.Trim())
                .Distinct()
                .Take(MostNamed),
        ];
    }

    /// <summary>Both readings where a point or a comma may part thousands or a fraction.</summary>
    internal static IEnumerable<double> Readings(string digits)
    {
        if (Thousands().IsMatch(digits))
        {
            var last = digits.LastIndexOfAny(['.', ',']);
            var mark = digits[digits.IndexOfAny(['.', ','])];
            var isFraction = digits[last] != mark;
            var whole = isFraction ? digits[..last] : digits;
            var plain = whole.Replace(mark.ToString(), "", StringComparison.Ordinal);
            yield return Parse(isFraction ? $"{plain}.{digits[(last + 1)..]}" : plain);
        }
        if (digits.Count(letter => letter is '.' or ',') <= 1)
        {
            yield return Parse(digits.Replace(',', '.'));
        }
    }

    private static double Parse(string digits) =>
        double.TryParse(digits, CultureInfo.InvariantCulture, out var value) ? value : double.NaN;

    private static bool IsIn(Match figure, KnownFigures known)
    {
        var digits = figure.Groups["n"].Value;
        var (measure, scale) = KnownFigures.OfUnitWord(figure.Groups["u"].Value);
        return Readings(digits)
            .Any(said =>
            {
                if (double.IsNaN(said))
                {
                    return true;
                }
                var cut = digits.LastIndexOfAny(['.', ',']);
                var decimals = cut < 0 || Math.Floor(said) == said ? 0 : digits.Length - cut - 1;
                // Half a unit of the last digit, and what "about" allows; how many of something there are is exact.
                var within =
                    measure == Measure.Count ? 0.01 : Math.Max(0.5 * Math.Pow(10, -decimals), said * 0.015) + 1e-9;
                return known.Hold(said * scale, said, measure, within * scale)
                    || (
                        measure == Measure.Bytes
                        && Powers(scale).Any(other => known.Hold(said * other, said, measure, within * other))
                    );
            });
    }

    /// <summary>The same unit by thousands where it was by 1024.</summary>
    private static double[] Powers(double scale) =>
        scale switch
        {
            1e3 => [1024],
            1e6 => [1 << 20],
            1e9 => [1 << 30],
            _ => [],
        };

    /// <summary>"In the last 24 hours" says where was looked, not what was seen.</summary>
    private static bool IsWindow(string answer, Match figure) =>
        Window().IsMatch(answer[Math.Max(0, figure.Index - 24)..figure.Index])
        || (
            KnownFigures.OfUnitWord(figure.Groups["u"].Value) is { Scale: 3600 }
            && Clock().IsMatch(answer[Math.Max(0, figure.Index - 12)..figure.Index])
        )
        || Ahead()
            .IsMatch(
                answer[(figure.Index + figure.Length)..Math.Min(answer.Length, figure.Index + figure.Length + 16)]
            );

    [GeneratedRegex(@"^\d{1,3}(?:\.\d{3})+(?:,\d+)?$|^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")]
    private static partial Regex Thousands();

    [GeneratedRegex(
        @"(?<![\w.,:/-])(?<n>\d+(?:[.,]\d+)*) ?(?<u>%|percent\b|procent\b|ms\b|milliseconds\b|milliseconden\b|seconds?\b|seconden?\b|sec\b|s\b|min(?:s|ute|utes|uten|uut)?\b|h\b|hours?\b|uur\b|uren\b|[KMG]i?B\b|cores?\b|requests/s\b|req/s\b|restarts?\b|herstarts\b|(?:log )?lines\b|(?:log)?regels\b)",
        RegexOptions.IgnoreCase
    )]
    internal static partial Regex Figures();

    [GeneratedRegex(
        @"\b(?:last|past|previous|next|every|each|within|afgelopen|laatste|vorige|komende|elke|binnen|window of|for the|over the) (?:about |ongeveer )?$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Window();

    /// <summary>"Om 16 uur" is a time of day.</summary>
    [GeneratedRegex(@"\b(?:at|around|since|until|om|rond|vanaf|sinds|tot) $", RegexOptions.IgnoreCase)]
    private static partial Regex Clock();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^ (?:ago|geleden|before|earlier|later|eerder)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Ahead();
}
