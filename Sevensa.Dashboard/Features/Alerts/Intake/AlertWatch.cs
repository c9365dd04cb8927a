using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>
/// Asks Alertmanager now and then what fires, so that the history has no holes where a message was lost, and fills a new
/// store with what Prometheus remembers of the last thirty days.
/// </summary>
internal sealed class AlertWatch(
    Func<AlertmanagerClient> clients,
    AlertIntake intake,
    AlertsStore store,
    ITenants tenants,
    ITenantScopes scopes,
    IServiceScopeFactory services,
    AlertNews news,
    IDuties duties,
    StartWork start,
    IOptions<AlertsOptions> options,
    TimeProvider time,
    ILogger<AlertWatch> log
) : BackgroundService
{
    private const int DaysBack = 30;
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        var every = TimeSpan.FromSeconds(options.Value.WatchSeconds);
        await Task.WhenAll(
            LastingWork.RunAsync(
                "The look at what fires",
                duties.Once("alert watch", LookAsync),
                rest => Task.Delay(every, time, rest),
                log,
                time,
                stoppingToken
            ),
            FillAsync(stoppingToken)
        );
    }

    /// <summary>One look now; nothing happens without an Alertmanager.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        var client = clients();
        var all = (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToList();
        if (!client.IsConfigured || all.Count == 0)
        {
            return;
        }
        try
        {
            var began = time.GetUtcNow();
            // One question for all tenants: nobody may be looking, and this goes on all day.
            await intake.LookAtAsync(await client.AlertsAsync(new TenantScope(all), cancellation), began, cancellation);
            var made = await client.AllSilencesAsync(cancellation);
            await using var lifetime = services.CreateAsyncScope();
            var silences = lifetime.ServiceProvider.GetRequiredService<SilenceDesk>();
            foreach (var tenant in all)
            {
                await WatchAsync(silences, tenant, made, cancellation);
            }
        }
        catch (UpstreamException)
        {
            // Its state is told by the client; what fires is looked at again in a while.
        }
    }

    /// <summary>What fails for one tenant is not the others' matter.</summary>
    private static async Task WatchAsync(
        SilenceDesk silences,
        string tenant,
        IReadOnlyList<HeldSilence> made,
        CancellationToken cancellation
    )
    {
        try
        {
            await silences.WatchAsync(tenant, made, cancellation);
        }
        catch (UpstreamException)
        {
            // Told by the client; looked at again in a while.
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        // Not while everything else starts.
        await Task.Delay(FirstPause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LastingWork.OnceAsync("Reading the alerts of the last days", FillAllAsync, log, time, cancellation);
    }

    private async Task FillAllAsync(CancellationToken cancellation)
    {
        try
        {
            foreach (var tenant in await tenants.AllAsync(cancellation))
            {
                await FillAsync(tenant.Id, cancellation);
            }
            news.Raise();
        }
        catch (UpstreamException exception)
        {
            log.LogInformation("The alerts of the last days are not known: {Why}", exception.Message);
        }
    }

    private async Task FillAsync(string tenant, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var ended = await store.BetweenAsync(tenant, now.AddDays(-DaysBack), now, 200, cancellation);
        if (ended.Any(row => row.EndsAt is not null))
        {
            return;
        }
        await using var lifetime = services.CreateAsyncScope();
        var series = await lifetime
            .ServiceProvider.GetRequiredService<IMetrics>()
            .RangeAsync(
                scopes.ForSystem(tenant),
                "ALERTS{alertstate=\"firing\"}",
                now.AddDays(-DaysBack),
                now,
                Step,
                cancellation
            );
        var rows =
            from one in series
            let labels = AlertFacts.LabelsOf(one.Labels)
            from stretch in Stretches(one)
            // What still fires is Alertmanager's to tell, with the moment it began.
            where stretch.Last < now - Step * 2
            select AlertFacts.Row(
                tenant,
                AlertFacts.Fingerprint(labels),
                labels,
                new Dictionary<string, string>(),
                stretch.First,
                // When it was seen no more; what was seen once did not end as it began.
                stretch.Last + Step,
                held: false,
                now
            );
        await store.KeepAsync([.. rows], cancellation);
    }

    /// <summary>One series may fire, end and fire again.</summary>
    private static IEnumerable<(DateTimeOffset First, DateTimeOffset Last)> Stretches(MetricSeries series)
    {
        for (var i = 0; i < series.Times.Length; )
        {
            var first = i++;
            while (i < series.Times.Length && series.Times[i] - series.Times[i - 1] < Step.TotalSeconds * 1.5)
            {
                i++;
            }
            yield return (At(series.Times[first]), At(series.Times[i - 1]));
        }

        static DateTimeOffset At(double seconds) => DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
    }
}
