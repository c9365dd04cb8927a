using System.Globalization;
using Sevensa.Dashboard.Features.Containers.Releases;
using Xunit;

namespace Sevensa.Dashboard.Tests.Features.Containers.Releases;

/// <summary>What people call a point in time, on their own clock.</summary>
public sealed class MomentReaderTests
{
    private static readonly TimeZoneInfo Amsterdam = TimeZoneInfo.FindSystemTimeZoneById("Europe/Amsterdam");

    /// <summary>A Wednesday, 09:30 in Amsterdam.</summary>
    private static readonly DateTimeOffset Now = Utc("2026-11-25T08:30:00Z");

    [Theory]
    [InlineData("yesterday", "2026-11-24")]
    [InlineData("Yesterday's state", "2026-11-24")]
    [InlineData("to yesterday’s state", "2026-11-24")]
    [InlineData("the state of yesterday", "2026-11-24")]
    [InlineData("gisteren", "2026-11-24")]
    [InlineData("today", "2026-11-25")]
    [InlineData("the day before yesterday", "2026-11-23")]
    [InlineData("2 days ago", "2026-11-23")]
    [InlineData("a week ago", "2026-11-18")]
    [InlineData("two weeks ago", "2026-11-11")]
    [InlineData("Friday", "2026-11-20")]
    [InlineData("last friday", "2026-11-20")]
    [InlineData("on Tue", "2026-11-24")]
    [InlineData("Wednesday", "2026-11-18")]
    [InlineData("24 November", "2026-11-24")]
    [InlineData("Nov 24th", "2026-11-24")]
    [InlineData("24 december", "2025-12-24")]
    [InlineData("29 February 2024", "2024-02-29")]
    [InlineData("2026-11-24", "2026-11-24")]
    public void A_day_is_a_day_of_the_operators_calendar(string said, string day)
    {
        var read = Assert.IsType<DayMoment>(MomentReader.Read(said, Now, Amsterdam));

        Assert.Equal(DateOnly.Parse(day, CultureInfo.InvariantCulture), read.Day);
        Assert.Equal(LocalClock.StartOf(read.Day, Amsterdam), read.From);
        Assert.Equal(TimeSpan.FromHours(24), read.To - read.From);
    }

    [Theory]
    [InlineData("yesterday 16:00", "2026-11-24T15:00:00Z")]
    [InlineData("16:00 yesterday", "2026-11-24T15:00:00Z")]
    [InlineData("yesterday at 4pm", "2026-11-24T15:00:00Z")]
    [InlineData("yesterday at 12 am", "2026-11-23T23:00:00Z")]
    [InlineData("Friday 18:00", "2026-11-20T17:00:00Z")]
    [InlineData("on Friday at 6:15 pm", "2026-11-20T17:15:00Z")]
    [InlineData("Wednesday 09:00", "2026-11-25T08:00:00Z")]
    [InlineData("Wednesday 10:00", "2026-11-18T09:00:00Z")]
    [InlineData("yesterday noon", "2026-11-24T11:00:00Z")]
    [InlineData("09:00", "2026-11-25T08:00:00Z")]
    [InlineData("18:00", "2026-11-24T17:00:00Z")]
    [InlineData("2 hours ago", "2026-11-25T06:30:00Z")]
    [InlineData("an hour ago", "2026-11-25T07:30:00Z")]
    [InlineData("90 minutes ago", "2026-11-25T07:00:00Z")]
    [InlineData("3 uur geleden", "2026-11-25T05:30:00Z")]
    [InlineData("24 November 16:10", "2026-11-24T15:10:00Z")]
    [InlineData("2026-11-24 16:10", "2026-11-24T15:10:00Z")]
    [InlineData("2026-11-24T16:10Z", "2026-11-24T16:10:00Z")]
    [InlineData("2026-11-24T16:10:05.5+01:00", "2026-11-24T15:10:05.5Z")]
    public void A_time_is_read_on_the_operators_clock(string said, string at)
    {
        var read = Assert.IsType<InstantMoment>(MomentReader.Read(said, Now, Amsterdam));

        Assert.Equal(Utc(at), read.At);
        Assert.Null(read.Note);
    }

    [Theory]
    [InlineData("before the last deploy")]
    [InlineData("just before the latest release")]
    [InlineData("the previous version")]
    [InlineData("previous release")]
    [InlineData("before the last change")]
    public void What_ran_before_the_last_change(string said) =>
        Assert.IsType<BeforeLastMoment>(MomentReader.Read(said, Now, Amsterdam));

    [Theory]
    [InlineData("2.4.0", "2.4.0")]
    [InlineData("v1.18.0", "v1.18.0")]
    [InlineData("release 2.4.0", "2.4.0")]
    [InlineData("0199c0ffee0199c0ffee0199c0ffee01", "0199c0ffee0199c0ffee0199c0ffee01")]
    public void A_release_by_name(string said, string name) =>
        Assert.Equal(name, Assert.IsType<NamedMoment>(MomentReader.Read(said, Now, Amsterdam)).Name);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("tomorrow")]
    [InlineData("soon")]
    [InlineData("last week")]
    [InlineData("yesterday 25:00")]
    [InlineData("yesterday 13 pm")]
    [InlineData("10:00 yesterday 11:00")]
    [InlineData("31 february")]
    [InlineData("2026-02-30")]
    [InlineData("2026-11-24T99:00")]
    [InlineData("99999 weeks ago")]
    [InlineData("'; drop table releases")]
    public void What_cant_be_read_is_refused_with_what_can(string said)
    {
        var refused = Assert.Throws<UnclearMomentException>(() => MomentReader.Read(said, Now, Amsterdam));

        Assert.Contains("Say it like: yesterday, Friday 18:00", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("today 23:00")]
    [InlineData("2026-11-26")]
    [InlineData("2027-01-01T00:00Z")]
    public void The_future_is_refused(string said) =>
        Assert.Contains(
            "in the future",
            Assert.Throws<UnclearMomentException>(() => MomentReader.Read(said, Now, Amsterdam)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void An_hour_that_was_skipped_is_the_moment_of_the_change()
    {
        var read = Assert.IsType<InstantMoment>(
            MomentReader.Read("29 March 02:30", Utc("2026-03-30T10:00:00Z"), Amsterdam)
        );

        Assert.Equal(Utc("2026-03-29T01:00:00Z"), read.At);
        Assert.Contains("did not exist", read.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void An_hour_that_was_shown_twice_is_the_first_of_the_two()
    {
        var read = Assert.IsType<InstantMoment>(
            MomentReader.Read("25 October 02:30", Utc("2026-10-26T10:00:00Z"), Amsterdam)
        );

        Assert.Equal(Utc("2026-10-25T00:30:00Z"), read.At);
        Assert.Contains("twice", read.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Europe/Amsterdam", "2026-03-30T10:00:00Z", 23)]
    [InlineData("Europe/Amsterdam", "2026-10-26T10:00:00Z", 25)]
    [InlineData("Australia/Lord_Howe", "2026-10-05T10:00:00Z", 23.5)]
    [InlineData("America/Santiago", "2026-09-07T15:00:00Z", 23)]
    public void Yesterday_has_the_length_its_clock_gave_it(string zone, string now, double hours)
    {
        var read = Assert.IsType<DayMoment>(
            MomentReader.Read("yesterday", Utc(now), TimeZoneInfo.FindSystemTimeZoneById(zone))
        );

        Assert.Equal(hours, (read.To - read.From).TotalHours);
    }

    [Fact]
    public void Yesterday_is_the_day_before_in_every_zone_at_any_time()
    {
        var random = new Random(20_417);
        var zones = TimeZoneInfo.GetSystemTimeZones();
        for (var n = 0; n < 20_000; n++)
        {
            var zone = zones[random.Next(zones.Count)];
            var now = Utc("2020-01-01T00:00:00Z").AddSeconds(random.NextInt64(10L * 366 * 86_400));
            var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(now, zone).DateTime);

            var read = Assert.IsType<DayMoment>(MomentReader.Read("yesterday", now, zone));

            Assert.Equal(today.AddDays(-1), read.Day);
            // Every second of it is of that day, and those beside it are not. A day that a zone skipped whole has none.
            if (read.From < read.To)
            {
                Assert.Equal(read.Day, LocalDay(read.From, zone));
                Assert.Equal(read.Day, LocalDay(read.To.AddMilliseconds(-2), zone));
            }
            Assert.NotEqual(read.Day, LocalDay(read.To, zone));
            Assert.True(read.To <= now, $"{zone.Id} {now:O}");
        }

        static DateOnly LocalDay(DateTimeOffset at, TimeZoneInfo zone) =>
            DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);
    }

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
