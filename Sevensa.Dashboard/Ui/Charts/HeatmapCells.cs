using System.Runtime.InteropServices;

namespace Sevensa.Dashboard.Ui.Charts;

/// <summary>How many of what size when: a row for each bucket, lowest first, a column for each time.</summary>
/// <param name="Times">Unix seconds.</param>
/// <param name="Bounds">Upper end of each row as people read it.</param>
/// <param name="Counts">Row by row; NaN where nothing is known.</param>
public sealed record HeatmapCells(double[] Times, IReadOnlyList<string> Bounds, double[] Counts)
{
    public static HeatmapCells None { get; } = new([], [], []);

    public bool IsEmpty => Times.Length == 0 || Bounds.Count == 0;

    /// <summary>The times, then the counts, as little-endian doubles; read by <c>wwwroot-assets/src/heatmap.ts</c>.</summary>
    public byte[] Encode() => [.. MemoryMarshal.AsBytes<double>(Times), .. MemoryMarshal.AsBytes<double>(Counts)];
}
