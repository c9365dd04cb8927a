using NSubstitute;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Gating;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What would change is told of what runs, and of nothing while that is not known.</summary>
public class GatePreviewTests
{
    [Fact]
    public async Task Before_hosts_have_told_it_is_not_known_what_would_change()
    {
        var fleet = Substitute.For<IFleet>();
        fleet.ContainersOf("rentguy").Returns([]);
        fleet.AwaitedFor("rentguy").Returns(["vps-1"]);
        fleet.Hosts.Returns([]);
        var preview = new GatePreview(null!, null!, fleet);
        var caller = new Caller("1", "Operator", Role.Operator, true, TenantSet.All, ApiScopes.All);
        var notKnown = await Assert.ThrowsAsync<NotKnownYetException>(() =>
            preview.OfAsync(caller, "rentguy", null, TestContext.Current.CancellationToken)
        );
        Assert.Contains("vps-1", notKnown.Message, StringComparison.Ordinal);
    }
}
