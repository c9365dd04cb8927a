using System.IO.Compression;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What is sent, packed (gzip) while it is read, in pieces that one row of the store takes each.</summary>
internal sealed class PackedOriginal : IDisposable
{
    /// <summary>Bytes of a piece: written within some milliseconds, so that nobody waits for the store's one writer.</summary>
    public const int PieceBytes = 128 * 1024;

    /// <summary>Bytes of all pieces: reports of 32 MB have a tenth of that. What is larger is not kept.</summary>
    public const int MostBytes = 8 * 1024 * 1024;

    private readonly Sink sink = new();
    private readonly GZipStream packing;

    public PackedOriginal() => packing = new GZipStream(sink, CompressionLevel.Fastest, leaveOpen: true);

    /// <summary>Bytes that were sent, unpacked.</summary>
    public long Length { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        if (!sink.IsFull)
        {
            packing.Write(bytes);
        }
    }

    /// <summary>All pieces, once everything was added; null when it is larger than what is kept.</summary>
    public IReadOnlyList<byte[]>? Finish()
    {
        packing.Dispose();
        return sink.IsFull ? null : sink.Pieces();
    }

    public void Dispose()
    {
        packing.Dispose();
        sink.Dispose();
    }

    private sealed class Sink : Stream
    {
        private readonly List<byte[]> full = [];
        private byte[] last = [];
        private int used;
        private long total;

        public bool IsFull => total > MostBytes;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => total;

        public override long Position
        {
            get => total;
            set => throw new NotSupportedException();
        }

        public List<byte[]> Pieces() => used == 0 ? full : [.. full, last[..used]];

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            total += buffer.Length;
            if (IsFull)
            {
                full.Clear();
                return;
            }
            while (!buffer.IsEmpty)
            {
                if (used == last.Length)
                {
                    if (used > 0)
                    {
                        full.Add(last);
                    }
                    (last, used) = (new byte[PieceBytes], 0);
                }
                var count = Math.Min(buffer.Length, last.Length - used);
                buffer[..count].CopyTo(last.AsSpan(used));
                used += count;
                buffer = buffer[count..];
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
