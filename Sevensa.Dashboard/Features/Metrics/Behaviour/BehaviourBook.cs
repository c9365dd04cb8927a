using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Metrics.Behaviour;

/// <summary>What is unlike services, as this dashboard saw it since its start, and what was usual, as it was asked a while ago.</summary>
internal sealed class BehaviourBook(IOptions<BehaviourOptions> options, TimeProvider time) : IServiceBehaviour
{
    /// <summary>What is over, and what nothing is known of any more, is shown for so long.</summary>
    private static readonly TimeSpan kept = TimeSpan.FromDays(1);

    /// <summary>What was usual changes slowly.</summary>
    private static readonly TimeSpan fresh = TimeSpan.FromHours(6);

    private const int MostShown = 500;

    private readonly Dictionary<(string Tenant, string Service, string What), Entry> odd = [];
    private readonly Dictionary<(string Tenant, string Measure), Past> pasts = [];
    private volatile ServiceLook shown = new(
        null,
        "Services were not looked at yet since the dashboard started.",
        [],
        []
    );

    public string Looks => "Requests, errors and restarts of services";

    public ValueTask<ServiceLook> LookAsync(CancellationToken cancellation) =>
        new(
            options.Value.EveryMinutes == 0
                ? new ServiceLook(null, "It is turned off: Metrics:Behaviour:EveryMinutes is 0.", [], [])
                : shown
        );

    /// <summary>What was, asked anew when it is old.</summary>
    public async Task<IReadOnlyDictionary<string, MetricSeries>> PastAsync(
        string tenant,
        string measure,
        Func<Task<IReadOnlyList<MetricSeries>>> ask
    )
    {
        var now = time.GetUtcNow();
        if (!pasts.TryGetValue((tenant, measure), out var past) || now - past.At >= fresh)
        {
            var services = new Dictionary<string, MetricSeries>(StringComparer.Ordinal);
            foreach (var series in await ask())
            {
                services[series.Labels.GetValueOrDefault("service", "")] = series;
            }
            pasts[(tenant, measure)] = past = new Past(now, services);
        }
        return past.Services;
    }

    /// <summary>A figure was compared: it is out of its band, or not.</summary>
    public void Judged(string tenant, string service, IEnumerable<string> whats, Unusual? unusual)
    {
        var now = time.GetUtcNow();
        if (unusual is not null)
        {
            var key = (tenant, service, unusual.What);
            var goesOn = odd.TryGetValue(key, out var before) && before.Oddity.EndedAt is null;
            var since = goesOn ? before!.Oddity.Since : now;
            odd[key] = new Entry(
                new ServiceOddity(tenant, service, unusual.What, unusual.Detail, unusual.Meaning, since),
                now
            );
        }
        foreach (var what in whats.Where(what => what != unusual?.What))
        {
            if (odd.TryGetValue((tenant, service, what), out var over) && over.Oddity.EndedAt is null)
            {
                odd[(tenant, service, what)] = new Entry(over.Oddity with { EndedAt = now }, now);
            }
        }
    }

    /// <summary>A look is over.</summary>
    /// <param name="trouble">Why it could not be ended; what was known before stays.</param>
    public void Show(string? trouble, IReadOnlyList<string> young)
    {
        var now = time.GetUtcNow();
        foreach (var old in odd.Where(one => now - one.Value.At > kept).Select(one => one.Key).ToList())
        {
            odd.Remove(old);
        }
        shown = new ServiceLook(
            trouble is null ? now : shown.LookedAt,
            trouble is null || shown.LookedAt is not { } last
                ? trouble
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{trouble} What stands here is of {last:yyyy-MM-dd HH:mm} UTC."
                ),
            [
                .. odd
                    .Values.Select(one => one.Oddity)
                    .OrderBy(one => one.EndedAt is not null)
                    .ThenByDescending(one => one.Since)
                    .Take(MostShown),
            ],
            trouble is null ? young : shown.Young
        );
    }

    private sealed record Entry(ServiceOddity Oddity, DateTimeOffset At);

    private sealed record Past(DateTimeOffset At, IReadOnlyDictionary<string, MetricSeries> Services);
}
