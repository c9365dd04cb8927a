namespace Sevensa.Dashboard.Features.Automation.Forecasts;

/// <summary>
/// Finds the rates with which a model would have forecast the past best, one step at a time: by least squares, and in a bounded number
/// of tries, from a few usual places on by a compass search (R. Hooke and T. A. Jeeves, Journal of the ACM 8, 1961).
/// </summary>
internal static class SmoothingFit
{
    public const int MostTries = 200;
    private const double Finest = 0.01;

    private static readonly SmoothingRates[] Places =
    [
        new(0.3, 0.05, 0.3, 0.95),
        new(0.05, 0.05, 0.1, 0.95),
        new(0.7, 0.02, 0.2, 0.9),
        new(0.1, 0.02, 0.7, 0.95),
    ];

    /// <summary>The model that followed all values.</summary>
    public static SeasonalModel Of(ReadOnlySpan<double> values, int period)
    {
        var tries = 0;
        var best = Followed(Places[0], values, period);
        foreach (var place in Places.AsSpan(1))
        {
            best = Better(best, place, values, period, ref tries);
        }
        for (var stride = 0.2; stride > Finest && tries < MostTries; stride /= 2)
        {
            for (var turn = 0; turn < 4 && tries < MostTries; turn++)
            {
                var before = best;
                foreach (var sign in (ReadOnlySpan<double>)[stride, -stride])
                {
                    best = Better(best, best.Rates with { Level = best.Rates.Level + sign }, values, period, ref tries);
                    best = Better(best, best.Rates with { Trend = best.Rates.Trend + sign }, values, period, ref tries);
                    best = Better(
                        best,
                        best.Rates with
                        {
                            Season = best.Rates.Season + sign,
                        },
                        values,
                        period,
                        ref tries
                    );
                    best = Better(
                        best,
                        best.Rates with
                        {
                            Damping = best.Rates.Damping + sign / 2,
                        },
                        values,
                        period,
                        ref tries
                    );
                }
                if (ReferenceEquals(best, before))
                {
                    break;
                }
            }
        }
        return best;
    }

    private static SeasonalModel Better(
        SeasonalModel best,
        SmoothingRates rates,
        ReadOnlySpan<double> values,
        int period,
        ref int tries
    )
    {
        var within = Within(rates);
        if (within == best.Rates || tries >= MostTries)
        {
            return best;
        }
        tries++;
        var tried = Followed(within, values, period);
        return tried.Squares < best.Squares ? tried : best;
    }

    /// <summary>Where the model forgets what it began with: γ at most what α leaves, φ from 0.8 to 0.98.</summary>
    private static SmoothingRates Within(SmoothingRates rates)
    {
        var level = Math.Clamp(rates.Level, 0.0001, 0.9999);
        return new SmoothingRates(
            level,
            Math.Clamp(rates.Trend, 0.0001, 0.9999),
            // At the highest level the two bounds meet, and rounding puts the upper one below the lower.
            Math.Clamp(rates.Season, 0.0001, Math.Max(0.0001, 1 - level)),
            Math.Clamp(rates.Damping, 0.8, 0.98)
        );
    }

    private static SeasonalModel Followed(SmoothingRates rates, ReadOnlySpan<double> values, int period)
    {
        var model = SeasonalModel.Begin(rates, values, period);
        foreach (var value in values)
        {
            model.Follow(value);
        }
        return model;
    }
}
