using System.Collections.Concurrent;
using System.Globalization;
using Cronos;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>A service that a trigger holds for now.</summary>
/// <param name="Service">Empty where none is named.</param>
/// <param name="Words">Of that value, where a number alone says too little.</param>
/// <param name="Way">Of what can hold in two ways, in which it does.</param>
internal sealed record Firing(string Service, double? Value, string? Words = null, string? Way = null)
{
    /// <summary>For a watch: what it found of which deploy.</summary>
    public DeployBreach? Breach { get; init; }
}

/// <summary>What a look at a trigger yields.</summary>
/// <param name="Missing">Why it can't be told, in words; nothing is done then.</param>
internal sealed record TriggerReading(IReadOnlyList<Firing> Firing, string? Missing = null)
{
    /// <summary>When it was looked at; null for what is as it is at any moment.</summary>
    public DateTimeOffset? At { get; init; }

    public static TriggerReading Untold(string why) => new([], why);
}

/// <summary>
/// Looks at what policies look at. An answer that can't be right (of another time, of another tenant, no number, of more services
/// than can fail by themselves) is none.
/// </summary>
internal sealed class TriggerReader(
    MetricReading metrics,
    ILogCounts logs,
    IFiringAlerts alerts,
    ContainerReading containers,
    WatchReading watches,
    IPromQlReading promQl,
    MetricNames names,
    ITenantScopes scopes,
    ForecastReader forecasts,
    HostReading hosts,
    TimeProvider time
)
{
    /// <summary>What holds for more services at once is no service's own trouble.</summary>
    public const int MostServices = TriggerQueries.MostServices;

    /// <summary>Policies of one turn that ask the same share one question.</summary>
    /// <param name="fresh">So long what was read is acted on; what is older says nothing any more.</param>
    internal sealed class Turn(TimeSpan fresh, SharedThresholds? thresholds = null)
    {
        internal TimeSpan Fresh => fresh;

        internal SharedThresholds Thresholds { get; } = thresholds ?? SharedThresholds.None;

        internal ConcurrentDictionary<string, Lazy<Task<MetricAnswer>>> Answers { get; } = new(StringComparer.Ordinal);

        internal ConcurrentDictionary<string, Lazy<Task<TriggerReading>>> Asked { get; } = new(StringComparer.Ordinal);

        /// <summary>How many questions were asked.</summary>
        public int Questions => Asked.Count + Answers.Count;
    }

    /// <summary>One look at these policies.</summary>
    /// <param name="fresh">So long what was read is acted on.</param>
    public Turn Begin(IEnumerable<PolicyRow> policies, TimeSpan fresh) =>
        new(
            fresh,
            SharedThresholds.Of(
                from row in policies
                let trigger = row.Definition.Trigger
                where trigger.Kind == TriggerKind.Metric
                select (row.Tenant, trigger.Query!),
                promQl.Options
            )
        );

    /// <summary>For which of a policy's services its trigger holds.</summary>
    public async Task<TriggerReading> ReadAsync(
        Turn turn,
        string tenant,
        PolicyDefinition policy,
        CancellationToken cancellation
    )
    {
        var trigger = policy.Trigger;
        var reading = trigger.Kind switch
        {
            _ when TriggerQueries.Of(trigger, names) is { } query => await metrics.OfAsync(
                turn,
                tenant,
                query,
                cancellation
            ),
            TriggerKind.Logs => await SharedAsync(
                turn,
                tenant,
                string.Create(CultureInfo.InvariantCulture, $"logs|{trigger.Within}|{trigger.Query}"),
                () => LogsAsync(tenant, trigger, cancellation)
            ),
            TriggerKind.Alert => await SharedAsync(
                turn,
                tenant,
                $"alert|{trigger.Alert}",
                () => AlertAsync(tenant, trigger.Alert!, cancellation)
            ),
            TriggerKind.Watch => await SharedAsync(
                turn,
                tenant,
                string.Create(CultureInfo.InvariantCulture, $"watch|{trigger.Within}"),
                () => watches.OfAsync(tenant, trigger.Within!.Value, cancellation)
            ),
            TriggerKind.Container => containers.Of(tenant, policy),
            TriggerKind.Host => hosts.Of(tenant),
            TriggerKind.Forecast => await forecasts.OfAsync(
                tenant,
                policy,
                await LoadAsync(turn, tenant, policy, cancellation),
                cancellation
            ),
            _ => throw new InvalidOperationException("A schedule has no reading: it is looked at by its times."),
        };
        if (trigger.Kind == TriggerKind.Logs)
        {
            // Shared as it was counted; from how many on it holds is each policy's own.
            reading = reading with
            {
                Firing = [.. reading.Firing.Where(one => one.Value > (trigger.Above ?? 0))],
            };
        }
        reading = Own(reading, policy);
        return reading.Firing.Count > MostServices
            ? TriggerReading.Untold(
                $"It holds for {reading.Firing.Count} services at once, which is no service's own trouble."
            )
            : reading;
    }

    /// <summary>The load that a policy's forecast is of, as it is now; what is no number is none.</summary>
    public async Task<TriggerReading> LoadAsync(
        Turn turn,
        string tenant,
        PolicyDefinition policy,
        CancellationToken cancellation
    ) => Own(await metrics.LoadAsync(turn, tenant, policy.Trigger.Query!, cancellation), policy);

    /// <summary>Whether a condition holds; null when it can't be told.</summary>
    public async Task<bool?> HoldsAsync(Turn turn, string tenant, string query, CancellationToken cancellation)
    {
        var reading = await metrics.OfAsync(turn, tenant, query, cancellation);
        return Fresh(turn, reading).Missing is null ? reading.Firing.Count > 0 : null;
    }

    /// <summary>What was read, as long as it is not of so long ago that the world is another: a look may hang on one of many questions.</summary>
    public TriggerReading Fresh(Turn turn, TriggerReading reading) =>
        reading.At is { } at && time.GetUtcNow() - at is var age && age > turn.Fresh
            ? TriggerReading.Untold($"What was read is {PolicyDuration.Words(age)} old: the look took too long.")
            : reading;

    /// <summary>
    /// Whether there is data of a service at all: where there is none, that a trigger holds no more says nothing.
    /// </summary>
    /// <returns>Why it can't be told, in words; null when there is.</returns>
    public async Task<string?> AbsenceAsync(
        Turn turn,
        string tenant,
        PolicyDefinition policy,
        string service,
        CancellationToken cancellation
    )
    {
        var trigger = policy.Trigger;
        switch (trigger.Kind)
        {
            case TriggerKind.Metric or TriggerKind.Certificate or TriggerKind.Disk:
                var bare = TriggerPresence.Of(TriggerQueries.Of(trigger, names)!, promQl.Options);
                // Of alerts in Prometheus there is data only while they fire: that it looks at anything has to do.
                var asked = bare ?? names.Up;
                var found = await metrics.PresentAsync(turn, tenant, asked, cancellation);
                return found.Missing
                    ?? (Has(Own(found, policy), bare is null ? "" : service) ? null : "There is no data of it.");
            case TriggerKind.Logs:
                var lines = await SharedAsync(
                    turn,
                    tenant,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"logs|{trigger.Within}|{TriggerPresence.OfLogs(trigger.Query!)}"
                    ),
                    () =>
                        LogsAsync(tenant, trigger with { Query = TriggerPresence.OfLogs(trigger.Query!) }, cancellation)
                );
                return lines.Missing ?? (Has(Own(lines, policy), service) ? null : "There are no lines of it.");
            case TriggerKind.Container:
                return containers.Knows(tenant, service) ? null : "No host reports a container of it.";
            default:
                return null;
        }
    }

    private static bool Has(TriggerReading reading, string service) =>
        reading.Firing.Any(one => service.Length == 0 || one.Service == service);

    /// <summary>Times of a schedule behind one moment and up to another, the last of them only: what was missed is not made up for.</summary>
    public static DateTimeOffset? Due(PolicyTrigger trigger, DateTimeOffset after, DateTimeOffset now) =>
        after >= now
            ? null
            : CronExpression
                .Parse(trigger.Cron!)
                .GetOccurrences(after, now, TimeZoneInfo.FindSystemTimeZoneById(trigger.TimeZone!), false, true)
                .Select(at => (DateTimeOffset?)at)
                .LastOrDefault();

    private Task<TriggerReading> SharedAsync(Turn turn, string tenant, string key, Func<Task<TriggerReading>> ask)
    {
        return turn.Asked.GetOrAdd($"{tenant}|{key}", _ => new Lazy<Task<TriggerReading>>(AskAsync)).Value;

        async Task<TriggerReading> AskAsync()
        {
            var at = time.GetUtcNow();
            return await ask() with { At = at };
        }
    }

    /// <summary>What is the policy's: one that names its services hears of no others.</summary>
    private static TriggerReading Own(TriggerReading reading, PolicyDefinition policy)
    {
        if (policy.Services.Count == 0)
        {
            return reading;
        }
        return reading with
        {
            Firing =
            [
                .. reading
                    .Firing.Select(one =>
                        one.Service.Length == 0 && policy.Services is [var only] ? one with { Service = only } : one
                    )
                    .Where(one => policy.Services.Contains(one.Service, StringComparer.Ordinal))
                    .DistinctBy(one => one.Service),
            ],
        };
    }

    private async Task<TriggerReading> LogsAsync(string tenant, PolicyTrigger trigger, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        try
        {
            var counts = await logs.CountAsync(
                scopes.ForSystem(tenant),
                trigger.Query!,
                trigger.Within!.Value,
                now,
                now,
                trigger.Within.Value,
                cancellation
            );
            return counts.Any(count => count.Counts.Any(one => !double.IsFinite(one) || one < 0))
                ? TriggerReading.Untold("Loki answered with what is no count.")
                : new TriggerReading([
                    .. counts
                        .Where(count => count.Counts.Length > 0)
                        .Select(count => new Firing(count.Service, count.Counts[^1])),
                ]);
        }
        catch (UpstreamException exception)
        {
            return TriggerReading.Untold($"{exception.Upstream}: {exception.Message}");
        }
        catch (QueryRefusedException exception)
        {
            return TriggerReading.Untold($"The query can't be read any more. {exception.Message}");
        }
    }

    /// <summary>One that is silenced, inhibited or muted sets nothing off: somebody knows of it.</summary>
    private async Task<TriggerReading> AlertAsync(string tenant, string name, CancellationToken cancellation)
    {
        try
        {
            var firing = await alerts.NowAsync(scopes.ForSystem(tenant), tenant, cancellation);
            return new TriggerReading([
                .. firing
                    .Where(alert => alert.Name == name && alert.IsTold && alert.Tenant == tenant)
                    .Select(alert => new Firing(alert.Service, null))
                    .DistinctBy(one => one.Service),
            ]);
        }
        catch (UpstreamException exception)
        {
            return TriggerReading.Untold($"{exception.Upstream}: {exception.Message}");
        }
    }
}
