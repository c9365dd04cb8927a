using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Originals;

/// <summary>A packed original, read piece by piece: no more than one is in memory, and nothing holds the store meanwhile.</summary>
internal sealed class Pieces(OriginalStore store, OriginalRow original) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> left;
    private int next;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (left.IsEmpty)
        {
            if (next == original.Pieces)
            {
                return 0;
            }
            left =
                await store.PieceAsync(original.Set, next++, cancellationToken)
                ?? throw new IOException("What was sent was taken away while it was read: its time was over.");
        }
        var count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        left = left[count..];
        return count;
    }
}
