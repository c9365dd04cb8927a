using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Portal;

/// <summary>Health in the words of somebody who uses the service and does not run it.</summary>
internal static class PortalWords
{
    private static readonly HashSet<string> Short = new(StringComparer.OrdinalIgnoreCase) { "api", "ai", "db", "psra" };

    public static string Title(TenantHealth health) =>
        health.State switch
        {
            HealthState.Healthy or HealthState.CloseToLimit => "Everything is working",
            HealthState.Down => "Part of the service is down",
            HealthState.Degraded => health.Services.Any(service => service.ErrorShare > 0.01)
                ? "Part of the service fails at times"
                : "The service is slower than agreed",
            _ => "The state is not known at the moment",
        };

    public static (State Mark, string Word) Of(ServiceHealth? service, Tenant tenant) =>
        service?.State switch
        {
            HealthState.Healthy or HealthState.CloseToLimit => (State.Ok, "Working"),
            HealthState.Down => (State.Crit, "Down"),
            HealthState.Degraded when service.LatencyP95Seconds * 1000 > tenant.LatencyObjectiveMs => (
                State.Warn,
                "Slow"
            ),
            HealthState.Degraded => (State.Warn, "Failing at times"),
            _ => (State.Unknown, "No data"),
        };

    /// <summary>"certificate-worker" → "Certificate worker", "psra-api" → "PSRA API".</summary>
    public static string Name(string service)
    {
        var words = service.Split('-', '_', ' ').Select(word => Short.Contains(word) ? word.ToUpperInvariant() : word);
        var name = string.Join(' ', words);
        name = name.Replace("DB", "database", StringComparison.Ordinal);
        return name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..];
    }

    public static string? Speed(ServiceHealth? service, Tenant tenant) =>
        service?.LatencyP95Seconds is not { } seconds ? null
        : tenant.LatencyObjectiveMs is { } objective
            ? $"p95 {Duration.Seconds(seconds)}, objective {Duration.Seconds(objective / 1000)}"
        : $"p95 {Duration.Seconds(seconds)}";

    /// <summary>Days of the last thirty below what was agreed, and changes, newest first.</summary>
    public static IReadOnlyList<(DateOnly Day, string What, string Detail)> History(
        Tenant tenant,
        IReadOnlyList<ServiceDays> days,
        IReadOnlyList<LastChange> changes
    )
    {
        var objective = tenant.AvailabilityObjective ?? 0.999;
        var bad = days.SelectMany(service =>
            service
                .Days.TakeLast(30)
                .Where(day => day.Share < objective)
                .Select(day =>
                    (
                        day.Day,
                        $"{Name(service.Service)} was not fully available",
                        $"{Number.Percent(day.Share)} of the day; {Number.Agreed(objective)} was agreed."
                    )
                )
        );
        var changed = changes.Select(change => (DateOnly.FromDateTime(change.At.UtcDateTime), "Change", change.Text));
        return [.. bad.Concat(changed).OrderByDescending(entry => entry.Item1).Take(8)];
    }

    /// <summary>"No day in the last 14 was below what was agreed."</summary>
    public static string Lead(Tenant tenant, IReadOnlyList<ServiceDays>? days)
    {
        if (days is null)
        {
            return "Looking at the last days…";
        }
        var objective = tenant.AvailabilityObjective ?? 0.999;
        var bad = days.SelectMany(service => service.Days)
            .Where(day => day.Share < objective)
            .Select(day => day.Day)
            .Distinct()
            .OrderDescending()
            .ToList();
        var last = days.SelectMany(service => service.Days).Select(day => day.Day).DefaultIfEmpty().Max();
        return bad is [var newest, ..]
            ? newest == last
                ? "Today has been below what was agreed so far."
                : $"The last {Days(last.DayNumber - newest.DayNumber)} were as agreed."
            : "All of the last 90 days were as agreed.";
    }

    private static string Days(int count) => count == 1 ? "day" : $"{count} days";
}
