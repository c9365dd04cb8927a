using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;

namespace Sevensa.Dashboard.Tests.Features.Identity.Places;

/// <summary>Which journeys nobody makes, and what only looks like one.</summary>
public sealed class JourneyTests
{
    private static readonly DateTimeOffset now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private static readonly Place amsterdam = new("NL", "Amsterdam, Netherlands", 52.37, 4.90, 20);
    private static readonly Place newYork = new("US", "New York, United States", 40.81, -73.96, 20);
    private static readonly SignalOptions limits = new();

    [Fact]
    public void An_ocean_within_minutes_is_told_with_how_far_and_how_long()
    {
        var journey = Judge(newYork, Seen(amsterdam, TimeSpan.FromMinutes(12)));
        Assert.Equal("somebody NL:52.4:4.9", journey?.From);
        Assert.StartsWith(
            "This account was used in New York, United States 12 minutes after Amsterdam, Netherlands: at least 5,8",
            journey!.Words,
            StringComparison.Ordinal
        );
        Assert.EndsWith("km apart, which takes 6 hours at 1,000 km/h.", journey.Words, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(7, false)]
    public void It_depends_on_the_time_that_passed(int hours, bool isOdd) =>
        Assert.Equal(isOdd, Judge(newYork, Seen(amsterdam, TimeSpan.FromHours(hours))) is not null);

    [Fact]
    public void At_the_same_moment_it_is_impossible_too() =>
        Assert.NotNull(Judge(newYork, Seen(amsterdam, TimeSpan.Zero)));

    [Fact]
    public void Within_a_country_addresses_are_handed_about()
    {
        var honolulu = new Place("US", "Honolulu, United States", 21.31, -157.86, 20);
        Assert.Null(Judge(honolulu, Seen(newYork, TimeSpan.FromMinutes(1))));
    }

    [Fact]
    public void What_the_database_does_not_know_exactly_is_taken_off()
    {
        // 655 km from Amsterdam.
        var frankfurt = new Place("DE", "Frankfurt (Oder), Germany", 52.34, 14.55, 20);
        Assert.NotNull(Judge(frankfurt, Seen(amsterdam, TimeSpan.Zero)));
        Assert.Null(Judge(frankfurt with { RadiusKm = 200 }, Seen(amsterdam, TimeSpan.Zero)));
    }

    [Fact]
    public void Where_nothing_is_known_nothing_is_said()
    {
        Assert.Null(Judge(newYork));
        Assert.Null(Judge(newYork with { Latitude = null, Longitude = null }, Seen(amsterdam, TimeSpan.Zero)));
        var vague = new Place("NL", "Netherlands", null, null, 0);
        Assert.Null(Judge(newYork, Seen(vague, TimeSpan.Zero)));
        // What is not known in between makes what came before no nearer.
        Assert.NotNull(Judge(newYork, Seen(vague, TimeSpan.Zero), Seen(amsterdam, TimeSpan.FromMinutes(5))));
    }

    [Fact]
    public void Nothing_is_measured_from_where_somebody_else_may_have_been()
    {
        var doubted = Seen(newYork, TimeSpan.FromMinutes(1));
        doubted.IsDoubted = true;
        Assert.Null(Judge(amsterdam, doubted, Seen(amsterdam, TimeSpan.FromMinutes(3))));
    }

    [Fact]
    public void Who_proved_of_late_that_they_are_seen_there_goes_to_and_fro()
    {
        var here = Seen(newYork, TimeSpan.FromHours(30));
        here.ProvedAt = now.AddDays(-29);
        Assert.Null(Journey.Judge([Seen(amsterdam, TimeSpan.Zero), here], here, newYork, now, limits));
        here.ProvedAt = now.AddDays(-31);
        Assert.NotNull(Journey.Judge([Seen(amsterdam, TimeSpan.Zero), here], here, newYork, now, limits));
    }

    private static Journey? Judge(Place to, params PlaceRow[] known) => Journey.Judge(known, null, to, now, limits);

    private static PlaceRow Seen(Place place, TimeSpan ago) =>
        new()
        {
            Id = PlaceStore.IdOf("somebody", place),
            PersonId = "somebody",
            Country = place.Country,
            Words = place.Words,
            Latitude = place.Latitude,
            Longitude = place.Longitude,
            RadiusKm = place.RadiusKm,
            Session = "of-then",
            LastAt = now - ago,
        };
}
