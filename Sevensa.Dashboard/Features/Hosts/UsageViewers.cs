using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Tells hosts that somebody looks at their figures, each for a while and once in it, so that any number of viewers and programs
/// costs a message every quarter of a minute.
/// </summary>
internal sealed class UsageViewers(RunnerLink link, Fleet fleet, TimeProvider time) : IUsageViewers
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(15);

    /// <summary>Two turns of a runner that measures often.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Look> looks = new(StringComparer.Ordinal);

    public Task LookAsync(string tenant, CancellationToken cancellation) =>
        LookAsync(fleet.ContainersOf(tenant).Select(container => container.HostId).Distinct(), cancellation);

    public Task LookAsync(CancellationToken cancellation) =>
        LookAsync(fleet.Hosts.Select(host => host.Id), cancellation);

    private Task LookAsync(IEnumerable<string> hosts, CancellationToken cancellation) =>
        Task.WhenAll(hosts.Select(LookAtAsync)).WaitAsync(cancellation);

    private Task LookAtAsync(string hostId)
    {
        if (link.ConnectionOf(hostId) is not { } connection)
        {
            return Task.CompletedTask;
        }
        lock (gate)
        {
            if (
                !looks.TryGetValue(hostId, out var known)
                || known.Connection != connection
                || time.GetElapsedTime(known.At) >= Renewal
            )
            {
                var use = fleet.UseAsync(hostId, Fresh);
                known = new Look(connection, time.GetTimestamp(), Task.Run(() => AskAsync(hostId, use)));
                looks[hostId] = known;
            }
            return known.Told;
        }
    }

    private async Task AskAsync(string hostId, Task use)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await link.MeasureAsync(hostId, Lease, patience.Token);
            await use.WaitAsync(patience.Token);
        }
        // Gone, silent, or of a version that measures all the time: what is known is shown.
        catch (Exception exception)
            when (exception is RunnerUnreachableException or UpstreamException or OperationCanceledException) { }
    }

    private sealed record Look(string Connection, long At, Task Told);
}
