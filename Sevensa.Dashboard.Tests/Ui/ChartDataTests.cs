using System.Runtime.CompilerServices;
using Sevensa.Dashboard.Ui.Charts;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class ChartDataTests
{
    [Fact]
    public void SeriesWithTimesOfTheirOwnShareAnAxisWithGaps()
    {
        var data = ChartData.Align([("a", [(1, 10), (3, 30)]), ("b", [(2, 20), (3, 31)])]);
        Assert.Equal([1, 2, 3], data.Times);
        Assert.Equal([10, double.NaN, 30], data.Lines[0].Values);
        Assert.Equal([double.NaN, 20, 31], data.Lines[1].Values);
    }

    [Fact]
    public void TheBlockHoldsTimesThenLines()
    {
        var block = new ChartData([1, 2], [new("a", [3, double.NaN])]).Encode();
        Assert.Equal(32, block.Length);
        Assert.Equal(1, BitConverter.ToDouble(block, 0));
        Assert.Equal(3, BitConverter.ToDouble(block, 16));
        Assert.True(double.IsNaN(BitConverter.ToDouble(block, 24)));
    }

    [Fact]
    public void ALineOfAnotherLengthIsRefused() =>
        Assert.Throws<ArgumentException>(() => new ChartData([1, 2], [new("a", [3])]).Encode());

    [Fact]
    public void AStepForwardHoldsOnlyWhatIsNew()
    {
        var before = new ChartData([10, 20, 30, 40], [new("a", [1, 2, 3, 4]), new("b", [5, double.NaN, 7, 8])]);
        var now = new ChartData([20, 30, 40, 50], [new("a", [2, 3, 4.5, 5]), new("b", [double.NaN, 7, 8, double.NaN])]);
        var piece = now.Since(before)!;
        Assert.Equal((4, 1, 2), (piece.Had, piece.Dropped, piece.Kept));
        Assert.Equal([40, 50, 4.5, 5, 8, null], piece.Figures);
        Assert.Same(piece, now.Since(before));
    }

    [Fact]
    public void AStateDoesNotKeepThoseBeforeIt()
    {
        var (last, first) = Go(3);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(first.TryGetTarget(out _));
        Assert.NotNull(last);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static (ChartData Last, WeakReference<ChartData> First) Go(int steps)
        {
            var data = new ChartData([0, 10, 20, 30], [new("a", [0, 1, 2, 3])]);
            var first = new WeakReference<ChartData>(data);
            for (var i = 1; i <= steps; i++)
            {
                var next = new ChartData(
                    [i * 10, i * 10 + 10, i * 10 + 20, i * 10 + 30],
                    [new("a", [i, i + 1, i + 2, i + 3])]
                );
                Assert.NotNull(next.Since(data));
                data = next;
            }
            return (data, first);
        }
    }

    [Theory]
    [InlineData("other names")]
    [InlineData("other times")]
    [InlineData("other figures")]
    public void WhatDoesNotGoOnIsToldAsAWhole(string how)
    {
        var before = new ChartData([10, 20, 30], [new("a", [1, 2, 3])]);
        var now = how switch
        {
            "other names" => new ChartData([10, 20, 30], [new("b", [1, 2, 3])]),
            "other times" => new ChartData([15, 25, 35], [new("a", [1, 2, 3])]),
            _ => new ChartData([10, 20, 30], [new("a", [9, 2, 3])]),
        };
        Assert.Null(now.Since(before));
    }

    [Fact]
    public void FiguresOfALineSkipItsGaps()
    {
        var line = new ChartLine("a", [double.NaN, 4, 2, double.NaN]);
        Assert.Equal((2d, 2d, 4d, 3d), (line.Last, line.Min, line.Max, line.Average));
        Assert.True(double.IsNaN(new ChartLine("b", [double.NaN]).Last));
    }

    [Fact]
    public void What_is_infinite_is_a_gap_for_the_browser_and_counted_for_the_legend()
    {
        double[] times = [1, 2, 3, 4];
        var one = new ChartData(
            times,
            [
                new ChartLine("inf", [double.PositiveInfinity, double.NegativeInfinity, double.PositiveInfinity, 1]),
                new ChartLine("finite", [60, 1430, 0, 7]),
            ]
        );
        var figures = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(one.Encode()).ToArray();
        Assert.Equal([1, 2, 3, 4, double.NaN, double.NaN, double.NaN, 1, 60, 1430, 0, 7], figures);
        Assert.Equal((3, 0), (one.Lines[0].Infinite, one.Lines[1].Infinite));
        Assert.Equal(1430, one.Lines[1].Max);
        var next = new ChartData(
            [2, 3, 4, 5],
            [
                new ChartLine("inf", [double.NegativeInfinity, double.PositiveInfinity, 1, double.PositiveInfinity]),
                new ChartLine("finite", [1430, 0, 7, 8]),
            ]
        );
        Assert.Equal([5, null, 8], next.Since(one)!.Figures);
    }
}
