using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// Holds what is expected of a load, and the load now, against how many containers run. Without either of them, and by a forecast that
/// was worse than "as a season ago", nothing is said.
/// </summary>
internal sealed class ForecastReader(ForecastBook book, IFleet fleet, ITenantScopes scopes, TimeProvider time)
{
    /// <param name="present">The load now, by service.</param>
    public async Task<TriggerReading> OfAsync(
        string tenant,
        PolicyDefinition policy,
        TriggerReading present,
        CancellationToken cancellation
    )
    {
        var look = await LookAsync(tenant, policy, present, cancellation);
        var reading =
            look.Untold is { } untold ? TriggerReading.Untold(untold)
            : look.Need is { Way: { } way } need
                ? new TriggerReading([
                    new Firing(policy.Services[0], need.Wanted, need.Words(ScaleReading.HostOf(policy)), way),
                ])
            : new TriggerReading([]);
        return reading with { At = present.At };
    }

    /// <inheritdoc cref="OfAsync"/>
    public async Task<ForecastLook> LookAsync(
        string tenant,
        PolicyDefinition policy,
        TriggerReading present,
        CancellationToken cancellation
    )
    {
        var (service, scale) = (policy.Services[0], policy.Trigger.Scale!);
        var load = present.Firing.FirstOrDefault(one => one.Service == service)?.Value;
        var (running, away) = Running(tenant, service, ScaleReading.HostOf(policy));
        var untold =
            present.Missing
            ?? (
                load is null ? "There is no data of its load now."
                : load < 0 ? "Its load is below nothing."
                : away
            );
        LoadForecast forecast;
        try
        {
            forecast = await book.OfAsync(scopes.ForSystem(tenant), tenant, policy, cancellation);
        }
        catch (UpstreamException exception)
        {
            return new ForecastLook(null, load, running, null, $"{exception.Upstream}: {exception.Message}");
        }
        catch (QueryRefusedException exception)
        {
            return new ForecastLook(
                null,
                load,
                running,
                null,
                $"The expression can't be read any more. {exception.Message}"
            );
        }
        untold ??= forecast.Refused;
        var need =
            untold is null && load is { } now && running is { } count
                ? ScaleNeed.Of(scale, forecast.Points, now, count, time.GetUtcNow())
                : null;
        return new ForecastLook(forecast, load, running, need, untold);
    }

    /// <summary>Counted as they are scaled: on one host.</summary>
    private (int? Running, string? Away) Running(string tenant, string service, string? host)
    {
        if (fleet.AwaitedFor(tenant) is { Count: > 0 } awaited)
        {
            return (null, $"{string.Join(", ", awaited)} has not told yet what runs there.");
        }
        var all = ContainerTargets
            .Of(fleet, tenant)
            .Where(one => one.Facts.Service == service && (host is null || one.HostName == host))
            .ToList();
        if (all.FirstOrDefault(one => !one.HostConnected) is { } lost)
        {
            return (null, $"{lost.HostName} is not connected: how many containers run is not known.");
        }
        var hosts = all.Select(one => one.HostName).Distinct(StringComparer.Ordinal).ToList();
        if (hosts.Count > 1)
        {
            return (
                null,
                $"{service} runs on {string.Join(" and ", hosts)}, and is scaled on one host: say which with the action's parameter host, and ask for the load of that host."
            );
        }
        var running = all.Count(one => one.Facts.State is "running" or "restarting");
        return running == 0
            ? (
                0,
                $"No container of {service} runs{(host is null ? "" : $" on {host}")}, so there is none to make others like."
            )
            : (running, null);
    }
}
