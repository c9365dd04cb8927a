using System.Globalization;
using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>Times as people say them, English and Dutch, on a Wednesday at half past two in Amsterdam (UTC+1).</summary>
public sealed class TimeWordsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 13, 30, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Amsterdam = TimeZoneInfo.FindSystemTimeZoneById("Europe/Amsterdam");

    [Theory]
    [InlineData("what changed last week", "2026-11-15T23:00", "2026-11-22T23:00")]
    [InlineData("wat is er vorige week veranderd", "2026-11-15T23:00", "2026-11-22T23:00")]
    [InlineData("what changed this week", "2026-11-22T23:00", "2026-11-25T13:30")]
    [InlineData("the last 7 days", "2026-11-18T13:30", "2026-11-25T13:30")]
    [InlineData("afgelopen week", "2026-11-18T13:30", "2026-11-25T13:30")]
    [InlineData("last month", "2026-09-30T22:00", "2026-10-31T23:00")]
    [InlineData("what changed last night?", "2026-11-24T21:00", "2026-11-25T05:00")]
    [InlineData("wat gebeurde er vannacht", "2026-11-24T21:00", "2026-11-25T05:00")]
    [InlineData("gisteravond", "2026-11-24T17:00", "2026-11-24T23:00")]
    [InlineData("this morning", "2026-11-25T05:00", "2026-11-25T11:00")]
    [InlineData("vrijdag 18:00", "2026-11-20T16:45", "2026-11-20T17:15")]
    [InlineData("friday at 6 pm", "2026-11-20T16:45", "2026-11-20T17:15")]
    [InlineData("18:00 on friday", "2026-11-20T16:45", "2026-11-20T17:15")]
    [InlineData("om 18:00 gisteren", "2026-11-24T16:45", "2026-11-24T17:15")]
    [InlineData("at 6 pm, 24 november", "2026-11-24T16:45", "2026-11-24T17:15")]
    [InlineData("sinds vrijdag 18:00", "2026-11-20T16:45", "2026-11-25T13:30")]
    [InlineData("logs since last thursday", "2026-11-18T23:00", "2026-11-25T13:30")]
    [InlineData("yesterday", "2026-11-23T23:00", "2026-11-24T23:00")]
    [InlineData("gisteren om 14.30", "2026-11-24T13:15", "2026-11-24T13:45")]
    [InlineData("eergisteren", "2026-11-22T23:00", "2026-11-23T23:00")]
    [InlineData("half an hour ago", "2026-11-25T12:45", "2026-11-25T13:15")]
    [InlineData("een half uur geleden", "2026-11-25T12:45", "2026-11-25T13:15")]
    [InlineData("anderhalf uur geleden", "2026-11-25T11:45", "2026-11-25T12:15")]
    [InlineData("2 hours ago", "2026-11-25T11:15", "2026-11-25T11:45")]
    [InlineData("drie dagen geleden", "2026-11-21T23:00", "2026-11-22T23:00")]
    [InlineData("the last half hour", "2026-11-25T13:00", "2026-11-25T13:30")]
    [InlineData("afgelopen kwartier", "2026-11-25T13:15", "2026-11-25T13:30")]
    [InlineData("errors 1h", "2026-11-25T12:30", "2026-11-25T13:30")]
    [InlineData("tussen 10:00 en 11:00", "2026-11-25T09:00", "2026-11-25T10:00")]
    [InlineData("around 10:00", "2026-11-25T08:45", "2026-11-25T09:15")]
    [InlineData("at 16:00", "2026-11-24T14:45", "2026-11-24T15:15")]
    [InlineData("om half negen", "2026-11-25T07:15", "2026-11-25T07:45")]
    [InlineData("24 november 16:00", "2026-11-24T14:45", "2026-11-24T15:15")]
    [InlineData("august 2, 2025 around 13:45", "2025-08-02T11:30", "2025-08-02T12:00")]
    [InlineData("2 augustus", "2026-08-01T22:00", "2026-08-02T22:00")]
    [InlineData("on 2026-11-20", "2026-11-19T23:00", "2026-11-20T23:00")]
    public void A_time_is_a_window(string said, string from, string to)
    {
        var time = Assert.Single(TimeWords.Take(said, Now, Amsterdam).Times);
        Assert.Equal(At(from), time.From);
        Assert.Equal(At(to), time.To);
        Assert.False(time.IsFuture);
    }

    [Theory]
    [InlineData("tomorrow at 03:00")]
    [InlineData("morgenochtend")]
    [InlineData("volgende week")]
    [InlineData("in 5 minutes")]
    [InlineData("vanavond")]
    [InlineData("over een paar uur")]
    [InlineData("in a couple of hours")]
    [InlineData("in 2 weeks")]
    [InlineData("overmorgen")]
    [InlineData("morgennacht")]
    [InlineData("komende vrijdag")]
    public void What_has_not_come_yet_is_the_future(string said) =>
        Assert.True(Assert.Single(TimeWords.Take(said, Now, Amsterdam).Times).IsFuture);

    [Theory]
    [InlineData("before the last deploy")]
    [InlineData("voor de laatste release")]
    [InlineData("the previous version")]
    public void Some_times_are_known_to_the_releases_alone(string said)
    {
        var time = Assert.Single(TimeWords.Take(said, Now, Amsterdam).Times);
        Assert.Null(time.From);
        Assert.Equal(said, time.Words);
    }

    [Theory]
    [InlineData("restart the rentguy api")]
    [InlineData("scale the worker to 3")]
    [InlineData("show 503 errors of rentguy-api-1")]
    [InlineData("roll back to 2.4.0")]
    public void Other_words_and_numbers_are_no_time(string said) =>
        Assert.Empty(TimeWords.Take(said, Now, Amsterdam).Times);

    private static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
