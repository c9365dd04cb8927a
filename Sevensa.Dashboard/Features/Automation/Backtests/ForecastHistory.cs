using System.Globalization;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Backtests;

/// <summary>
/// When a forecast would have wanted another number of containers in the past: its rates are found anew each day from the days before,
/// and it follows the load step by step as it would have. How many ran is played from the fewest on.
/// </summary>
internal sealed class ForecastHistory(LoadHistory history)
{
    /// <exception cref="Platform.Http.UpstreamException">The upstream did not answer; keeps its words.</exception>
    public async Task<TriggerCourse> OfAsync(
        TenantScope scope,
        PolicyDefinition policy,
        DateTimeOffset from,
        int steps,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        var (scale, query, service) = (policy.Trigger.Scale!, policy.Trigger.Query!, policy.Services[0]);
        var (first, last) = (LoadHistory.Last(from), LoadHistory.Last(from + (steps - 1) * step));
        var begin = first.AddDays(-scale.Days);
        var values = await history.ReadAsync(scope, query, service, begin, last, cancellation);
        var course = new PolicyCourses(policy, from, steps, step);
        var game = new Game(scale, values, begin);
        var lasting = Longer(policy.For, step);
        List<double> times = [],
            wanted = [];
        for (var at = (int)((first - begin) / LoadHistory.Step); at < values.Length; at++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (game.Look(at) is not { } need || need.Way is null)
            {
                continue;
            }
            for (
                var moment = begin + at * LoadHistory.Step;
                moment <= begin + at * LoadHistory.Step + lasting;
                moment += step
            )
            {
                times.Add(moment.ToUnixTimeSeconds());
                wanted.Add(need.Wanted);
            }
        }
        course.Add(service, [.. times], [.. wanted], _ => true);
        return new TriggerCourse(
            course.Held,
            query,
            [
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"It begins with {scale.Min} containers, and whenever another number was wanted they are taken to be as many from then on, budget or none. On {game.Refused} of {game.Looked} quarters of an hour it had no forecast to go by."
                ),
                .. course.Notes,
            ]
        );
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private sealed class Game(PolicyScale scale, double[] values, DateTimeOffset begin)
    {
        private readonly int period = (int)(scale.Season / LoadHistory.Step);
        private readonly int day = (int)(TimeSpan.FromDays(1) / LoadHistory.Step);
        private int running = scale.Min;
        private int madeAt = -1;
        private SeasonalModel? model;

        public int Looked { get; private set; }
        public int Refused { get; private set; }

        /// <summary>Null where there is nothing to go by.</summary>
        public ScaleNeed? Look(int at)
        {
            Looked++;
            if (madeAt < 0 || at - madeAt >= day)
            {
                Make(at);
            }
            else
            {
                model?.Follow(values[at]);
            }
            if (model is null || double.IsNaN(values[at]))
            {
                Refused++;
                return null;
            }
            var now = begin + at * LoadHistory.Step;
            var need = ScaleNeed.Of(
                scale,
                LoadForecast.Ahead(model, now, LoadForecast.Steps(scale)),
                values[at],
                running,
                now
            );
            running = need.Wanted;
            return need;
        }

        private void Make(int at)
        {
            madeAt = at;
            var length = scale.Days * day + 1;
            var known = values[Math.Max(0, at + 1 - length)..(at + 1)];
            var past = LoadHistory.Checked(known, begin, scale);
            model =
                past.Trouble is not null
                || ForecastTrial.Of(past.Values, period, LoadForecast.Steps(scale)).IsWorseThanNaive
                    ? null
                    : SmoothingFit.Of(past.Values, period);
        }
    }
}
