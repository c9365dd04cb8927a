using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Tests.Platform;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What a seasonal forecast says of series whose answer is known, and what it is worth.</summary>
public sealed class SeasonalForecastTests
{
    private const int Period = 96;

    private static readonly PolicyScale Scale = new(50, 1, 6, TimeSpan.FromHours(1), 7, TimeSpan.FromDays(1), 0.1);

    /// <summary>
    /// International visitor nights in Australia by quarter, 2005 to 2015, with the rates, the beginning and the forecasts that
    /// R. J. Hyndman and G. Athanasopoulos print of them in "Forecasting: Principles and Practice", 2nd edition (OTexts 2018), table 7.3.
    /// </summary>
    private static readonly double[] Nights =
    [
        42.20566,
        24.64917,
        32.66734,
        37.25735,
        45.24246,
        29.35048,
        36.34421,
        41.78208,
        49.27660,
        31.27540,
        37.85063,
        38.83704,
        51.23690,
        31.83855,
        41.32342,
        42.79900,
        55.70836,
        33.40714,
        42.31664,
        45.15712,
        59.57608,
        34.83733,
        44.84168,
        46.97125,
        60.01903,
        38.37118,
        46.97586,
        50.73380,
        61.64687,
        39.29957,
        52.67121,
        54.33232,
        66.83436,
        40.87119,
        51.82854,
        57.49191,
        65.25147,
        43.06121,
        54.76076,
        59.83447,
        73.25703,
        47.69662,
        61.09777,
        66.05576,
    ];

    [Fact]
    public void A_published_series_is_forecast_as_it_was_published()
    {
        var model = new SeasonalModel(
            new SmoothingRates(0.306, 0.0003, 0.426, 1),
            32.2597,
            0.7014,
            [9.6962, -9.3132, -1.6935, 1.3106]
        );
        foreach (var value in Nights)
        {
            model.Follow(value);
        }
        Assert.Equal(1.763, model.Deviation, 3);
        Assert.Equal([76.10, 51.60, 63.97, 68.37], model.Ahead(4).Select(one => Math.Round(one.Mean, 2)));
    }

    [Fact]
    public void Rates_that_are_found_do_about_as_well_as_the_published_ones_in_a_bounded_time()
    {
        var found = SmoothingFit.Of(Nights, 4);
        Assert.InRange(found.Deviation, 0, 1.763 * 1.1);
        Assert.InRange(found.Ahead(1)[0].Mean, 72, 80);
    }

    [Fact]
    public void A_load_that_wanders_is_followed_at_the_highest_level_there_is()
    {
        var noise = new Random(7);
        var values = new double[400];
        for (var at = 1; at < values.Length; at++)
        {
            values[at] = values[at - 1] + noise.NextDouble() - 0.5;
        }
        Assert.InRange(SmoothingFit.Of(values, 4).Rates.Level, 0.9, 0.9999);
    }

    [Fact]
    public void A_line_with_a_season_is_gone_on_with_exactly()
    {
        double[] season = [5, -3, 1, -3];
        var values = Enumerable.Range(0, 40).Select(at => 10 + 0.5 * at + season[at % 4]).ToArray();
        var model = SeasonalModel.Begin(new SmoothingRates(0.2, 0.1, 0.1, 1), values, 4);
        foreach (var value in values)
        {
            model.Follow(value);
        }
        Assert.Equal(0, model.Deviation, 9);
        Assert.Equal(
            Enumerable.Range(40, 4).Select(at => 10 + 0.5 * at + season[at % 4]),
            model.Ahead(4).Select(one => Math.Round(one.Mean, 9))
        );
    }

    [Fact]
    public void The_interval_widens_as_the_variance_of_its_class_says()
    {
        // A level alone: σ²·(1 + (h − 1)·α²).
        var model = new SeasonalModel(new SmoothingRates(0.5, 0, 0, 0), 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
        model.Follow(2);
        Assert.Equal(
            new[] { 1.0, 1.25, 1.5, 1.75 }.Select(variance => Math.Round(2 * Math.Sqrt(variance), 9)),
            model.Ahead(4).Select(one => Math.Round(one.Deviation, 9))
        );
    }

    [Fact]
    public void Of_noisy_days_it_is_better_than_the_day_before_and_its_interval_holds_what_comes()
    {
        var error = ForecastTrial.Of(Days(10, noise: 4), Period, 4);
        Assert.False(error.IsWorseThanNaive);
        Assert.InRange(error.MeanAbsolute, 1, error.Naive);
        Assert.InRange(error.Mase!.Value, 0.3, 0.95);
        Assert.InRange(error.Coverage, 0.9, 1);
        Assert.Equal(3 * Period - 3, error.Points);
    }

    [Fact]
    public void Days_that_repeat_themselves_exactly_are_forecast_exactly()
    {
        var error = ForecastTrial.Of(Days(7, noise: 0), Period, 4);
        Assert.False(error.IsWorseThanNaive);
        Assert.Equal(0, error.MeanAbsolute, 6);
        Assert.Null(error.Mase);
        Assert.Equal(1, error.Coverage);
    }

    [Fact]
    public void A_forecast_that_is_worse_than_the_day_before_is_refused()
    {
        // At random for days, and then each day just like the one before: what was learned is what misleads.
        var random = new Random(3);
        var one = Enumerable.Range(0, Period).Select(_ => random.NextDouble() * 200).ToArray();
        double[] values =
        [
            .. Enumerable.Range(0, 6 * Period).Select(_ => random.NextDouble() * 200),
            .. one,
            .. one,
            .. one,
        ];
        var forecast = LoadForecast.Of(new LoadPast(DateTimeOffset.UnixEpoch, values, null), Scale);
        Assert.True(forecast.Error!.IsWorseThanNaive);
        Assert.Contains("worse than", forecast.Refused, StringComparison.Ordinal);
    }

    [Fact]
    public void A_month_of_quarters_of_an_hour_is_fitted_and_tried_within_the_time_of_a_look()
    {
        var values = Days(35, noise: 4);
        var began = ProcessorTime.OfThisThread();
        LoadForecast.Of(new LoadPast(DateTimeOffset.UnixEpoch, values, null), Scale with { Days = 35 });
        var taken = ProcessorTime.OfThisThread() - began;
        Assert.True(taken < TimeSpan.FromSeconds(5), taken.ToString());
    }

    [Theory]
    [InlineData("short", "wants 3")]
    [InlineData("none", "no data")]
    [InlineData("stale", "for the last")]
    [InlineData("hole", "on end")]
    [InlineData("sieve", "% of the time")]
    [InlineData("stuck", "stood still")]
    [InlineData("negative", "below nothing")]
    public void No_forecast_is_made_of_what_is_none(string kind, string why)
    {
        var values = Days(7, noise: 4);
        switch (kind)
        {
            case "short":
                values = values[..(2 * Period)];
                break;
            case "none":
                Array.Fill(values, double.NaN);
                break;
            case "stale":
                Array.Fill(values, double.NaN, values.Length - 3, 3);
                break;
            case "hole":
                Array.Fill(values, double.NaN, 300, 6);
                break;
            case "sieve":
                for (var at = 0; at < values.Length - 1; at += 10)
                {
                    values[at] = double.NaN;
                }
                break;
            case "stuck":
                Array.Fill(values, values[^10], values.Length - 10, 10);
                break;
            default:
                values[50] = -1;
                break;
        }
        Assert.Contains(
            why,
            LoadHistory.Checked(values, DateTimeOffset.UnixEpoch, Scale).Trouble,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_gap_of_some_minutes_goes_by_as_it_was_forecast()
    {
        var values = Days(7, noise: 4);
        Array.Fill(values, double.NaN, 300, 3);
        var past = LoadHistory.Checked(values, DateTimeOffset.UnixEpoch, Scale);
        Assert.Null(past.Trouble);
        Assert.Null(LoadForecast.Of(past, Scale).Refused);
    }

    [Theory]
    // Nothing to do.
    [InlineData(90, 90, 2, 2)]
    // Before the peak, by its upper end.
    [InlineData(90, 180, 2, 4)]
    // By the load now, whatever is forecast.
    [InlineData(240, 20, 2, 5)]
    // Never more than there may be.
    [InlineData(90, 2000, 2, 6)]
    // Down, with room to spare, and not at the edge.
    [InlineData(20, 40, 4, 1)]
    [InlineData(20, 98, 3, 3)]
    [InlineData(20, 89, 3, 2)]
    // Never fewer than there must be.
    [InlineData(0, 0, 1, 1)]
    [InlineData(0, 0, 9, 1)]
    public void As_many_are_wanted_as_carry_the_upper_end_and_the_load_now(
        double present,
        double upper,
        int running,
        int wanted
    )
    {
        var now = DateTimeOffset.UnixEpoch;
        ForecastPoint[] points =
        [
            new(now.AddMinutes(15), 10, 5, 15),
            new(now.AddMinutes(45), 10, 5, upper),
            // Beyond what is looked at.
            new(now.AddMinutes(75), 10, 5, 5000),
        ];
        Assert.Equal(wanted, ScaleNeed.Of(Scale, points, present, running, now).Wanted);
    }

    /// <summary>Days of a load between 20 and 180 whose peak is at noon.</summary>
    internal static double[] Days(int days, double noise, int seed = 1)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable
                .Range(0, days * Period)
                .Select(at => Math.Max(0, Load(at % Period * 15) + noise * Gauss(random))),
        ];
    }

    /// <summary>Of a minute of the day.</summary>
    internal static double Load(double minute) => 100 - 80 * Math.Cos(2 * Math.PI * minute / 1440);

    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
