using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>Logs of a pod's containers, as its node has them.</summary>
internal sealed class PodLogs(KubeApi api)
{
    private const int MostLineLength = 64 * 1024;
    private const int MostTogether = 200;

    public async Task<IReadOnlyList<ContainerLogLine>> TailAsync(
        PodFacts pod,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    )
    {
        var lines = new List<ContainerLogLine>();
        foreach (var container in Names(pod))
        {
            await foreach (var line in ReadAsync(pod, container, tail, sinceUnixMs * 1_000_000, false, cancellation))
            {
                lines.Add(line);
            }
        }
        return [.. lines.OrderBy(line => line.TimeUnixNs).TakeLast(tail)];
    }

    public async IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowAsync(
        PodFacts pod,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // Bounded: nothing more is read of a log than is taken.
        var arrived = Channel.CreateBounded<ContainerLogLine>(MostTogether);
        var reading = Task.WhenAll(Names(pod).Select(container => PassAsync(container)));
        _ = reading.ContinueWith(
            ended => arrived.Writer.TryComplete(ended.Exception?.GetBaseException()),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        try
        {
            while (await arrived.Reader.WaitToReadAsync(cancellation))
            {
                var together = new List<ContainerLogLine>();
                while (together.Count < MostTogether && arrived.Reader.TryRead(out var line))
                {
                    together.Add(line);
                }
                yield return together.ToArray();
            }
        }
        finally
        {
            await ending.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task PassAsync(string container)
        {
            await foreach (var line in ReadAsync(pod, container, tail, sinceUnixNs, follow, ending.Token))
            {
                await arrived.Writer.WriteAsync(line, ending.Token);
            }
        }
    }

    private static IReadOnlyList<string> Names(PodFacts pod) =>
        [.. pod.Containers.Where(one => !one.Init).Select(one => one.Name)];

    private async IAsyncEnumerable<ContainerLogLine> ReadAsync(
        PodFacts pod,
        string container,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var path = string.Create(
            CultureInfo.InvariantCulture,
            $"api/v1/namespaces/{Uri.EscapeDataString(pod.Namespace)}/pods/{Uri.EscapeDataString(pod.Name)}/log?container={Uri.EscapeDataString(container)}&timestamps=true&tailLines={tail}{(follow ? "&follow=true" : "")}{Since(sinceUnixNs)}"
        );
        HttpResponseMessage answer;
        try
        {
            answer = await api.StreamAsync(path, cancellation);
        }
        catch (KubeException exception)
        {
            throw new EngineException(
                exception.Status ?? HttpStatusCode.BadGateway,
                $"The log of {pod.Name} can't be read: {exception.Message.TrimEnd('.')}.",
                exception
            );
        }
        using (answer)
        {
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                yield return Line(line);
            }
        }
    }

    private static string Since(long unixNs) =>
        unixNs <= 0
            ? ""
            : $"&sinceTime={Uri.EscapeDataString(DateTimeOffset.FromUnixTimeMilliseconds(unixNs / 1_000_000).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))}";

    internal static ContainerLogLine Line(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (stamp, text) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
        if (text.Length > MostLineLength)
        {
            text = $"{text[..MostLineLength]} … {text.Length - MostLineLength} more characters";
        }
        return Timestamps.TryUnixNs(stamp, out var time)
            ? new ContainerLogLine(time, "stdout", text)
            : new ContainerLogLine(0, "stdout", line);
    }
}
