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
    public void FiguresOfALineSkipItsGaps()
    {
        var line = new ChartLine("a", [double.NaN, 4, 2, double.NaN]);
        Assert.Equal((2d, 2d, 4d, 3d), (line.Last, line.Min, line.Max, line.Average));
        Assert.True(double.IsNaN(new ChartLine("b", [double.NaN]).Last));
    }
}
