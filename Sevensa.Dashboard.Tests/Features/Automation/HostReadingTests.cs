using NSubstitute;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A host that is away is told by the services that ran there; where that can't be known nothing is.</summary>
public sealed class HostReadingTests
{
    private static readonly StubFleet Fleet = new();

    private static HostReading Reading(IReadOnlyList<string> awaited, params (string Id, HostPresence Presence)[] hosts)
    {
        var fleet = Substitute.For<IFleet>();
        fleet.Hosts.Returns([
            .. hosts.Select(one => new DockerHost(one.Id, one.Id, one.Presence, default, null, null, null, 0, null)),
        ]);
        var all = Fleet.ContainersOf("rentguy");
        fleet
            .ContainersOf("rentguy")
            .Returns([
                .. all,
                .. all.Where(one => one.Facts.Service == "api")
                    .Select(one => one with { HostId = "h2", HostName = "vps-2" }),
            ]);
        fleet.AwaitedFor("rentguy").Returns(awaited);
        return new HostReading(fleet);
    }

    [Fact]
    public void What_ran_there_is_what_it_holds_for()
    {
        var reading = Reading([], ("h1", HostPresence.Connected), ("h2", HostPresence.Lost)).Of("rentguy");
        Assert.Null(reading.Missing);
        var firing = Assert.Single(reading.Firing);
        Assert.Equal(("api", "vps-2 is away"), (firing.Service, firing.Words));
    }

    [Fact]
    public void While_all_are_there_it_holds_for_nothing()
    {
        var reading = Reading([], ("h1", HostPresence.Connected), ("h2", HostPresence.Connected)).Of("rentguy");
        Assert.Null(reading.Missing);
        Assert.Empty(reading.Firing);
    }

    [Fact]
    public void Where_none_is_there_it_is_not_the_hosts()
    {
        var reading = Reading([], ("h1", HostPresence.Lost), ("h2", HostPresence.Lost)).Of("rentguy");
        Assert.Contains("cut off", reading.Missing, StringComparison.Ordinal);
        Assert.Empty(reading.Firing);
    }

    [Fact]
    public void What_has_not_told_yet_is_waited_for()
    {
        var reading = Reading(["vps-2"], ("h1", HostPresence.Connected), ("h2", HostPresence.Lost)).Of("rentguy");
        Assert.Contains("vps-2 has not told yet", reading.Missing, StringComparison.Ordinal);
    }
}
