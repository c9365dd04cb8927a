using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Incidents;
using Sevensa.Dashboard.Features.Alerts.Objectives;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>The Sandbox's objectives and incidents, put there once.</summary>
internal sealed class AlertSeed(
    IEnumerable<ISeed> seeds,
    ObjectivesStore objectives,
    IncidentsStore incidents,
    TimeProvider time
) : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var seed in seeds)
        {
            await SeedAsync(seed, cancellation);
        }
    }

    private async Task SeedAsync(ISeed seed, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (seed.Objectives.Count > 0 && await objectives.IsEmptyAsync(cancellation))
        {
            await objectives.AddAsync(
                seed.Objectives.Select(one => new ObjectiveRow
                {
                    Id = Guid.CreateVersion7(now).ToString("n"),
                    Tenant = one.Tenant,
                    Service = one.Service,
                    Name = one.Name,
                    Kind = one.ThresholdSeconds is null ? IndicatorKind.Availability : IndicatorKind.Latency,
                    Target = one.Target,
                    ThresholdSeconds = one.ThresholdSeconds,
                    Histogram = one.Histogram,
                    WindowDays = one.WindowDays,
                    Published = true,
                    ChangedBy = "Sandbox",
                    ChangedAt = now,
                }),
                cancellation
            );
        }
        if (seed.Incidents.Count == 0 || !await incidents.IsEmptyAsync(cancellation))
        {
            return;
        }
        foreach (var one in seed.Incidents)
        {
            var id = Guid.CreateVersion7(now).ToString("n");
            var kind = one.Planned ? IncidentKind.Maintenance : IncidentKind.Incident;
            await incidents.AddAsync(
                new IncidentRow
                {
                    Id = id,
                    Tenant = one.Tenant,
                    Kind = kind,
                    Title = one.Title,
                    State = Enum.Parse<IncidentState>(one.Updates[^1].State, ignoreCase: true),
                    Impact = Enum.Parse<IncidentImpact>(one.Impact, ignoreCase: true),
                    Services = [.. one.Services],
                    StartsAt = one.StartsAt,
                    EndsAt = one.EndsAt,
                    Published = true,
                    CreatedBy = one.By,
                    UpdatedAt = one.Updates[^1].At,
                },
                one.Updates.Select(update => new IncidentUpdateRow
                {
                    IncidentId = id,
                    At = update.At,
                    State = Enum.Parse<IncidentState>(update.State, ignoreCase: true),
                    Text = update.Text,
                    By = one.By,
                }),
                cancellation
            );
        }
    }
}
