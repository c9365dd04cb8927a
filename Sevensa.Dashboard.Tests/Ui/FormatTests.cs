using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class FormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(466d * 1024 * 1024, "466 MiB")]
    [InlineData(double.NaN, "–")]
    public void BytesAreIec(double value, string text) => Assert.Equal(text, Bytes.Text(value));

    [Theory]
    [InlineData(0.00025, "250 µs")]
    [InlineData(0.842, "842 ms")]
    [InlineData(1.84, "1.84 s")]
    [InlineData(14.2, "14.2 s")]
    [InlineData(680, "11 min 20 s")]
    [InlineData(7200, "2 h")]
    [InlineData(8_380_800, "97 d")]
    public void DurationsChangeUnit(double seconds, string text) => Assert.Equal(text, Duration.Seconds(seconds));

    [Theory]
    [InlineData(0.9971, "99.71 %")]
    [InlineData(0.99996, "99.99 %")]
    [InlineData(1, "100 %")]
    [InlineData(0.019, "1.9 %")]
    [InlineData(0, "0 %")]
    public void NearlyAllIsNotAll(double ratio, string text) => Assert.Equal(text, Number.Percent(ratio));

    [Theory]
    [InlineData(1234, "1234")]
    [InlineData(12345, "12.3 k")]
    [InlineData(4_500_000, "4.5 M")]
    [InlineData(0.005, "0.005")]
    [InlineData(0.0018, "0.0018")]
    [InlineData(0.00123, "0.0012")]
    [InlineData(-0.0018, "-0.0018")]
    [InlineData(2e-7, "2e-7")]
    [InlineData(double.PositiveInfinity, "∞")]
    public void CountsAreShort(double value, string text) => Assert.Equal(text, Number.Text(value));

    [Fact]
    public void AgesUseTheCoarsestUnit()
    {
        var now = UiContext.Now;
        Assert.Equal("2 s ago", Duration.Relative(now.AddSeconds(-2), now));
        Assert.Equal("26 h ago", Duration.Relative(now.AddHours(-26), now));
        Assert.Equal("97 d ago", Duration.Relative(now.AddDays(-97), now));
        Assert.Equal("in 52 min", Duration.Relative(now.AddMinutes(52), now));
    }

    [Fact]
    public void Figures_beyond_all_prefixes_are_short_and_nothing_has_no_sign()
    {
        Assert.Equal("1.23e21", Number.Text(1.234e21));
        Assert.Equal("-1.2e15", Number.Text(-1.2e15));
        Assert.Equal("2.5 T", Number.Text(2.5e12));
        Assert.Equal("1.1e18 PiB", Bytes.Text(1.234e33));
        Assert.Equal("0 B", Bytes.Text(-1e-9));
        Assert.Equal("1.23e21 s", Duration.Seconds(1.234e21));
        Assert.Equal("0 µs", Duration.Seconds(-1e-12));
        Assert.Equal("1.23e23 %", Number.Percent(1.234e21));
    }
}
