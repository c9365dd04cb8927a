using System.Globalization;
using Cronos;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Backtests;

/// <summary>For which services a trigger held, minute by minute.</summary>
/// <param name="Held">By service.</param>
/// <param name="Query">What was asked; null where nothing was.</param>
internal sealed record TriggerCourse(
    IReadOnlyDictionary<string, ServiceCourse> Held,
    string? Query,
    IReadOnlyList<string> Notes
);

/// <summary>Reads what a trigger would have said in the past, from Prometheus and Loki, a few days at a time.</summary>
internal sealed class PolicyHistory(IMetrics metrics, ILogCounts logs, MetricNames names, ForecastHistory forecasts)
{
    /// <exception cref="UnfitPolicyException">It can't be tried on the past.</exception>
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
        var trigger = policy.Trigger;
        return trigger.Kind switch
        {
            _ when TriggerQueries.Of(trigger, names) is { } query => await MetricAsync(
                scope,
                policy,
                query,
                from,
                steps,
                step,
                [],
                cancellation
            ),
            TriggerKind.Watch => new TriggerCourse(
                new Dictionary<string, ServiceCourse>(),
                null,
                ["What watches found of former deploys is decided: it can't be tried on the past."]
            ),
            TriggerKind.Host => new TriggerCourse(
                new Dictionary<string, ServiceCourse>(),
                null,
                ["When hosts were away is not kept: it can't be tried on the past."]
            ),
            TriggerKind.Alert => await MetricAsync(
                scope,
                policy,
                $"max by (service) (ALERTS{{alertname=\"{Quoted(trigger.Alert!)}\",alertstate=\"firing\"}})",
                from,
                steps,
                step,
                ["Of alerts that Prometheus did not raise itself, and of silences, the past is not known."],
                cancellation
            ),
            TriggerKind.Container => await ContainerAsync(scope, policy, from, steps, step, cancellation),
            TriggerKind.Logs => await LogsAsync(scope, policy, from, steps, step, cancellation),
            TriggerKind.Forecast => await forecasts.OfAsync(scope, policy, from, steps, step, cancellation),
            _ => Clock(policy, from, steps, step),
        };
    }

    /// <summary>Whether the past is known at all: that it would never have acted is said of no other.</summary>
    public static bool CanBeTried(PolicyTrigger trigger) => trigger.Kind is not (TriggerKind.Watch or TriggerKind.Host);

    /// <summary>At which steps all of a policy's conditions held; null where it has none.</summary>
    /// <exception cref="Platform.Http.UpstreamException">The upstream did not answer; keeps its words.</exception>
    public async Task<bool[]?> ConditionsAsync(
        TenantScope scope,
        PolicyDefinition policy,
        DateTimeOffset from,
        int steps,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        if (policy.Conditions.Count == 0)
        {
            return null;
        }
        var all = new bool[steps];
        Array.Fill(all, true);
        foreach (var condition in policy.Conditions)
        {
            var held = await HeldAsync(scope, condition.Query, from, steps, step, cancellation);
            for (var at = 0; at < steps; at++)
            {
                all[at] &= held[at];
            }
        }
        return all;
    }

    /// <summary>At which steps an expression yields anything: one series tells that of however many there are.</summary>
    private async Task<bool[]> HeldAsync(
        TenantScope scope,
        string query,
        DateTimeOffset from,
        int steps,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        var held = new bool[steps];
        var start = from.ToUnixTimeMilliseconds() / 1000.0;
        for (var first = 0; first < steps; first += SeriesBound.MostPoints)
        {
            cancellation.ThrowIfCancellationRequested();
            var last = Math.Min(first + SeriesBound.MostPoints, steps) - 1;
            // On lines of its own, so that a comment at its end ends there.
            foreach (
                var series in await metrics.RangeAsync(
                    scope,
                    $"group(\n{query}\n)",
                    from + first * step,
                    from + last * step,
                    step,
                    cancellation
                )
            )
            {
                foreach (var (time, value) in series.Times.Zip(series.Values))
                {
                    var at = (int)Math.Round((time - start) / step.TotalSeconds);
                    if (at >= 0 && at < steps && double.IsFinite(value))
                    {
                        held[at] = true;
                    }
                }
            }
        }
        return held;
    }

    private Task<TriggerCourse> ContainerAsync(
        TenantScope scope,
        PolicyDefinition policy,
        DateTimeOffset from,
        int steps,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        var trigger = policy.Trigger;
        var query = trigger.State switch
        {
            ContainerTrouble.Unhealthy => $"max by (service) (1 - {names.ContainerHealth}) > 0",
            ContainerTrouble.CrashLoop => string.Create(
                CultureInfo.InvariantCulture,
                $"max by (service) (increase({names.Restarts}[{PolicyDuration.Short(trigger.Within!.Value)}])) >= {trigger.Count}"
            ),
            _ => null,
        };
        return query is null
            ? Task.FromResult(
                new TriggerCourse(
                    new Dictionary<string, ServiceCourse>(),
                    null,
                    ["Whether containers were out of memory, or stopped, is not kept: it can't be tried on the past."]
                )
            )
            : MetricAsync(
                scope,
                policy,
                query,
                from,
                steps,
                step,
                ["The past is told by metrics; it looks at the containers themselves, as their hosts tell."],
                cancellation
            );
    }

    private async Task<TriggerCourse> MetricAsync(
        TenantScope scope,
        PolicyDefinition policy,
        string query,
        DateTimeOffset from,
        int steps,
        TimeSpan step,
        IReadOnlyList<string> notes,
        CancellationToken cancellation
    )
    {
        var course = new PolicyCourses(policy, from, steps, step);
        await SeriesBound.CountFirstAsync(metrics, scope, query, from, from + (steps - 1) * step, cancellation);
        for (var first = 0; first < steps; first += SeriesBound.MostPoints)
        {
            cancellation.ThrowIfCancellationRequested();
            var last = Math.Min(first + SeriesBound.MostPoints, steps) - 1;
            var series = await metrics.RangeAsync(
                scope,
                query,
                from + first * step,
                from + last * step,
                step,
                cancellation
            );
            // Others at each moment, and yet many over the days.
            SeriesBound.Check(series.Count);
            foreach (var one in series)
            {
                course.Add(one.Labels.GetValueOrDefault("service", ""), one.Times, one.Values, _ => true);
            }
        }
        return new TriggerCourse(course.Held, query, [.. notes, .. course.Notes]);
    }

    private async Task<TriggerCourse> LogsAsync(
        TenantScope scope,
        PolicyDefinition policy,
        DateTimeOffset from,
        int steps,
        TimeSpan step,
        CancellationToken cancellation
    )
    {
        var trigger = policy.Trigger;
        var course = new PolicyCourses(policy, from, steps, step);
        var day = (int)(TimeSpan.FromDays(1) / step);
        for (var first = 0; first < steps; first += day)
        {
            cancellation.ThrowIfCancellationRequested();
            var last = Math.Min(first + day, steps) - 1;
            var counts = await logs.CountAsync(
                scope,
                trigger.Query!,
                trigger.Within!.Value,
                from + first * step,
                from + last * step,
                step,
                cancellation
            );
            foreach (var one in counts)
            {
                course.Add(one.Service, one.Times, one.Counts, value => value > (trigger.Above ?? 0));
            }
        }
        return new TriggerCourse(course.Held, trigger.Query, course.Notes);
    }

    private static TriggerCourse Clock(PolicyDefinition policy, DateTimeOffset from, int steps, TimeSpan step)
    {
        var course = new PolicyCourses(policy, from, steps, step);
        double[] times =
        [
            .. CronExpression
                .Parse(policy.Trigger.Cron!)
                .GetOccurrences(
                    from,
                    from + (steps - 1) * step,
                    TimeZoneInfo.FindSystemTimeZoneById(policy.Trigger.TimeZone!)
                )
                .Select(at => at.ToUnixTimeMilliseconds() / 1000.0),
        ];
        var values = new double[times.Length];
        Array.Fill(values, 1);
        foreach (var service in policy.Services.DefaultIfEmpty(""))
        {
            course.Add(service, times, values, _ => true);
        }
        return new TriggerCourse(course.Held, null, []);
    }

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
