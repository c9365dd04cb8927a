using Sevensa.Dashboard.Ui.Time;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class TimeRangeTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 29, 12, 34, 56, TimeSpan.Zero);
    private static readonly TimeZoneInfo Amsterdam = TimeZoneInfo.FindSystemTimeZoneById("Europe/Amsterdam");

    [Fact]
    public void NoParametersAreTheDefault()
    {
        var range = TimeRange.Parse(null, null, null, out var problem);
        Assert.Null(problem);
        Assert.Equal(TimeRange.Default, range);
        Assert.Equal((Now.AddHours(-4), Now), range.Resolve(Now, TimeZoneInfo.Utc));
        Assert.Equal("", range.ToString());
    }

    [Theory]
    [InlineData("now-90s", "now", "2026-03-29T12:33:26Z", "2026-03-29T12:34:56Z")]
    [InlineData("now-7d", "now-1d", "2026-03-22T12:34:56Z", "2026-03-28T12:34:56Z")]
    [InlineData("1767225600000", "2026-01-01T01:00:00+01:00", null, null)]
    [InlineData("2026-01-31T08:00Z", "2026-01-31T09:30Z", "2026-01-31T08:00:00Z", "2026-01-31T09:30:00Z")]
    public void BoundsAreRead(string from, string to, string? start, string? end)
    {
        var range = TimeRange.Parse(from, to, null, out var problem);
        if (start is null)
        {
            Assert.Equal("The range ends before it starts.", problem);
            return;
        }
        Assert.Null(problem);
        var expected = (
            DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture),
            DateTimeOffset.Parse(end!, System.Globalization.CultureInfo.InvariantCulture)
        );
        Assert.Equal(expected, range.Resolve(Now, TimeZoneInfo.Utc));
    }

    [Fact]
    public void ADayStartsWhereTheViewerIs()
    {
        // 29 March 2026 is the day that summer time starts: midnight is 23:00 UTC, and the day has 23 hours.
        var today = TimeBound.Parse("now/d").Resolve(Now, Amsterdam);
        Assert.Equal(new DateTimeOffset(2026, 3, 28, 23, 0, 0, TimeSpan.Zero), today);
        Assert.Equal(
            new DateTimeOffset(2026, 3, 22, 23, 0, 0, TimeSpan.Zero),
            TimeBound.Parse("now/w").Resolve(Now, Amsterdam)
        );
    }

    [Theory]
    [InlineData("yesterday", null)]
    [InlineData("now-", null)]
    [InlineData("now-5y", null)]
    [InlineData("now-999999d", null)]
    [InlineData("5 o'clock", null)]
    [InlineData("", null)]
    [InlineData(null, "99999999999999999999")]
    [InlineData("now", "now-1h")]
    [InlineData("<script>", null)]
    public void WhatIsNoRangeIsNamedAndTheDefaultTaken(string? from, string? to)
    {
        var range = TimeRange.Parse(from, to, null, out var problem);
        Assert.NotNull(problem);
        Assert.Equal(TimeRange.Default, range);
    }

    [Theory]
    [InlineData("now-1h", "now", "15s", "from=now-1h&to=now&refresh=15s")]
    [InlineData("now-1h", "now", "off", "from=now-1h&to=now&refresh=off")]
    [InlineData("now-1h", "now", null, "from=now-1h&to=now")]
    [InlineData("now-4h", "now", "5s", "")]
    [InlineData("now-1d/d", "now/d", null, "from=now-1d%2Fd&to=now%2Fd")]
    public void WhatIsPrintedReadsTheSame(string from, string to, string? refresh, string printed)
    {
        var range = TimeRange.Parse(from, to, refresh, out _);
        Assert.Equal(printed, range.ToString());
        var query = range.Query();
        Assert.Equal(
            range,
            TimeRange.Parse((string?)query["from"], (string?)query["to"], (string?)query["refresh"], out _)
        );
    }

    [Fact]
    public void WhatHasEndedIsNotLookedAtAgain()
    {
        var range = TimeRange.Parse("2026-01-31T08:00Z", "2026-01-31T09:00Z", "5s", out _);
        Assert.Null(range.Refresh);
    }

    [Fact]
    public void ARefreshBelowASecondIsASecond() =>
        Assert.Equal(TimeSpan.FromSeconds(1), TimeRange.Parse("now-1h", "now", "0s", out _).Refresh);

    [Fact]
    public void RangesHaveNames()
    {
        var zone = new ViewerZone();
        zone.Set("Europe/Amsterdam");
        Assert.Equal("Last 4 hours", TimeRange.Default.Label(Now, zone));
        Assert.Equal("Last 90m", TimeRange.Parse("now-90m", "now", null, out _).Label(Now, zone));
        Assert.Equal(
            "31 Jan 09:00 – 10:30",
            TimeRange.Parse("2026-01-31T08:00Z", "2026-01-31T09:30Z", null, out _).Label(Now, zone)
        );
    }
}
