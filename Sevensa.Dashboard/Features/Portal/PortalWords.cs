using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Portal;

/// <summary>Health in the words of somebody who uses the service and does not run it.</summary>
internal static class PortalWords
{
    /// <summary>Below it a day is worth a line although nothing is agreed.</summary>
    private const double Usual = 0.999;

    private static readonly HashSet<string> Short = new(StringComparer.OrdinalIgnoreCase) { "api", "ai", "db", "psra" };

    /// <param name="open">What is going on, as it was published: figures that look well say nothing against it.</param>
    public static string Title(TenantHealth? health, IEnumerable<Incident> open)
    {
        var now = open.Where(incident => incident.IsOpen && incident.State != IncidentState.Scheduled).ToList();
        if (health?.State == HealthState.Down)
        {
            return "Part of the service is down";
        }
        if (now.Find(incident => incident.Kind == IncidentKind.Incident) is { } incident)
        {
            return incident.Impact is IncidentImpact.Down ? "Part of the service is down" : "There is an incident";
        }
        if (now.Count > 0)
        {
            return "Maintenance is going on";
        }
        return health?.State switch
        {
            HealthState.Healthy or HealthState.CloseToLimit => health.Services.Any(service =>
                service.State == HealthState.Unknown
            )
                ? "What is measured is working"
                : "Everything is working",
            HealthState.Degraded => health.Services.Any(service => service.ErrorShare > 0.01)
                ? "Part of the service fails at times"
            : health.Services.Any(service => service.State == HealthState.Degraded)
                ? "The service is slower than agreed"
            : "Something is wrong and is being looked at",
            _ => "The state is not known at the moment",
        };
    }

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
        var bad = days.SelectMany(service =>
            service
                .Days.TakeLast(30)
                .Where(day => day.Share < (tenant.AvailabilityObjective ?? Usual))
                .Select(day =>
                    (
                        day.Day,
                        $"{Name(service.Service)} was not fully available",
                        tenant.AvailabilityObjective is { } objective
                            ? $"{Number.Percent(day.Share)} of the day; {Number.Agreed(objective)} was agreed."
                            : $"{Number.Percent(day.Share)} of the day."
                    )
                )
        );
        var changed = changes.Select(change => (DateOnly.FromDateTime(change.At.UtcDateTime), "Change", change.Text));
        return [.. bad.Concat(changed).OrderByDescending(entry => entry.Item1).Take(8)];
    }

    /// <summary>In place of a lead while the days can't be had.</summary>
    public const string Unread = "How the last days were can't be told at the moment.";

    /// <summary>"No day in the last 14 was below what was agreed."</summary>
    public static string Lead(Tenant tenant, IReadOnlyList<ServiceDays>? days)
    {
        if (days is null)
        {
            return "Looking at the last days…";
        }
        var measured = days.SelectMany(service => service.Days)
            .Where(day => day.Share is not null)
            .GroupBy(day => day.Day)
            .OrderByDescending(day => day.Key)
            .ToList();
        if (measured.Count == 0)
        {
            return "Nothing has been measured yet.";
        }
        if (tenant.AvailabilityObjective is not { } objective)
        {
            return $"No availability is agreed; {(measured.Count == 1 ? "one day was" : $"{measured.Count} days were")} measured.";
        }
        var kept = measured.TakeWhile(day => day.All(one => one.Share >= objective)).Count();
        return kept == measured.Count
            ? measured.Count >= 90
                ? "All of the last 90 days were as agreed."
                : $"All of the {Days(kept)} that were measured {(kept == 1 ? "was" : "were")} as agreed."
            : kept == 0
                ? "Today has been below what was agreed so far."
                : $"The last {Days(kept)} {(kept == 1 ? "was" : "were")} as agreed.";
    }

    private static string Days(int count) => count == 1 ? "day" : $"{count} days";
}
