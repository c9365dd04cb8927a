using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>What the assistant and MCP may ask of how figures went: a figure against another time, and the hosts with when their disks are full.</summary>
internal sealed class TrendTools(
    ITenantScopes scopes,
    IServiceScopeFactory services,
    IFleet fleet,
    MetricNames names,
    TimeProvider time
) : IToolSource
{
    private const string Yesterday = "yesterday";
    private const string LastWeek = "lastWeek";
    private const string BeforeRelease = "beforeRelease";

    /// <summary>A figure that moved by less is told as about the same.</summary>
    private const double Alike = 0.1;

    /// <summary>A disk that is full later than that is not said to fill.</summary>
    private const double MostDays = 365;

    /// <summary>So far back the newest release is looked for.</summary>
    private static readonly TimeSpan Releases = TimeSpan.FromDays(30);

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        yield return ToolFunction.Create(
            [Description(
                "A figure of a tenant's service now against another time: its mean over the last hours, and over as many hours yesterday, a week ago, or before the last release."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                [Description("Service name, e.g. rentguy-api or api")] string service,
                [Description("cpu, memory, memoryShare, requestRate, errorShare or latencyP95")] string metric,
                CancellationToken cancellation,
                [Description("yesterday, lastWeek or beforeRelease")] string against = Yesterday,
                [Description("Hours that are compared, 1 to 72"), Range(1, 72)] int hours = 1
            ) => await CompareAsync(caller, tenant, service, metric, against, Math.Clamp(hours, 1, 72), cancellation),
            "compare_metric"
        );
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "The hosts that a tenant's containers run on: whether their runner is connected, how full their disks are, and when a disk is full as it filled in the last day."
            )]
            async ([Description("Tenant id, e.g. rentguy")] string tenant, CancellationToken cancellation) =>
                await HostsAsync(caller, tenant, cancellation),
            "list_hosts"
        );
    }

    private async Task<Compared> CompareAsync(
        Caller caller,
        string tenant,
        string service,
        string metric,
        string against,
        int hours,
        CancellationToken cancellation
    )
    {
        var named =
            ServiceMetricWords.Find(metric)
            ?? throw new ArgumentException(
                $"There is no metric \"{metric}\". There are {string.Join(", ", Enum.GetValues<ServiceMetric>().Select(one => one.Name()))}."
            );
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        await using var lifetime = services.CreateAsyncScope();
        var now = time.GetUtcNow();
        var span = TimeSpan.FromHours(hours);
        var (then, words) = against.Trim().ToLowerInvariant() switch
        {
            "yesterday" => (now.AddDays(-1), Yesterday),
            "lastweek" or "last week" => (now.AddDays(-7), LastWeek),
            "beforerelease" or "before the release" or "lastrelease" => (
                await BeforeReleaseAsync(lifetime.ServiceProvider, scope, tenant, now, cancellation),
                BeforeRelease
            ),
            _ => throw new ArgumentException(
                $"against is {Yesterday}, {LastWeek} or {BeforeRelease}; \"{against}\" is none."
            ),
        };
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var (found, present) = await MeanAsync(metrics, scope, named, tenant, service, now, span, cancellation);
        var (before, past) = await MeanAsync(metrics, scope, named, tenant, service, then, span, cancellation);
        var link =
            $"/tenants/{tenant}/explore?query={Uri.EscapeDataString(metrics.QueryOf(named))}&from=now-{(int)Math.Ceiling((now - then).TotalHours) + hours}h&to=now";
        return new Compared(
            tenant,
            found ?? before ?? service,
            named.Name(),
            named.Words(),
            MetricTools.Unit(named),
            words,
            then,
            hours,
            MetricTools.Round(present),
            MetricTools.Round(past),
            double.IsFinite(past) && past != 0 && double.IsFinite(present)
                ? MetricTools.Round((present - past) / past)
                : null,
            (double.IsFinite(present), double.IsFinite(past)) switch
            {
                (false, false) => "No such series in this tenant.",
                (true, false) => "Nothing was measured then.",
                (false, true) => "Nothing is measured now.",
                _ => null,
            },
            Word(present, past),
            link
        );
    }

    /// <exception cref="ArgumentException">There was no release to compare with.</exception>
    private static async Task<DateTimeOffset> BeforeReleaseAsync(
        IServiceProvider provider,
        TenantScope scope,
        string tenant,
        DateTimeOffset now,
        CancellationToken cancellation
    ) =>
        (await provider.GetRequiredService<IRecentChanges>().SinceAsync(scope, tenant, now - Releases, cancellation))
            .FirstOrDefault(change => change.IsRelease)
            ?.At
        ?? throw new ArgumentException($"{tenant} had no release in the last 30 days.");

    private static async Task<(string? Service, double Mean)> MeanAsync(
        IMetrics metrics,
        TenantScope scope,
        ServiceMetric metric,
        string tenant,
        string service,
        DateTimeOffset to,
        TimeSpan span,
        CancellationToken cancellation
    )
    {
        var found = (
            await metrics.ServicesRangeAsync(
                scope,
                metric,
                to - span,
                to,
                TimeSpan.FromMinutes(Math.Max(5, span.TotalHours)),
                cancellation
            )
        ).FirstOrDefault(one => MetricTools.SameService(one.Labels.GetValueOrDefault("service", ""), service, tenant));
        return (
            found?.Labels["service"],
            (found?.Values ?? []).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average()
        );
    }

    private static string? Word(double present, double past) =>
        !double.IsFinite(present) || !double.IsFinite(past) ? null
        : Math.Abs(present - past) <= Alike * Math.Abs(past) ? "about the same"
        : present > past ? "higher"
        : "lower";

    private async Task<HostsSeen> HostsAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        // Whose disks a host has is the platform's to show: whoever may not see that tenant sees none.
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var all = await scopes.ForAllAsync(caller, cancellation);
        var on = fleet.ContainersOf(scope.Tenants[0]).Select(container => container.HostId).ToHashSet();
        var hosts = fleet
            .Hosts.Where(host => on.Contains(host.Id))
            .OrderBy(host => host.Name, StringComparer.Ordinal)
            .ToList();
        await using var lifetime = services.CreateAsyncScope();
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var now = time.GetUtcNow();
        const string by = "max by (host, instance, mountpoint)";
        var size = await metrics.QueryAsync(all, $"{by} ({names.DiskSize})", now, cancellation);
        var free = await metrics.QueryAsync(all, $"{by} ({names.DiskAvailable})", now, cancellation);
        var before = await metrics.QueryAsync(all, $"{by} ({names.DiskAvailable})", now.AddDays(-1), cancellation);
        return new HostsSeen(
            [.. hosts.Select(host => Seen(host, size, free, before, now))],
            free.Count == 0 ? "No disk is measured that you may see." : null,
            "/hosts"
        );
    }

    private static HostSeen Seen(
        DockerHost host,
        IReadOnlyList<MetricSample> size,
        IReadOnlyList<MetricSample> free,
        IReadOnlyList<MetricSample> before,
        DateTimeOffset now
    ) =>
        new(
            host.Name,
            host.Presence,
            host.LastSeenAt,
            host.Facts?.EngineVersion,
            host.Facts?.RunnerVersion,
            [
                .. free.Where(one => IsOf(host, one))
                    .Select(one =>
                        Disk(
                            one.Labels.GetValueOrDefault("mountpoint", "/"),
                            one.Value,
                            Of(size, one),
                            Of(before, one),
                            now
                        )
                    ),
            ]
        );

    private static bool IsOf(DockerHost host, MetricSample disk) =>
        disk.Labels.GetValueOrDefault("host") == host.Name
        || disk.Labels.GetValueOrDefault("instance", "").Split(':')[0] == host.Name;

    private static double? Of(IReadOnlyList<MetricSample> all, MetricSample one) =>
        all.FirstOrDefault(other =>
            other.Labels.GetValueOrDefault("host") == one.Labels.GetValueOrDefault("host")
            && other.Labels.GetValueOrDefault("instance") == one.Labels.GetValueOrDefault("instance")
            && other.Labels.GetValueOrDefault("mountpoint") == one.Labels.GetValueOrDefault("mountpoint")
        )?.Value;

    private static DiskSeen Disk(string mount, double free, double? size, double? before, DateTimeOffset now)
    {
        var aDay = before - free;
        var days = aDay > 0 ? free / aDay : null;
        return new DiskSeen(
            mount,
            size > 0 ? MetricTools.Round(1 - free / size.Value) : null,
            free,
            aDay,
            days is { } left and <= MostDays ? now.AddDays(left) : null,
            days is { } found and <= MostDays ? Math.Round(found, 1) : null
        );
    }

    /// <param name="Against">What it is compared with, as it was asked for.</param>
    /// <param name="Then">Where the earlier hours end.</param>
    /// <param name="Change">Share by which it is more, negative when less.</param>
    /// <param name="Now">Mean of the last hours.</param>
    /// <param name="Past">Mean of the earlier ones.</param>
    /// <param name="Verdict">Higher, lower or about the same.</param>
    private sealed record Compared(
        string Tenant,
        string Service,
        string Metric,
        string Figure,
        string Unit,
        string Against,
        DateTimeOffset Then,
        int Hours,
        double? Now,
        double? Past,
        double? Change,
        string? Note,
        string? Verdict,
        string Link
    );

    private sealed record HostsSeen(IReadOnlyList<HostSeen> Hosts, string? Note, string Link);

    private sealed record HostSeen(
        string Name,
        HostPresence Presence,
        DateTimeOffset? LastSeenAt,
        string? Engine,
        string? Runner,
        IReadOnlyList<DiskSeen> Disks
    );

    /// <param name="FilledADay">Bytes more in use than a day before; negative when fewer.</param>
    /// <param name="FullAt">When nothing is left if it goes on so; null when it does not fill, or not within a year.</param>
    private sealed record DiskSeen(
        string Mount,
        double? UsedShare,
        double FreeBytes,
        double? FilledADay,
        DateTimeOffset? FullAt,
        double? FullInDays
    );
}
