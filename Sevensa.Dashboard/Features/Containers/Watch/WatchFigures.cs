using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers.Watch;

/// <summary>What a service shows of itself after an action, beside what it showed before.</summary>
internal sealed class WatchFigures(
    IServiceScopeFactory services,
    ITenantScopes scopes,
    PlanBench bench,
    IOptions<ReleasesOptions> options
)
{
    public const string RestartsFigure = "restarts";

    /// <summary>Of <see cref="RestartsFigure"/>: there are containers that don't run.</summary>
    public const string NotRunning = "not running";

    private static readonly TimeSpan Before = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    /// <summary>So long a runner may take to tell of what was just done: until then nothing is missed.</summary>
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(10);

    /// <summary>Below this nobody notices, whatever it is a multiple of.</summary>
    private const double LeastLatency = 0.05;

    /// <exception cref="UpstreamException">Prometheus did not answer.</exception>
    public async Task<IReadOnlyList<AftermathFigure>> OfAsync(
        Proposal proposal,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var figures = new List<AftermathFigure>();
        var touched = proposal.Plan.Containers.Select(container => container.Service).Distinct().ToList();
        await using var lifetime = services.CreateAsyncScope();
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var scope = scopes.ForSystem(proposal.Tenant);
        var (start, end) = (proposal.DispatchedAt ?? proposal.CreatedAt, proposal.EndedAt ?? now);
        var errors = await BothAsync(metrics, scope, ServiceMetric.ErrorShare, start, end, now, cancellation);
        var latency = await BothAsync(metrics, scope, ServiceMetric.LatencyP95, start, end, now, cancellation);
        foreach (var service in touched)
        {
            var (failedBefore, failedNow) = errors(service);
            figures.Add(
                new AftermathFigure(
                    service,
                    "error share",
                    failedBefore,
                    failedNow,
                    "share",
                    failedNow > (failedBefore ?? 0) + options.Value.ErrorShareMargin
                )
            );
            var (slowBefore, slowNow) = latency(service);
            figures.Add(
                new AftermathFigure(
                    service,
                    "latency p95",
                    slowBefore,
                    slowNow,
                    "seconds",
                    slowNow > LeastLatency && slowBefore is { } was && slowNow > was * options.Value.LatencyFactor
                )
            );
            figures.Add(Restarts(proposal, service, end, now));
        }
        return figures;
    }

    /// <summary>Restarts by Docker itself since the containers are there, containers that don't run, and such as are not there any more.</summary>
    private AftermathFigure Restarts(Proposal proposal, string service, DateTimeOffset end, DateTimeOffset at)
    {
        var plan = proposal.Plan;
        var former = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
        var now = bench
            .OfTenant(proposal.Tenant)
            .Where(container => container.Facts.Service == service && container.HostId == plan.Executor.HostId)
            .ToList();
        var wanted = WatchedChange.After(plan, service);
        // Those that were there before go on as they did; what is added is what may be wrong.
        var isMore = WatchedChange.IsMoreOfTheSame(plan);
        if (isMore)
        {
            now.RemoveAll(container => former.Contains(container.Facts.Id));
            wanted -= plan.Containers.Count(container => container.Service == service);
        }
        // One that was there before has its earlier restarts on it: it counts when it was started since.
        var restarts = now.Sum(container =>
            !former.Contains(container.Facts.Id) ? container.Facts.RestartCount
            : container.Facts.RestartCount > 0 && container.Facts.StartedAtUnixMs > end.ToUnixTimeMilliseconds() ? 1
            : 0
        );
        var trouble =
            now.Count < wanted && at - end >= Told
                ? string.Create(CultureInfo.InvariantCulture, $"{wanted - now.Count} of {wanted} gone")
            : now.Exists(IsDown) ? NotRunning
            : "";
        return new AftermathFigure(service, RestartsFigure, 0, restarts, trouble, restarts > 0 || trouble.Length > 0);
    }

    private static bool IsDown(HostedContainer container) =>
        container.Facts.State is not "running" || container.Facts.Health == "unhealthy";

    /// <summary>By service: the mean of the half hour before, and the newest value that is all of after.</summary>
    private static async Task<Func<string, (double? Before, double? Now)>> BothAsync(
        IMetrics metrics,
        TenantScope scope,
        ServiceMetric metric,
        DateTimeOffset start,
        DateTimeOffset end,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var series = await metrics.ServicesRangeAsync(scope, metric, start - Before, now, Step, cancellation);
        return service =>
        {
            var own = series.FirstOrDefault(one => one.Labels.GetValueOrDefault("service") == service);
            if (own is null)
            {
                return (null, null);
            }
            var points = own.Times.Zip(own.Values).Where(point => double.IsFinite(point.Second)).ToList();
            var before = points.Where(point => point.First < start.ToUnixTimeSeconds()).Select(p => p.Second).ToList();
            var after = points
                .Where(point => point.First > end.ToUnixTimeSeconds() + 60)
                .Select(p => p.Second)
                .ToList();
            return (before.Count > 0 ? before.Average() : null, after.Count > 0 ? after[^1] : null);
        };
    }
}
