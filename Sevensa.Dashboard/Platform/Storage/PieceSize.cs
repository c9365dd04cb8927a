using System.Diagnostics;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// How many rows a statement takes that can't be ended half-way: as many as lately were written within some milliseconds, so
/// that others have their turn, whatever the rows hold and however slow the disk is.
/// </summary>
/// <param name="most">Never more than these.</param>
internal sealed class PieceSize(int most)
{
    private const int Least = 5;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(15);

    /// <summary>How many the next piece takes.</summary>
    public int Rows { get; private set; } = Math.Min(most, 2 * Least);

    /// <summary>Writes a piece in a transaction of its own, and notes how long that took.</summary>
    /// <returns>What <paramref name="write"/> gives: the rows that it wrote.</returns>
    public async Task<int> WriteAsync(Store store, Func<Store, Task<int>> write, CancellationToken cancellation)
    {
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        var began = Stopwatch.GetTimestamp();
        var rows = await write(store);
        await transaction.CommitAsync(cancellation);
        Took(Stopwatch.GetElapsedTime(began));
        return rows;
    }

    private void Took(TimeSpan work) =>
        Rows =
            work > Longest ? Math.Max(Math.Min(Least, most), Rows / 2)
            : work < Longest / 2 ? Math.Min(most, Rows * 2)
            : Rows;
}
