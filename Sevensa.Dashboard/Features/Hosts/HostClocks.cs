using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// How far hosts' clocks are from ours, by round trips as in NTP (RFC 5905): the host read its clock at some moment between
/// question and answer, so half the round trip is the most that the middle can be wrong by. A message alone says nothing of the
/// clock it was written by; it may have been under way.
/// </summary>
internal sealed class HostClocks(
    RunnerLink link,
    RunnerConnections connections,
    HeldHosts held,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<HostClocks> log
)
{
    private const int Rounds = 5;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterSilence = TimeSpan.FromSeconds(30);

    /// <summary>So quick an answer needs no second one.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(20);

    /// <summary>Looks at the host's clock now, and every few minutes as long as this connection lasts.</summary>
    public void Greeted(string hostId) => _ = Task.Run(() => WatchAsync(hostId, lifetime.ApplicationStopping));

    private async Task WatchAsync(string hostId, CancellationToken stopping)
    {
        var connection = connections.Find(hostId);
        try
        {
            while (connection is not null && connections.Find(hostId) == connection)
            {
                var told = await TryLookAsync(hostId, stopping);
                await Task.Delay(told ? Every : AfterSilence, time, stopping);
            }
        }
        catch (OperationCanceledException) { }
    }

    /// <returns>False when the host did not say: slow, gone for a moment, or of a version that does not know the question.</returns>
    private async Task<bool> TryLookAsync(string hostId, CancellationToken stopping)
    {
        try
        {
            await LookAsync(hostId, stopping);
            return true;
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            log.ClockNotTold(hostId, exception.Message);
            return false;
        }
    }

    private async Task LookAsync(string hostId, CancellationToken cancellation)
    {
        (TimeSpan Trip, long SkewMs)? best = null;
        for (var round = 0; round < Rounds && !(best?.Trip < Quick); round++)
        {
            var (asked, began) = (time.GetUtcNow(), time.GetTimestamp());
            var told = await link.ClockAsync(hostId, cancellation);
            var trip = time.GetElapsedTime(began);
            if (best is null || trip < best.Value.Trip)
            {
                best = (trip, told - (asked + (trip / 2)).ToUnixTimeMilliseconds());
            }
        }
        held.Clock(hostId, best!.Value.SkewMs, best.Value.Trip / 2);
    }
}
