using System.Security.Cryptography;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>What is written into it goes into a file, sealed piece by piece; see <see cref="SealedArchive"/>.</summary>
internal sealed class SealingStream(Stream file, byte[] key) : Stream
{
    private readonly AesGcm aes = new(key, SealedArchive.Tag);
    private readonly byte[] piece = new byte[SealedArchive.Piece];
    private readonly byte[] made = new byte[SealedArchive.Piece + SealedArchive.Tag];
    private int filled;
    private long number;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            // A full piece goes out when there is more: only then it is known not to be the last.
            if (filled == SealedArchive.Piece)
            {
                Put(isLast: false);
            }
            var taken = Math.Min(buffer.Length, SealedArchive.Piece - filled);
            buffer[..taken].CopyTo(piece.AsSpan(filled));
            filled += taken;
            buffer = buffer[taken..];
        }
    }

    /// <summary>Writes the piece that says that it is the last.</summary>
    public void Finish() => Put(isLast: true);

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        aes.Dispose();
        base.Dispose(disposing);
    }

    private void Put(bool isLast)
    {
        aes.Encrypt(
            SealedArchive.Nonce(number++, isLast),
            piece.AsSpan(0, filled),
            made.AsSpan(0, filled),
            made.AsSpan(filled, SealedArchive.Tag)
        );
        file.Write(made.AsSpan(0, filled + SealedArchive.Tag));
        filled = 0;
    }
}
