using System.Text;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Whole lines out of Docker's frames: a frame may hold part of a line, and the two streams interleave.</summary>
internal static class LogLines
{
    /// <summary>Longer lines are cut; so many characters of one line help nobody.</summary>
    private const int MostLineBytes = 16 * 1024;

    /// <summary>All lines together stay well below one hub message.</summary>
    private const int MostBytes = (int)(RunnerProtocol.MaximumMessageBytes / 2);

    public delegate Task<(int Count, string Stream)> Read(byte[] buffer, CancellationToken cancellation);

    /// <summary>Oldest first; the newest <paramref name="most"/> that fit.</summary>
    public static async Task<IReadOnlyList<ContainerLogLine>> ReadAsync(
        Read read,
        int most,
        CancellationToken cancellation
    )
    {
        var lines = new Queue<(ContainerLogLine Line, int Size)>();
        var partial = new Dictionary<string, MemoryStream>(StringComparer.Ordinal);
        var buffer = new byte[32 * 1024];
        var size = 0;
        while (true)
        {
            var (count, stream) = await read(buffer, cancellation);
            if (count == 0)
            {
                break;
            }
            var rest = partial.TryGetValue(stream, out var known) ? known : partial[stream] = new MemoryStream();
            for (var from = 0; from < count; )
            {
                var end = Array.IndexOf(buffer, (byte)'\n', from, count - from);
                var until = end < 0 ? count : end;
                rest.Write(buffer, from, (int)Math.Min(until - from, Math.Max(0, MostLineBytes - rest.Length)));
                from = until + 1;
                if (end >= 0)
                {
                    Take(stream, rest);
                }
            }
        }
        foreach (var (stream, rest) in partial.Where(pair => pair.Value.Length > 0))
        {
            Take(stream, rest);
        }
        return [.. lines.Select(line => line.Line).OrderBy(line => line.TimeUnixNs)];

        void Take(string stream, MemoryStream rest)
        {
            var text = Encoding.UTF8.GetString(rest.GetBuffer(), 0, (int)rest.Length).TrimEnd('\r');
            lines.Enqueue((Line(stream, text), (int)rest.Length));
            size += (int)rest.Length;
            rest.SetLength(0);
            while (lines.Count > most || size > MostBytes)
            {
                size -= lines.Dequeue().Size;
            }
        }
    }

    private static ContainerLogLine Line(string stream, string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var stamp = space < 0 ? text : text[..space];
        return Timestamps.TryUnixNs(stamp, out var time)
            ? new ContainerLogLine(time, stream, space < 0 ? "" : text[(space + 1)..])
            : new ContainerLogLine(0, stream, text);
    }
}
