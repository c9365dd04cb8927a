using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// Whole lines out of what Docker sends. The engine keeps a line of more than 16 KiB in pieces and puts the time before each, the
/// same before all of one line: the pieces are joined, and the times between them taken out.
/// </summary>
internal static class LogLines
{
    /// <summary>What Docker takes of a line into one piece.</summary>
    public const int PieceBytes = 16 * 1024;

    /// <summary>Longer lines are cut, and say by how much.</summary>
    internal const int MostLineBytes = 1024 * 1024;

    /// <summary>All lines together stay well below one hub message.</summary>
    private const int MostBytes = (int)(RunnerProtocol.MaximumMessageBytes / 2);

    public delegate Task<LogBytes> Read(byte[] buffer, CancellationToken cancellation);

    /// <summary>The newest lines that fit, whole.</summary>
    /// <param name="most">Of lines.</param>
    /// <param name="pieces">How many pieces Docker was asked for.</param>
    /// <param name="sinceUnixNs">See <see cref="Since"/>; 0 for all.</param>
    public static async Task<LogTail> TailAsync(
        Read read,
        int most,
        int pieces,
        long sinceUnixNs,
        CancellationToken cancellation
    )
    {
        var since = new Since(sinceUnixNs);
        var lines = new Queue<ContainerLogLine>();
        var unfinished = new List<ContainerLogLine>();
        // The first piece of each stream may be the rest of a line whose beginning was not asked for.
        var doubtful = new List<ContainerLogLine>();
        var streams = new HashSet<string>(StringComparer.Ordinal);
        var (size, counted, left) = (0L, 0, false);
        long? first = null;
        await foreach (var (line, of, ended, _) in ReadAsync(read, cancellation))
        {
            counted += of;
            first ??= line.TimeUnixNs;
            // What is younger than the whole answer's first piece began after it.
            var cut = streams.Add(line.Stream) && line.TimeUnixNs <= first;
            if (!since.Wants(line))
            {
                left = true;
                continue;
            }
            if (!ended)
            {
                unfinished.Add(line);
                continue;
            }
            if (cut)
            {
                doubtful.Add(line);
            }
            lines.Enqueue(line);
            size += line.Text.Length;
            while (lines.Count > most || size > MostBytes)
            {
                left = true;
                size -= lines.Dequeue().Text.Length;
            }
        }
        var full = counted >= pieces;
        return new LogTail(
            [.. full ? lines.Where(line => !doubtful.Exists(one => ReferenceEquals(one, line))) : lines],
            unfinished,
            full && !left
        );
    }

    /// <summary>
    /// Lines from a moment on, and those that had begun before it and ended after: a line has the time of its first piece,
    /// and the other stream's lines may stand in between.
    /// </summary>
    public sealed class Since(long unixNs)
    {
        /// <summary>How much earlier Docker is asked for them.</summary>
        public const long MarginNs = 60_000_000_000;

        private bool reached = unixNs <= 0;

        public bool Wants(ContainerLogLine line) => reached = reached || line.TimeUnixNs >= unixNs;
    }

    /// <summary>As they come, in parts that fit a message. Nothing is read while a part is not taken.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowAsync(
        Read read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var lines = new List<ContainerLogLine>();
        var size = 0;
        await foreach (var line in ReadAsync(read, cancellation))
        {
            lines.Add(line.Line);
            size += line.Line.Text.Length;
            // What came together goes on together, and no further line is waited for.
            if (!line.MoreIsHere || lines.Count == LogPiece.MostLines || size > MostBytes)
            {
                yield return lines.ToArray();
                lines.Clear();
                size = 0;
            }
        }
        if (lines.Count > 0)
        {
            yield return lines.ToArray();
        }
    }

    /// <param name="Pieces">Of how many pieces Docker had it.</param>
    /// <param name="Ended">False for what the log breaks off with.</param>
    /// <param name="MoreIsHere">More of it was read already.</param>
    private readonly record struct Found(ContainerLogLine Line, int Pieces, bool Ended, bool MoreIsHere);

    private static async IAsyncEnumerable<Found> ReadAsync(
        Read read,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var open = new Dictionary<string, OpenLine>(StringComparer.Ordinal);
        var buffer = new byte[32 * 1024];
        while (await read(buffer, cancellation) is { Count: > 0 } got)
        {
            var line = open.TryGetValue(got.Stream, out var known) ? known : open[got.Stream] = new OpenLine();
            if (got.Begins && line.HasAny)
            {
                line.ExpectStamp();
            }
            for (var from = 0; from < got.Count; )
            {
                var (used, ended) = line.Take(buffer.AsSpan(from, got.Count - from), framed: got.Begins || line.Framed);
                line.Framed |= got.Begins;
                from += used;
                if (ended)
                {
                    var (text, pieces) = line.End();
                    yield return new Found(Line(got.Stream, text), pieces, true, from < got.Count);
                }
            }
        }
        foreach (var (stream, line) in open.Where(pair => pair.Value.HasAny))
        {
            var (text, pieces) = line.End();
            yield return new Found(Line(stream, text), pieces, false, false);
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

    /// <summary>A line that has begun: its time, a space, and its own bytes.</summary>
    private sealed class OpenLine
    {
        private const byte NewLine = (byte)'\n';
        private const byte Space = (byte)' ';

        private readonly ArrayBufferWriter<byte> bytes = new(256);
        private long missing;
        private int stamp;
        private long own;
        private int pieces = 1;
        private byte[] next = [];

        /// <summary>How much of the time that is looked for between two pieces has come; -1 while none is.</summary>
        private int matched = -1;

        /// <summary>Docker says where a piece begins; with a terminal it can only be told by its length.</summary>
        public bool Framed { get; set; }

        public bool HasAny => bytes.WrittenCount > 0 || missing > 0;

        /// <summary>A new frame begins: the next piece of this line, if the same time stands before it.</summary>
        public void ExpectStamp() => matched = stamp > 0 ? 0 : -1;

        /// <returns>How many were taken, and whether the line ended with them.</returns>
        public (int Used, bool Ended) Take(ReadOnlySpan<byte> more, bool framed)
        {
            var used = 0;
            while (matched >= 0 && used < more.Length)
            {
                if (more[used] != bytes.WrittenSpan[matched])
                {
                    return Mismatch(used, framed);
                }
                used++;
                if (++matched == stamp)
                {
                    (matched, own) = (-1, 0);
                    pieces++;
                }
            }
            if (matched >= 0)
            {
                return (used, false);
            }
            var rest = more[used..];
            if (stamp == 0)
            {
                // The time comes first, whatever is in the line itself.
                var space = rest.IndexOfAny(Space, NewLine);
                var head = space < 0 ? rest : rest[..(space + (rest[space] == Space ? 1 : 0))];
                Add(head);
                used += head.Length;
                if (space < 0)
                {
                    return (used, false);
                }
                if (rest[space] == NewLine)
                {
                    return (used + 1, true);
                }
                stamp = bytes.WrittenCount;
                return (used, false);
            }
            var end = rest.IndexOf(NewLine);
            var until = end < 0 ? rest.Length : end;
            if (!framed && until > PieceBytes - own)
            {
                (until, end) = ((int)(PieceBytes - own), -1);
            }
            Add(rest[..until]);
            own += until;
            if (!framed && own == PieceBytes && end < 0)
            {
                ExpectStamp();
            }
            return (used + until + (end >= 0 ? 1 : 0), end >= 0);
        }

        public (string Text, int Pieces) End()
        {
            var written = bytes.WrittenSpan;
            if (missing == 0 && written is [.., (byte)'\r'])
            {
                written = written[..^1];
            }
            var text = Encoding.UTF8.GetString(missing == 0 ? written : WholeCharacters(written));
            text = missing == 0 ? text : $"{text} … {missing} more bytes";
            var of = pieces;
            bytes.ResetWrittenCount();
            (missing, stamp, own, pieces, matched) = (0, 0, 0, 1, -1);
            bytes.Write(next);
            next = [];
            return (text, of);
        }

        /// <summary>Another time, or none: with frames another line, which began before this one had ended; else the line's own bytes.</summary>
        private (int Used, bool Ended) Mismatch(int used, bool framed)
        {
            var half = bytes.WrittenSpan[..matched].ToArray();
            matched = -1;
            if (framed)
            {
                next = half;
                return (used, true);
            }
            Add(half);
            own = half.Length;
            return (used, false);
        }

        private void Add(ReadOnlySpan<byte> more)
        {
            var room = (int)Math.Min(more.Length, Math.Max(0, MostLineBytes - bytes.WrittenCount));
            bytes.Write(more[..room]);
            missing += more.Length - room;
        }

        private static ReadOnlySpan<byte> WholeCharacters(ReadOnlySpan<byte> cut)
        {
            var end = cut.Length;
            while (end > 0 && end > cut.Length - 4 && (cut[end - 1] & 0xC0) == 0x80)
            {
                end--;
            }
            return end > 0 && cut[end - 1] >= 0xC0 ? cut[..(end - 1)] : cut;
        }
    }
}
