namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>A figure that was about one value and then about another.</summary>
/// <param name="At">Unix seconds of the first value that left the earlier ones.</param>
/// <param name="Explained">Share of all that the figure varies by, 0–1, that this one step explains.</param>
internal sealed record FigureStep(double At, double Before, double After, double Explained)
{
    public double? Factor => Before > 0 ? After / Before : null;
}

/// <summary>
/// Finds the moment of a step: where two constant values, one before and one after, fit a course best (least squares with one
/// change point, as in binary segmentation: Scott and Knott, Biometrics 1974).
/// </summary>
internal static class FigureSteps
{
    /// <summary>Points that each side has at least: one alone is a spike.</summary>
    private const int Least = 3;

    /// <summary>Less is how figures go up and down by themselves.</summary>
    private const double Growth = 1.3;

    private const double Share = 0.25;

    /// <summary>Of the way from the one value to the other: where a figure that climbs has begun to.</summary>
    private const double Begun = 0.15;

    private const double Day = 86_400;

    /// <summary>What is no more than this against the same hours of the day before is the rhythm of days.</summary>
    private const double BeyondRhythm = 1.2;

    /// <summary>The step of a course; null when it has none that is worth telling.</summary>
    /// <param name="smallest">A change by less than this is none, however many times it is.</param>
    /// <param name="down">A fall is looked for in place of a rise.</param>
    public static FigureStep? In(
        IReadOnlyList<double> times,
        IReadOnlyList<double> values,
        double smallest,
        bool down = false
    )
    {
        var known = times.Zip(values).Where(point => double.IsFinite(point.Second)).ToList();
        if (known.Count < 2 * Least)
        {
            return null;
        }
        var (sum, squares) = (known.Sum(point => point.Second), known.Sum(point => point.Second * point.Second));
        var all = squares - (sum * sum / known.Count);
        if (all <= 0)
        {
            return null;
        }
        var (best, left, found) = (0.0, 0.0, -1);
        for (var at = 1; at <= known.Count - Least; at++)
        {
            left += known[at - 1].Second;
            if (at < Least)
            {
                continue;
            }
            var (before, after) = (left / at, (sum - left) / (known.Count - at));
            if (down ? after >= before : after <= before)
            {
                continue;
            }
            // What two means explain beyond one.
            var explained =
                (left * left / at) + ((sum - left) * (sum - left) / (known.Count - at)) - (sum * sum / known.Count);
            if (explained > best)
            {
                (best, found) = (explained, at);
            }
        }
        if (found < 0)
        {
            return null;
        }
        var (earlier, later) = (
            Middle(known.Take(found).Select(point => point.Second)),
            Middle(known.Skip(found).Select(point => point.Second))
        );
        var begun = earlier + ((later - earlier) * Begun);
        var onset = found;
        while (onset > Least && (down ? known[onset - 1].Second < begun : known[onset - 1].Second > begun))
        {
            onset--;
        }
        var step = new FigureStep(known[onset].First, earlier, later, best / all);
        var (low, high) = down ? (later, earlier) : (earlier, later);
        return step.Explained >= Share && high - low >= smallest && high >= low * Growth && !IsOfDays(known, step, down)
            ? step
            : null;
    }

    /// <summary>It was like that at the same hours of the day before.</summary>
    private static bool IsOfDays(IReadOnlyList<(double Time, double Value)> known, FigureStep step, bool down)
    {
        var before = known.Where(point => point.Time < step.At).ToDictionary(point => point.Time, point => point.Value);
        var against = known
            .Where(point => point.Time >= step.At && before.ContainsKey(point.Time - Day))
            .Select(point => (Now: point.Value, Then: before[point.Time - Day]))
            .Where(pair => pair is { Now: > 0, Then: > 0 })
            .Select(pair => down ? pair.Then / pair.Now : pair.Now / pair.Then)
            .ToList();
        return against.Count >= Least && Middle(against) < BeyondRhythm;
    }

    /// <summary>The median; null of nothing.</summary>
    public static double? MiddleOf(IEnumerable<double> values)
    {
        var known = values.Where(double.IsFinite).ToList();
        return known.Count == 0 ? null : Middle(known);
    }

    private static double Middle(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1
            ? sorted[sorted.Count / 2]
            : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
