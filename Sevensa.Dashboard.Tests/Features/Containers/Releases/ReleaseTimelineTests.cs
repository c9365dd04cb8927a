using System.Globalization;
using Sevensa.Dashboard.Features.Containers.Releases;
using Xunit;

namespace Sevensa.Dashboard.Tests.Features.Containers.Releases;

/// <summary>From a moment to the release that is meant.</summary>
public sealed class ReleaseTimelineTests
{
    private static readonly DateTimeOffset Now = Utc("2026-11-25T08:30:00Z");

    private static readonly ReleaseTimeline Api = ReleaseTimeline.Of([
        Made.Release("2.4.1", Utc("2026-11-24T16:10:00Z")),
        Made.Release("2.3.7", Utc("2026-10-15T09:00:00Z")),
        Made.Release("2.4.0", Utc("2026-11-13T11:20:00Z")),
    ]);

    [Fact]
    public void Yesterdays_deploy_at_16_10_gives_what_ran_before_it()
    {
        var found = Find("yesterday");

        Assert.Equal("2.4.0", found.Chosen!.Release.Tag);
        Assert.Equal("2.3.7", found.Before!.Release.Tag);
        Assert.Equal("2.4.1", found.After!.Release.Tag);
        Assert.Contains("16 h 10 min, against 7 h 50 min of 2.4.1", found.Why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yesterday 16:09", "2.4.0")]
    [InlineData("yesterday 16:10", "2.4.1")]
    [InlineData("today", "2.4.1")]
    [InlineData("before the last deploy", "2.4.0")]
    [InlineData("2026-11-13", "2.4.0")]
    [InlineData("2026-11-12", "2.3.7")]
    [InlineData("2.3.7", "2.3.7")]
    [InlineData("v2.4.0", "2.4.0")]
    public void Words_find_the_release_they_mean(string said, string tag) =>
        Assert.Equal(tag, Find(said).Chosen!.Release.Tag);

    [Theory]
    [InlineData("2026-10-01")]
    [InlineData("9.9.9")]
    [InlineData("2026-10-15T08:59:59Z")]
    public void Where_nothing_is_known_nothing_is_chosen(string said)
    {
        var found = Find(said);

        Assert.Null(found.Chosen);
        Assert.NotEmpty(found.Why);
    }

    [Fact]
    public void A_day_on_which_the_service_was_gone_has_no_release_of_it()
    {
        var timeline = ReleaseTimeline.Of([
            Made.Release("1", Utc("2026-11-20T00:00:00Z")),
            Made.Release("1", Utc("2026-11-23T00:00:00Z")) with
            {
                Containers = [],
            },
        ]);

        var found = timeline.Find(MomentReader.Read("yesterday", Now, TimeZoneInfo.Utc), null, Now);

        Assert.Null(found.Chosen);
        Assert.Null(timeline.Current);
    }

    [Theory]
    // As by docker rm and docker run, one after the other.
    [InlineData("2026-11-24T16:09:57Z", "2026-11-24T16:10:00Z", "1")]
    // For hours nothing ran, and that is what was before it.
    [InlineData("2026-11-24T10:10:00Z", "2026-11-24T16:10:00Z", null)]
    // Another service was changed last: this one was away, and is.
    [InlineData("2026-11-24T16:09:57Z", "2026-11-24T16:20:00Z", null)]
    public void What_was_taken_away_and_put_there_anew_ran_before_that(string away, string last, string? tag)
    {
        var gone = Made.Release("1", Utc(away)) with { Containers = [], Fingerprint = "" };
        var anew = Made.Release("2", Utc("2026-11-24T16:10:00Z"));
        var before = Made.Release("1", Utc("2026-11-20T00:00:00Z"));
        var timeline = ReleaseTimeline.Of(last == "2026-11-24T16:20:00Z" ? [before, gone] : [before, gone, anew]);

        var found = timeline.Find(MomentReader.Read("before the last deploy", Now, TimeZoneInfo.Utc), Utc(last), Now);

        Assert.Equal(tag, found.Chosen?.Release.Tag);
    }

    [Fact]
    public void The_release_of_a_day_is_the_one_that_most_minutes_of_it_show()
    {
        var random = new Random(7);
        for (var n = 0; n < 300; n++)
        {
            var day = Utc("2026-11-24T00:00:00Z");
            // On whole minutes, so that counting minutes is exact.
            var releases = Enumerable
                .Range(0, random.Next(1, 7))
                .Select(i => Made.Release($"1.{i}", day.AddMinutes(random.Next(-2000, 2000))))
                .DistinctBy(release => release.At)
                .ToList();
            var timeline = ReleaseTimeline.Of(releases);
            var minutes = Enumerable
                .Range(0, 1440)
                .Select(minute => releases.Where(r => r.At <= day.AddMinutes(minute)).MaxBy(r => r.At))
                .OfType<Release>()
                .GroupBy(release => release.Id)
                .ToDictionary(group => group.Key, group => group.Count());

            var found = timeline.Find(
                new DayMoment("that day", DateOnly.FromDateTime(day.DateTime), day, day.AddDays(1)),
                null,
                Now.AddDays(9)
            );

            if (minutes.Count == 0)
            {
                Assert.Null(found.Chosen);
            }
            else
            {
                Assert.Equal(minutes.Values.Max(), minutes[found.Chosen!.Release.Id]);
            }
        }
    }

    private static FoundRelease Find(string said) =>
        Api.Find(MomentReader.Read(said, Now, TimeZoneInfo.Utc), Api.All[^1].From, Now);

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
