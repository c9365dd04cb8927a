using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

internal sealed partial class RunnerLink
{
    /// <summary>Pieces on their way at a time: enough that neither side waits for the other in ordinary reading.</summary>
    private const int Credit = 4;

    private const int LinesPerLook = 1000;
    private const long NanosecondsPerMs = 1_000_000;

    /// <summary>How often a runner that can't stream is asked.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public IAsyncEnumerable<ContainerLogLine> FollowLogsAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    ) =>
        fleet.FindHost(hostId)?.Facts?.Protocol < RunnerProtocol.WithLogStreams
            ? LookAgainAsync(hostId, containerId, tail, sinceUnixNs, follow, cancellation)
            : StreamAsync(hostId, containerId, tail, sinceUnixNs, follow, cancellation);

    private async IAsyncEnumerable<ContainerLogLine> StreamAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var connection = Connection(hostId);
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("n");
        var pieces = streams.Begin(id, connection);
        try
        {
            var wanted = new LogFollow(id, containerId, tail, sinceUnixNs, follow, Credit);
            if (!await AskAsync<bool>(hostId, nameof(IRunnerClient.FollowLogs), cancellation, wanted))
            {
                throw new UpstreamException(
                    $"The runner of {NameOf(hostId)}",
                    UpstreamFault.Refused,
                    "It sends too many logs already.",
                    remedy: "Close some pages that follow logs of this host."
                );
            }
            await foreach (var piece in pieces.ReadAllAsync(cancellation))
            {
                foreach (var line in piece.Lines)
                {
                    yield return line;
                }
                if (piece.Words is { } words)
                {
                    throw new UpstreamException($"Docker on {NameOf(hostId)}", UpstreamFault.Failed, words);
                }
                if (piece.Ended)
                {
                    yield break;
                }
                await SayAsync(hostId, connection, nameof(IRunnerClient.MoreLogs), id, 1);
            }
        }
        finally
        {
            streams.End(id);
            await SayAsync(hostId, connection, nameof(IRunnerClient.StopLogs), id);
        }
    }

    private async IAsyncEnumerable<ContainerLogLine> LookAgainAsync(
        string hostId,
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var newest = sinceUnixNs;
        var atNewest = new HashSet<(string, string)>();
        for (var most = tail; ; most = LinesPerLook)
        {
            var lines = await LogsAsync(hostId, containerId, most, newest / NanosecondsPerMs, cancellation);
            // Asked by the millisecond, answered by the nanosecond: what was told already is left out.
            foreach (var line in lines.Where(line => line.TimeUnixNs >= newest))
            {
                if (line.TimeUnixNs > newest)
                {
                    newest = line.TimeUnixNs;
                    atNewest.Clear();
                }
                if (atNewest.Add((line.Stream, line.Text)))
                {
                    yield return line;
                }
            }
            if (!follow)
            {
                yield break;
            }
            await Task.Delay(LookEvery, time, cancellation);
        }
    }
}
