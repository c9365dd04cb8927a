using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Whole lines out of Docker's frames: a frame may hold part of a line, and the two streams interleave.</summary>
internal static class LogLines
{
    /// <summary>Longer lines are cut, and say by how much; so many characters of one line help nobody.</summary>
    private const int MostLineBytes = 64 * 1024;

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
        var lines = new Queue<ContainerLogLine>();
        var size = 0;
        await foreach (var piece in FollowAsync(read, cancellation))
        {
            foreach (var line in piece)
            {
                lines.Enqueue(line);
                size += line.Text.Length;
                while (lines.Count > most || size > MostBytes)
                {
                    size -= lines.Dequeue().Text.Length;
                }
            }
        }
        return [.. lines.OrderBy(line => line.TimeUnixNs)];
    }

    /// <summary>As they come, in pieces that fit a message. Nothing is read while a piece is not taken.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowAsync(
        Read read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var partial = new Dictionary<string, Partial>(StringComparer.Ordinal);
        var buffer = new byte[32 * 1024];
        var lines = new List<ContainerLogLine>();
        var size = 0;
        while (true)
        {
            var (count, stream) = await read(buffer, cancellation);
            if (count == 0)
            {
                break;
            }
            var rest = partial.TryGetValue(stream, out var known) ? known : partial[stream] = new Partial();
            for (var from = 0; from < count; )
            {
                var end = Array.IndexOf(buffer, (byte)'\n', from, count - from);
                var until = end < 0 ? count : end;
                rest.Add(buffer.AsSpan(from, until - from));
                from = until + 1;
                if (end >= 0)
                {
                    lines.Add(Line(stream, rest.Take()));
                    size += lines[^1].Text.Length;
                }
                if (lines.Count == LogPiece.MostLines || size > MostBytes)
                {
                    yield return Taken();
                }
            }
            // A frame is what Docker had at that moment: it goes on as it came.
            if (lines.Count > 0)
            {
                yield return Taken();
            }
        }
        foreach (var (stream, rest) in partial.Where(pair => pair.Value.HasAny))
        {
            lines.Add(Line(stream, rest.Take()));
        }
        if (lines.Count > 0)
        {
            yield return Taken();
        }

        ContainerLogLine[] Taken()
        {
            ContainerLogLine[] taken = [.. lines];
            lines.Clear();
            size = 0;
            return taken;
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

    /// <summary>A line that has begun.</summary>
    private sealed class Partial
    {
        private readonly ArrayBufferWriter<byte> bytes = new(256);
        private long left;

        public bool HasAny => bytes.WrittenCount > 0;

        public void Add(ReadOnlySpan<byte> more)
        {
            var room = (int)Math.Min(more.Length, Math.Max(0, MostLineBytes - bytes.WrittenCount));
            bytes.Write(more[..room]);
            left += more.Length - room;
        }

        public string Take()
        {
            var text = Encoding.UTF8.GetString(bytes.WrittenSpan).TrimEnd('\r');
            text = left == 0 ? text : $"{text} … {left} more bytes";
            bytes.ResetWrittenCount();
            left = 0;
            return text;
        }
    }
}
