using NSubstitute;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A report is taken in only from those who see whom each image that it names runs for.</summary>
public sealed class ScanRightsTests
{
    private static readonly string Own = $"sha256:{1:x64}";
    private static readonly string Shared = $"sha256:{2:x64}";
    private static readonly string Foreign = $"sha256:{3:x64}";
    private static readonly string Nobodys = $"sha256:{4:x64}";
    private static readonly Caller Pipeline = Callers.Person("pipeline", Role.Operator, "rentguy");

    [Fact]
    public void Each_digest_of_a_report_is_looked_at_by_itself()
    {
        var made = new StubFleet();
        HostedContainer Runs(string tenant, string digest) =>
            made.Put(tenant, "s", $"{tenant}-{digest[^1]}", digest[7..]) is var container
                ? container with
                {
                    Facts = container.Facts with { ImageDigest = digest, ImageId = digest },
                }
                : null!;
        var fleet = Substitute.For<IFleet>();
        HostedContainer[] running =
        [
            Runs("rentguy", Own),
            Runs("rentguy", Shared),
            Runs("witcom", Shared),
            Runs("witcom", Foreign),
        ];
        fleet.Containers.Returns(running);
        var rights = new ScanRights(fleet);
        Assert.True(rights.MayReport(Pipeline, [Own], []));
        Assert.True(rights.MayReport(Pipeline, [Own, Shared, Nobodys], []));
        Assert.False(rights.MayReport(Pipeline, [Foreign], []));
        // Beside one's own, another's gate would be opened by it.
        Assert.False(rights.MayReport(Pipeline, [Own, Foreign], []));
        Assert.True(rights.MayReport(Callers.Admin, [Own, Foreign], []));
    }

    [Fact]
    public void Who_says_that_something_does_not_count_sees_all_whom_it_concerns()
    {
        var made = new StubFleet();
        var fleet = Substitute.For<IFleet>();
        HostedContainer[] running =
        [
            .. new[] { ("rentguy", Own), ("rentguy", Shared), ("witcom", Shared) }.Select(one =>
                made.Put(one.Item1, "s", $"{one.Item1}-{one.Item2[^1]}", one.Item2[7..]) is var container
                    ? container with
                    {
                        Facts = container.Facts with { ImageDigest = one.Item2, ImageId = one.Item2 },
                    }
                    : null!
            ),
        ];
        fleet.Containers.Returns(running);
        fleet.NotTold.Returns([]);
        var rights = new ScanRights(fleet);
        Assert.True(rights.SeesAllOf(Pipeline, [Own], []));
        // A report of it may be handed in, and a statement about it is the other tenant's affair too.
        Assert.True(rights.MayReport(Pipeline, [Shared], []));
        Assert.False(rights.SeesAllOf(Pipeline, [Shared], []));
        Assert.True(rights.SeesAllOf(Callers.Admin, [Shared], []));
        Assert.True(rights.SeesAllOf(Pipeline, [Nobodys], []));
        Assert.True(rights.SeesAllOf(Pipeline, [Nobodys], [Image(" rentguy ")]));
        Assert.False(rights.SeesAllOf(Pipeline, [Nobodys], [Image(" rentguy witcom ")]));
        fleet.NotTold.Returns(["h2"]);
        Assert.Throws<NotKnownYetException>(() => rights.SeesAllOf(Pipeline, [Nobodys], [Image(" rentguy ")]));
    }

    [Fact]
    public void Until_every_host_has_told_what_is_everybodys_is_nobodys_who_sees_a_part()
    {
        var fleet = Substitute.For<IFleet>();
        fleet.Containers.Returns([]);
        var rights = new ScanRights(fleet);
        KnownImage everybodys = Image(ImageOwners.All),
            shared = Image(" rentguy witcom "),
            own = Image(" rentguy ");
        foreach (var image in new[] { everybodys, shared, own })
        {
            Assert.True(rights.MaySee(Pipeline, image));
            rights.MustKnow(Pipeline, [image]);
        }
        fleet.NotTold.Returns(["vps-2"]);
        foreach (var image in new[] { everybodys, shared })
        {
            Assert.False(rights.MaySee(Pipeline, image));
            Assert.False(rights.MayReport(Pipeline, [Foreign], [image]));
            Assert.Contains(
                "vps-2",
                Assert.Throws<NotKnownYetException>(() => rights.MustKnow(Pipeline, [image])).Message
            );
            Assert.True(rights.MaySee(Callers.Admin, image));
            rights.MustKnow(Callers.Admin, [image]);
        }
        Assert.True(rights.MaySee(Pipeline, own));
        rights.MustKnow(Pipeline, [own]);
    }

    private static KnownImage Image(string owners) =>
        new(
            new ScannedImageRow
            {
                Id = "i",
                Digest = Foreign,
                Image = "shop/web",
                Owners = owners,
            },
            [Foreign]
        );
}
