using System.Threading.Channels;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>
/// An alert of the product's own for each host that tells of containers which are not its to tell of. It belongs to the tenant
/// <c>platform</c>; where there is none, to administrators.
/// </summary>
internal sealed class HostAlarms(
    IFleet fleet,
    AlertIntake intake,
    AlertsStore store,
    StartWork start,
    TimeProvider time,
    ILogger<HostAlarms> log
) : BackgroundService
{
    public const string Name = "HostClaimsForeignContainers";
    private const string Platform = "platform";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var listening = fleet.OnChange(() =>
        {
            changed.Writer.TryWrite(true);
            return Task.CompletedTask;
        });
        try
        {
            if (!await start.IsDoneAsync(stoppingToken))
            {
                return;
            }
            changed.Writer.TryWrite(true);
            var known = "";
            await foreach (var _ in changed.Reader.ReadAllAsync(stoppingToken))
            {
                var now = Picture();
                if (now != known && await TryTellAsync(stoppingToken))
                {
                    known = now;
                }
            }
        }
        catch (OperationCanceledException) { }
    }

    /// <summary>What matters here of the fleet, so that mere figures cost no look at the store.</summary>
    private string Picture() =>
        string.Join('|', fleet.Hosts.Select(host => $"{host.Name} {host.Presence} {host.HasTold} {Claims(host)}"));

    private async Task<bool> TryTellAsync(CancellationToken cancellation)
    {
        try
        {
            await TellAsync(cancellation);
            return true;
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            log.LogWarning(exception, "The alerts about hosts' claims could not be kept; it is tried again");
            await Task.Delay(Pause, time, cancellation);
            changed.Writer.TryWrite(true);
            return false;
        }
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        var open = (await store.OpenAsync(Platform, cancellation))
            .Concat(await store.OpenAsync("", cancellation))
            .Where(row => row.Name == Name)
            .Select(row => (Row: row, Host: row.ToAlert().Labels.GetValueOrDefault("host", "")))
            .ToList();
        var hosts = fleet.Hosts.Where(host => host.Presence != HostPresence.Revoked).ToList();
        var told = hosts
            .Where(host => host.RefusedClaims.Count > 0)
            .Select(host => new ToldAlert(
                false,
                Labels(host.Name),
                Annotations(host),
                open.Where(one => one.Host == host.Name)
                    .Select(one => (DateTimeOffset?)one.Row.StartsAt)
                    .FirstOrDefault(),
                null,
                null
            ))
            .ToList();
        // A host that has not told yet may tell of the same again.
        var over = open.Where(one =>
            hosts.FirstOrDefault(host => host.Name == one.Host) is not { } host
            || (host.HasTold && host.RefusedClaims.Count == 0)
        );
        told.AddRange(
            over.Select(one => new ToldAlert(
                true,
                Labels(one.Host),
                one.Row.ToAlert().Annotations,
                one.Row.StartsAt,
                null,
                null
            ))
        );
        if (told.Count > 0)
        {
            await intake.TakeInAsync(told, cancellation);
        }
    }

    private static Dictionary<string, string> Labels(string host) =>
        new()
        {
            ["alertname"] = Name,
            ["severity"] = "critical",
            ["tenant"] = Platform,
            ["service"] = "runner",
            ["host"] = host,
        };

    private static Dictionary<string, string> Annotations(DockerHost host) =>
        new()
        {
            ["summary"] = $"{host.Name} tells of {Claims(host)}. Nothing was changed by it.",
            ["description"] =
                "Somebody on that host labels containers as another's, two runners share one engine, or the host has got a tenant that it is not bound to. An administrator sees on the Hosts page which they are, and binds the tenant to the host or revokes it.",
        };

    /// <summary>How many, and why; not which. Whoever sees this alert need not see whose containers they are.</summary>
    private static string Claims(DockerHost host)
    {
        var (held, unbound) = (
            host.RefusedClaims.Count(claim => claim.HeldBy is not null),
            host.RefusedClaims.Count(claim => claim.HeldBy is null)
        );
        return string.Join(
            " and ",
            new[]
            {
                held > 0 ? $"{Containers(held)} that another host told of first" : null,
                unbound > 0 ? $"{Containers(unbound)} of tenants that it may not report" : null,
            }.OfType<string>()
        );
    }

    private static string Containers(int count) => count == 1 ? "one container" : $"{count} containers";
}
