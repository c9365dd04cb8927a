using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>Keys are replaced while hosts come and go and actions wait.</summary>
public class KeyRotationTests
{
    private static SignedAction Action(string id, string hostId, ContainerFacts container)
    {
        var plan = Samples.Restart(id, container) with
        {
            Executor = new PlanExecutor(PlanExecutor.Runner, hostId, "vps-1"),
        };
        return Samples.Signed(plan, TimeProvider.System.GetUtcNow()) with { HostId = hostId };
    }

    private static async Task<Delivery> DeliverAsync(HubServer server, SignedEnvelope envelope, string hostId) =>
        await server.Link.DeliverAsync(hostId, envelope, CancellationToken.None);

    [Fact]
    public async Task Actions_go_on_while_the_dashboards_key_is_replaced()
    {
        await using var server = await HubServer.StartAsync();
        using var here = new FakeEngine(TimeProvider.System);
        using var away = new FakeEngine(TimeProvider.System);
        var (first, second) = (here.Add("rentguy-api-1"), away.Add("rentguy-api-2"));
        server.AddRunner("vps-1", here);
        var left = server.AddRunner("vps-2", away);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var other = await server.PresenceAsync("vps-2", HostPresence.Connected);
        await server.EndRunnerAsync(left);
        await server.PresenceAsync("vps-2", HostPresence.Lost);

        // Signed before, delivered after: it is refused without a trace, and signed again it is taken.
        var pending = Action("p1", host.Id, first);
        var old = await server.SignAsync(pending);
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            server.Rotations.RotateActionKeyAsync(Callers.Operator, default)
        );
        var rotated = await server.Rotations.RotateActionKeyAsync(Callers.Admin, default);
        Assert.Equal(["vps-1"], rotated.Pinned);
        Assert.Equal(["vps-2"], rotated.Waiting);
        Assert.Equal("badSignature", (await DeliverAsync(server, old, host.Id)).RefusalCode);
        var signed = await server.SignAsync(pending);
        Assert.Equal(rotated.KeyId, signed.KeyId);
        Assert.True((await DeliverAsync(server, signed, host.Id)).Accepted);

        // The host that was away is given the new key when it is back, by the one that it trusts.
        Assert.NotEqual(rotated.KeyId, (await server.SignAsync(Action("p2", other.Id, second))).KeyId);
        server.AddRunner("vps-2", away);
        await server.PresenceAsync("vps-2", HostPresence.Connected);
        await server.WhenPinnedAsync("vps-2", rotated.KeyId);
        var later = await server.SignAsync(Action("p2", other.Id, second));
        Assert.Equal(rotated.KeyId, later.KeyId);
        Assert.True((await DeliverAsync(server, later, other.Id)).Accepted);
        Assert.Contains(server.Audit.Rows, row => row is { Action: "actionKey.rotated", Actor.Name: "Ada" });
        Assert.Equal(2, server.Audit.Rows.Count(row => row.Action == "runner.keyPinned"));
    }

    [Fact]
    public async Task An_answer_that_was_lost_is_learnt_when_the_host_connects()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var agent = server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var before = (await server.Store.FindAsync(host.Id, default))!.ActionKeyId;
        var rotated = await server.Rotations.RotateActionKeyAsync(Callers.Admin, default);
        // As if the dashboard had died before it could write down that the host took it.
        await server.Store.PinnedAsync(host.Id, before, default);
        await server.EndRunnerAsync(agent);
        await server.PresenceAsync("vps-1", HostPresence.Lost);
        server.AddRunner("vps-1", engine);
        await server.WhenPinnedAsync("vps-1", rotated.KeyId);
    }

    [Fact]
    public async Task A_host_makes_a_new_key_comes_back_with_it_and_the_old_one_opens_nothing()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        var agent = server.AddRunner("vps-1", engine);
        var host = await server.PresenceAsync("vps-1", HostPresence.Connected);
        var before = (await server.Store.FindAsync(host.Id, default))!.PublicKey;
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            server.Rotations.RotateHostKeyAsync(Callers.Operator, host.Id, default)
        );
        await server.Rotations.RotateHostKeyAsync(Callers.Admin, host.Id, default);
        var now = await server.WhenStoredAsync(
            "vps-1",
            row => row.NextPublicKey is null && !row.PublicKey.SequenceEqual(before)
        );
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.keyRotated");
        await server.PresenceAsync("vps-1", HostPresence.Connected);
        Assert.Equal(host.Id, now.Id);
        // The new key is the one that it starts with.
        await server.EndRunnerAsync(agent);
        await server.PresenceAsync("vps-1", HostPresence.Lost);
        server.AddRunner("vps-1", engine);
        await server.PresenceAsync("vps-1", HostPresence.Connected);
    }

    [Fact]
    public void Whatever_dies_between_two_keys_one_of_them_opens()
    {
        var folder = Directory.CreateTempSubdirectory("identity-");
        using (var state = StateFolder.Open(folder.FullName))
        {
            using var identity = HostIdentity.Open(state);
            identity.Keep(new Enrolled("h", "k", [1]));
            var old = identity.PublicKey;
            var fresh = identity.Renew();
            Assert.Equal(fresh, identity.Renew());
            Assert.True(ShownBy(identity).IsSignedBy(fresh));
            // The dashboard never wrote it down: the old one is shown, then the new one again.
            identity.NotTaken();
            Assert.True(ShownBy(identity).IsSignedBy(old));
            identity.Taken();
            using (var restarted = HostIdentity.Open(state))
            {
                Assert.True(ShownBy(restarted).IsSignedBy(fresh));
                restarted.NotTaken();
                Assert.True(ShownBy(restarted).IsSignedBy(old));
            }
            identity.NotTaken();
            identity.Taken();
            Assert.Equal(fresh, identity.PublicKey);
            using var last = HostIdentity.Open(state);
            Assert.Equal(fresh, last.PublicKey);
            last.NotTaken();
            Assert.True(ShownBy(last).IsSignedBy(fresh));
        }
        folder.Delete(recursive: true);
    }

    private static RunnerToken ShownBy(HostIdentity identity) =>
        RunnerToken.Read(identity.Token(TimeProvider.System.GetUtcNow()))!;
}
