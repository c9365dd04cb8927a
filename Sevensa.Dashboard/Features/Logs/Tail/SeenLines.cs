using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>
/// Remembers every line of a stretch of time that follows the newest at a distance. Of each it keeps its time and a digest, so
/// that what is remembered takes the same room whatever the lines hold.
/// </summary>
internal sealed class SeenLines(long overlapNs, long startNs)
{
    /// <summary>Under a flood the time that is remembered gets shorter. A hundred thousand take some megabytes.</summary>
    public const int Most = 100_000;

    /// <summary>Streams have few sets of labels; one that makes up many is not waited for.</summary>
    private const int MostShapes = 16;

    private readonly HashSet<Mark> marks = [];

    // Names of the labels that lines came with from a tail that leaves out what the store shows of them.
    private readonly List<string[]> bareShapes = [];
    private int sweepAt = 1024;
    private long forgottenTo = long.MinValue;

    /// <summary>All lines since then that were seen are remembered. Never later than the newest.</summary>
    public long Since { get; private set; } = startNs;

    /// <summary>Lines from then on are not remembered: a flood is stamped by a clock that is ahead.</summary>
    public long Until { get; private set; } = long.MaxValue;

    public long Newest { get; private set; } = startNs;

    public int Count => marks.Count;

    /// <summary>False for a line that was seen. Older ones than are remembered count as new: a tail sends each once.</summary>
    /// <param name="nowNs">A line from the future does not move what is remembered.</param>
    /// <param name="isBare">It may have its stream's labels alone, while the store shows more of it.</param>
    public bool Add(LogLine line, long nowNs, bool isBare = false)
    {
        Newest = Math.Max(Newest, Math.Min(line.TimeUnixNs, nowNs));
        if (Until < long.MaxValue && Newest > forgottenTo)
        {
            Forget(forgottenTo + 1);
            Until = long.MaxValue;
        }
        if (line.TimeUnixNs < Since)
        {
            return true;
        }
        if (line.TimeUnixNs >= Until)
        {
            forgottenTo = Math.Max(forgottenTo, line.TimeUnixNs);
            return true;
        }
        if (isBare)
        {
            Learn(line);
        }
        if (!marks.Add(Mark.Of(line)) || !isBare && CameBare(line))
        {
            return false;
        }
        if (marks.Count >= sweepAt)
        {
            Sweep();
        }
        return true;
    }

    private void Learn(LogLine line)
    {
        if (
            bareShapes.Count < MostShapes
            && !bareShapes.Exists(shape => shape.Length == line.Labels.Count && shape.All(line.Labels.ContainsKey))
        )
        {
            bareShapes.Add([.. line.Labels.Keys]);
        }
    }

    /// <summary>Whether a tail brought it with fewer labels; if not, it is remembered that way too, in case it still does.</summary>
    private bool CameBare(LogLine line)
    {
        var came = false;
        foreach (var shape in bareShapes)
        {
            if (shape.Length < line.Labels.Count && Array.TrueForAll(shape, line.Labels.ContainsKey))
            {
                var bare = new LokiLabels(shape.Select(name => KeyValuePair.Create(name, line.Labels[name])));
                came |= !marks.Add(Mark.Of(line with { Labels = bare }));
            }
        }
        return came;
    }

    private void Sweep()
    {
        Forget(Newest - overlapNs);
        if (marks.Count >= Most)
        {
            // Of one moment all are remembered or none.
            var times = marks.Select(mark => mark.TimeUnixNs).Order().ToArray();
            var middle = times[Most / 2];
            if (middle > Newest)
            {
                Until = middle;
                forgottenTo = Math.Max(forgottenTo, times[^1]);
                marks.RemoveWhere(mark => mark.TimeUnixNs >= Until);
            }
            else
            {
                Forget(times[0] == middle ? middle + 1 : middle);
            }
        }
        sweepAt = Math.Clamp(marks.Count * 2, 1024, Most);
    }

    private void Forget(long beforeNs)
    {
        Since = Math.Max(Since, beforeNs);
        marks.RemoveWhere(mark => mark.TimeUnixNs < Since);
    }

    /// <summary>
    /// What makes a line this one. Lines are anybody's words: with a digest that could be met on purpose, one line would hide
    /// another.
    /// </summary>
    private readonly record struct Mark(long TimeUnixNs, UInt128 Digest)
    {
        public static Mark Of(LogLine line)
        {
            var characters = line.Text.Length + line.Labels.Sum(label => label.Key.Length + label.Value.Length + 4);
            var buffer = ArrayPool<byte>.Shared.Rent(characters * sizeof(char));
            try
            {
                var length = 0;
                foreach (var (name, value) in line.Labels)
                {
                    Put(name);
                    Put(value);
                }
                MemoryMarshal.AsBytes(line.Text.AsSpan()).CopyTo(buffer.AsSpan(length));
                length += line.Text.Length * sizeof(char);
                Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
                SHA256.HashData(buffer.AsSpan(0, length), digest);
                return new Mark(line.TimeUnixNs, BinaryPrimitives.ReadUInt128LittleEndian(digest));

                // Each with its length before it, so that no two lists of labels read alike.
                void Put(string text)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(length), text.Length);
                    length += sizeof(int);
                    MemoryMarshal.AsBytes(text.AsSpan()).CopyTo(buffer.AsSpan(length));
                    length += text.Length * sizeof(char);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
