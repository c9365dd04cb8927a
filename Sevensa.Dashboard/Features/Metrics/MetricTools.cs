using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>What the assistant and MCP may ask of metrics: named figures, never a query of their own.</summary>
internal sealed class MetricTools(ITenantScopes scopes, IServiceScopeFactory services, TimeProvider time) : IToolSource
{
    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        yield return ToolFunction.Create(
            [Description("A figure of a tenant's service: now, and its course over the last hours.")]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                [Description("Service name, e.g. rentguy-api or api")] string service,
                [Description("cpu, memory, memoryShare, requestRate, errorShare or latencyP95")] string metric,
                CancellationToken cancellation,
                [Description("Hours to look back, 1 to 72"), Range(1, 72)] int hours = 24
            ) => await LookAsync(caller, tenant, service, metric, Math.Clamp(hours, 1, 72), cancellation),
            "query_metric"
        );
        yield return ToolFunction.Create(
            [Description(
                "What changed for a tenant, newest first: releases and actions that ended. The newest 30, and how many there are."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Hours to look back, 1 to 720"), Range(1, 720)] int hours = 72,
                [Description("Where to stop, as 2026-11-24T16:00:00Z; now when left out")] string? until = null
            ) => await ChangesAsync(caller, tenant, Math.Clamp(hours, 1, 720), until, cancellation),
            "recent_changes"
        );
    }

    private async Task<ChangesFound> ChangesAsync(
        Caller caller,
        string tenant,
        int hours,
        string? until,
        CancellationToken cancellation
    )
    {
        var to =
            string.IsNullOrWhiteSpace(until) ? DateTimeOffset.MaxValue
            : MillisecondTime.TryRead(until, out var said) ? said
            : throw new ArgumentException($"until is a time such as 2026-11-24T16:00:00Z; \"{until}\" is none.");
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        await using var lifetime = services.CreateAsyncScope();
        var changes = (
            await lifetime
                .ServiceProvider.GetRequiredService<IRecentChanges>()
                .SinceAsync(scope, tenant, time.GetUtcNow().AddHours(-hours), cancellation)
        )
            .Where(change => change.At <= to)
            .ToList();
        return new ChangesFound(tenant, [.. changes.Take(MostChanges)], changes.Count, $"/tenants/{tenant}/changes");
    }

    private const int MostChanges = 30;

    private async Task<MetricFinding> LookAsync(
        Caller caller,
        string tenant,
        string service,
        string metric,
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
        var metrics = lifetime.ServiceProvider.GetRequiredService<IMetrics>();
        var now = time.GetUtcNow();
        bool IsAsked(IReadOnlyDictionary<string, string> labels) =>
            SameService(labels.GetValueOrDefault("service", ""), service, tenant);
        var latest = (await metrics.ServicesAsync(scope, named, cancellation)).FirstOrDefault(found =>
            IsAsked(found.Labels)
        );
        var series = (
            await metrics.ServicesRangeAsync(
                scope,
                named,
                now.AddHours(-hours),
                now,
                TimeSpan.FromMinutes(Math.Max(5, hours)),
                cancellation
            )
        ).FirstOrDefault(found => IsAsked(found.Labels));
        if (latest is null && series is null)
        {
            return new MetricFinding(
                tenant,
                service,
                named.Name(),
                named.Words(),
                Unit(named),
                null,
                null,
                null,
                null,
                "No such series in this tenant.",
                null
            );
        }
        var course = (series?.Values ?? []).Where(double.IsFinite).ToList();
        var present =
            latest is { Value: var value } && double.IsFinite(value) ? value : course.LastOrDefault(double.NaN);
        var all = course.Append(present).Where(double.IsFinite).DefaultIfEmpty(double.NaN).ToList();
        return new MetricFinding(
            tenant,
            (latest?.Labels ?? series!.Labels)["service"],
            named.Name(),
            named.Words(),
            Unit(named),
            Round(present),
            Round(all.Min()),
            Round(all.Max()),
            Round(course.FirstOrDefault(double.NaN)),
            null,
            $"/tenants/{tenant}/explore?query={Uri.EscapeDataString(metrics.QueryOf(named))}&from=now-{hours}h&to=now"
        );
    }

    internal static bool SameService(string found, string asked, string tenant) =>
        string.Equals(found, asked, StringComparison.OrdinalIgnoreCase)
        || string.Equals(found, $"{tenant}-{asked}", StringComparison.OrdinalIgnoreCase)
        || string.Equals($"{tenant}-{found}", asked, StringComparison.OrdinalIgnoreCase);

    internal static double? Round(double value) =>
        double.IsFinite(value)
            ? double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : null;

    internal static string Unit(ServiceMetric metric) =>
        metric switch
        {
            ServiceMetric.Cpu => "cores",
            ServiceMetric.Memory => "bytes",
            ServiceMetric.RequestRate => "requests/s",
            ServiceMetric.LatencyP95 => "seconds",
            _ => "share (0-1)",
        };

    /// <param name="Count">How many there are; the newest of them are told.</param>
    private sealed record ChangesFound(string Tenant, IReadOnlyList<LastChange> Changes, int Count, string Link);

    /// <param name="Figure">What it is called in a sentence.</param>
    /// <param name="Link">Shows the same figure, and how it was asked for.</param>
    private sealed record MetricFinding(
        string Tenant,
        string Service,
        string Metric,
        string Figure,
        string Unit,
        double? Now,
        double? Lowest,
        double? Highest,
        double? AtStart,
        string? Note,
        string? Link
    );
}
