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

    public int Rows { get; private set; } = Math.Min(most, 2 * Least);

    /// <param name="work">From the beginning of the transaction to the end of its commit.</param>
    public void Took(TimeSpan work) =>
        Rows =
            work > Longest ? Math.Max(Math.Min(Least, most), Rows / 2)
            : work < Longest / 2 ? Math.Min(most, Rows * 2)
            : Rows;
}
