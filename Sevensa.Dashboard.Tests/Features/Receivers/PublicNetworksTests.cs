using System.Net;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Sending;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

public sealed class PublicNetworksTests
{
    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("2606:2800:220:1::1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.0.0.53", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:192.168.1.1", false)]
    [InlineData("::ffff:93.184.216.34", true)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd12::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:a00:1::1", false)]
    public void Who_is_anybodys_is_told_from_who_is_inside(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicNetworks.Holds(IPAddress.Parse(address)));

    [Theory]
    [InlineData("*", true)]
    [InlineData("proposal.*", true)]
    [InlineData("action.step.done", true)]
    [InlineData("portal.link-created", false)]
    [InlineData("proposal", false)]
    [InlineData("proposal.", false)]
    [InlineData("signin.*", false)]
    [InlineData("proposal.a b", false)]
    public void Kinds_are_those_that_others_may_be_told_of(string kind, bool isKind) =>
        Assert.Equal(isKind, EventKinds.IsKind(kind));
}
