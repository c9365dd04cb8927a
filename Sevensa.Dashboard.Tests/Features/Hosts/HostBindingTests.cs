using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>What a host may tell of: its own tenants' containers, and none that another host has.</summary>
public class HostBindingTests
{
    private static ContainerFacts Of(string tenant, string name) => Samples.Container(name) with { Tenant = tenant };

    private static ReleaseFacts Release(string id, string tenant, ContainerFacts container) =>
        new(
            id,
            1,
            tenant,
            "api",
            null,
            "f",
            1,
            new ReleaseCause(ReleaseCauses.Unknown),
            [
                new ReleaseContainer(
                    container.Name,
                    container.Id,
                    "s",
                    container.Image,
                    container.ImageId,
                    container.ImageDigest,
                    container.ConfigHash,
                    [],
                    [],
                    [],
                    [],
                    new Dictionary<string, string>(),
                    new Dictionary<string, string>(),
                    new Dictionary<string, string>()
                ),
            ]
        );

    [Fact]
    public async Task A_host_reports_the_tenants_it_was_bound_to_and_no_other()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1", ["rentguy"]);
        await runner.InventoryAsync(Of("rentguy", "rentguy-api-1"), Of("witcom", "witcom-api-1"));
        Assert.Equal("rentguy-api-1", Assert.Single(server.Fleet.Containers).Facts.Name);
        Assert.Empty(server.Fleet.ContainersOf("witcom"));
        var host = Assert.Single(server.Fleet.Hosts);
        Assert.Equal(["rentguy"], host.Tenants);
        var claim = Assert.Single(host.RefusedClaims);
        Assert.Equal(("witcom-api-1", "witcom", null), (claim.Container, claim.Tenant, claim.HeldBy));
        Assert.Contains("not taken", host.Trouble, StringComparison.Ordinal);
        var row = Assert.Single(server.Audit.Rows, row => row.Action == "runner.claimRefused");
        Assert.Equal(("witcom", "vps-1", AuditOutcome.Refused), (row.Tenant, row.Target, row.Outcome));
        // Told again it is not recorded again, and what it tells besides is taken.
        await runner.ChangedAsync([Of("witcom", "witcom-api-1"), Of("rentguy", "rentguy-worker-1")]);
        Assert.Single(server.Audit.Rows, row => row.Action == "runner.claimRefused");
        Assert.Equal(2, server.Fleet.ContainersOf("rentguy").Count);
    }

    [Fact]
    public async Task Claims_that_were_too_many_at_once_are_on_record_later_as_long_as_they_are_made()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1", ["rentguy"]);
        var foreign = Enumerable.Range(1, 25).Select(number => Of("witcom", $"witcom-api-{number}")).ToArray();
        await runner.InventoryAsync(foreign[..20]);
        await runner.InventoryAsync(foreign[20..]);
        Assert.Equal(20, server.Audit.Rows.Count(row => row.Action == "runner.claimRefused"));
        server.Time.Advance(TimeSpan.FromMinutes(6));
        await runner.InventoryAsync(foreign[20..]);
        await runner.InventoryAsync(foreign[20..]);
        Assert.Equal(
            foreign.Select(container => container.Id).Order(),
            server
                .Audit.Rows.Where(row => row.Action == "runner.claimRefused")
                .Select(row => row.Detail!.Split('(', ')')[1])
                .Order()
        );
    }

    [Fact]
    public async Task Neither_events_nor_releases_of_others_are_taken_from_it()
    {
        await using var server = await HubServer.StartAsync();
        await using var own = await RawRunner.ConnectAsync(server, "vps-1", ["witcom"]);
        await using var foreign = await RawRunner.ConnectAsync(server, "vps-2", ["rentguy"]);
        var (held, good) = (Of("witcom", "witcom-api-1"), Of("rentguy", "rentguy-api-1"));
        await own.InventoryAsync(held);
        EngineEvent Died(ContainerFacts facts) =>
            new(1, "container", "die", facts.Id, facts.Name, facts.Tenant, "api", new Dictionary<string, string>());
        await foreign.EventsAsync(Died(held), Died(held with { Tenant = "rentguy" }), Died(good));
        Assert.Empty(server.Fleet.RecentEvents("witcom", 10));
        Assert.Equal(good.Id, Assert.Single(server.Fleet.RecentEvents("rentguy", 10)).Event.ContainerId);
        await foreign.ReleasesAsync(
            Release("r1", "witcom", good),
            Release("r2", "rentguy", held),
            Release("r3", "rentguy", good)
        );
        Assert.Equal("r3", (await server.News.Releases.Reader.ReadAsync()).Id);
        Assert.False(server.News.Releases.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_container_that_another_host_has_is_not_changed_by_who_claims_it()
    {
        await using var server = await HubServer.StartAsync();
        await using var first = await RawRunner.ConnectAsync(server, "vps-2");
        await using var second = await RawRunner.ConnectAsync(server, "vps-1");
        var container = Of("rentguy", "rentguy-api-1");
        await first.InventoryAsync(container);
        await second.InventoryAsync(container with { State = "exited", Tenant = "witcom", Image = "evil:1" });
        await second.ChangedAsync([container with { State = "dead", Name = "other" }], []);
        var seen = Assert.Single(server.Fleet.Containers);
        Assert.Equal(("vps-2", "running", "rentguy"), (seen.HostName, seen.Facts.State, seen.Facts.Tenant));
        Assert.Equal(container.Image, server.Fleet.Find(container.Id)!.Facts.Image);
        Assert.Null(server.Fleet.Find(second.HostId, container.Id));
        var claimant = server.Fleet.Hosts.Single(host => host.Name == "vps-1");
        Assert.Equal("vps-2", Assert.Single(claimant.RefusedClaims).HeldBy);
        Assert.Empty(server.Fleet.Hosts.Single(host => host.Name == "vps-2").RefusedClaims);
        // That the claimant has it no more takes nothing away.
        await second.ChangedAsync([], container.Id);
        Assert.Equal("vps-2", server.Fleet.Find(container.Id)!.HostName);
        Assert.Null(server.Fleet.Hosts.Single(host => host.Name == "vps-1").Trouble);
    }

    [Fact]
    public async Task Who_may_not_report_a_container_keeps_it_from_nobody_who_may()
    {
        await using var server = await HubServer.StartAsync();
        await using var foreign = await RawRunner.ConnectAsync(server, "vps-1", ["rentguy"]);
        await using var own = await RawRunner.ConnectAsync(server, "vps-2", ["witcom"]);
        var container = Of("witcom", "witcom-api-1");
        await foreign.InventoryAsync(container with { Image = "evil:1" });
        await own.InventoryAsync(container);
        var seen = Assert.Single(server.Fleet.ContainersOf("witcom"));
        Assert.Equal(("vps-2", container.Image), (seen.HostName, seen.Facts.Image));
        Assert.Empty(server.Fleet.Hosts.Single(host => host.Name == "vps-2").RefusedClaims);
        Assert.Equal(
            "vps-2",
            Assert.Single(server.Fleet.Hosts.Single(host => host.Name == "vps-1").RefusedClaims).HeldBy
        );
    }

    [Fact]
    public async Task Who_may_no_longer_report_a_container_gives_it_to_the_next_that_may()
    {
        await using var server = await HubServer.StartAsync();
        await using var first = await RawRunner.ConnectAsync(server, "vps-1");
        await using var second = await RawRunner.ConnectAsync(server, "vps-2", ["witcom"]);
        var container = Of("witcom", "witcom-api-1");
        await first.InventoryAsync(container);
        await second.InventoryAsync(container);
        Assert.Equal("vps-1", server.Fleet.Find(container.Id)!.HostName);
        await server.Enrolments.BindAsync(Callers.Admin, first.HostId, ["rentguy"], default);
        Assert.Equal("vps-2", server.Fleet.Find(container.Id)!.HostName);
        // Nor does it come back by a wider binding, as long as the other has it.
        await server.Enrolments.BindAsync(Callers.Admin, first.HostId, null, default);
        Assert.Equal("vps-2", server.Fleet.Find(container.Id)!.HostName);
        await second.ChangedAsync([], container.Id);
        Assert.Equal("vps-1", server.Fleet.Find(container.Id)!.HostName);
    }

    [Fact]
    public async Task Who_told_first_is_known_after_a_restart_too()
    {
        await using var server = await HubServer.StartAsync();
        await using var first = await RawRunner.ConnectAsync(server, "vps-2");
        await using var second = await RawRunner.ConnectAsync(server, "vps-1");
        var (container, other) = (Of("rentguy", "rentguy-api-1"), Of("rentguy", "rentguy-worker-1"));
        await first.InventoryAsync(container, other);
        await server.WhenHeldAsync(held => held.Count == 2);
        await server.RestartAsync();

        await second.ComeBackAsync(server);
        await second.InventoryAsync(container with { Image = "evil:1" }, other with { Image = "evil:1" });
        Assert.Empty(server.Fleet.Containers);
        Assert.All(
            server.Fleet.Hosts.Single(host => host.Name == "vps-1").RefusedClaims,
            claim => Assert.Equal("vps-2", claim.HeldBy)
        );
        await first.ComeBackAsync(server);
        // One was taken away while nobody listened: that it is missing from the whole says so.
        await first.InventoryAsync(container);
        Assert.Equal(
            [("rentguy-api-1", "vps-2"), ("rentguy-worker-1", "vps-1")],
            server.Fleet.Containers.Select(one => (one.Facts.Name, one.HostName))
        );
        await server.WhenHeldAsync(held => held[other.Id] == second.HostId && held[container.Id] == first.HostId);

        await server.Enrolments.RevokeAsync(Callers.Admin, first.HostId, default);
        await server.WhenHeldAsync(held => held.Count == 2 && held.Values.All(host => host == second.HostId));
    }

    [Fact]
    public async Task What_a_revoked_host_had_is_taken_from_the_next_that_tells_of_it()
    {
        await using var server = await HubServer.StartAsync();
        await using var first = await RawRunner.ConnectAsync(server, "vps-1");
        await using var again = await RawRunner.ConnectAsync(server, "vps-1-new");
        var container = Of("rentguy", "rentguy-api-1");
        await first.InventoryAsync(container);
        await again.InventoryAsync(container);
        Assert.Equal("vps-1", server.Fleet.Find(container.Id)!.HostName);
        await server.Enrolments.RevokeAsync(Callers.Admin, first.HostId, default);
        Assert.Equal("vps-1-new", server.Fleet.Find(container.Id)!.HostName);
    }

    [Fact]
    public async Task Binding_holds_from_then_on_and_over_a_restart()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        Assert.Null(Assert.Single(server.Fleet.Hosts).Tenants);
        await runner.InventoryAsync(Of("rentguy", "rentguy-api-1"), Of("witcom", "witcom-api-1"));
        Assert.Equal(2, server.Fleet.Containers.Count);
        await server.Enrolments.BindAsync(Callers.Admin, runner.HostId, ["witcom"], default);
        Assert.Equal("witcom", Assert.Single(server.Fleet.Containers).Facts.Tenant);
        Assert.Single(server.Audit.Rows, row => row.Action == "runner.bound" && row.Detail!.Contains("any tenant"));
        await server.RestartAsync();
        Assert.Equal(["witcom"], Assert.Single(server.Fleet.Hosts).Tenants);
        await runner.ComeBackAsync(server);
        await runner.InventoryAsync(Of("rentguy", "rentguy-api-1"));
        Assert.Empty(server.Fleet.Containers);
    }

    [Fact]
    public async Task A_session_in_doubt_lets_no_host_in_widens_none_and_puts_one_out()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        await server.Enrolments.BindAsync(Callers.Admin, runner.HostId, ["rentguy", "witcom"], default);
        const string doubt = "This session is in doubt.";
        server.StepUp.Doubt = doubt;
        await RefusedAsync(() => server.Enrolments.IssueAsync(Callers.Admin, null, default));
        await RefusedAsync(() => server.Enrolments.BindAsync(Callers.Admin, runner.HostId, null, default));
        await RefusedAsync(() => server.Rotations.RotateActionKeyAsync(Callers.Admin, default));
        await RefusedAsync(() => server.Rotations.RotateHostKeyAsync(Callers.Admin, runner.HostId, default));
        await server.Enrolments.BindAsync(Callers.Admin, runner.HostId, ["rentguy"], default);
        await RefusedAsync(() => server.Enrolments.BindAsync(Callers.Admin, runner.HostId, ["witcom"], default));
        Assert.Equal(["rentguy"], Assert.Single(server.Fleet.Hosts).Tenants);
        await server.Enrolments.RevokeAsync(Callers.Admin, runner.HostId, default);
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.revoked");

        static async Task RefusedAsync(Func<Task> deed)
        {
            var refused = await Assert.ThrowsAsync<ForbiddenException>(deed);
            Assert.Equal((StepUpDoor.Code, doubt), (refused.Code, refused.Message));
        }
    }

    [Fact]
    public async Task Only_tenants_that_there_are_are_bound_and_only_by_administrators()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        var nobody = await Assert.ThrowsAsync<EnrolmentRefusedException>(() =>
            server.Enrolments.IssueAsync(Callers.Admin, ["nobody"], default)
        );
        Assert.Contains("rentguy", nobody.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EnrolmentRefusedException>(() =>
            server.Enrolments.BindAsync(Callers.Admin, runner.HostId, [], default)
        );
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            server.Enrolments.BindAsync(Callers.Operator, runner.HostId, ["rentguy"], default)
        );
        await Assert.ThrowsAsync<UnknownHostException>(() =>
            server.Enrolments.BindAsync(Callers.Admin, "none", ["rentguy"], default)
        );
    }

    [Fact]
    public async Task A_binding_made_while_an_older_one_was_read_stands()
    {
        var meanwhile = new Meanwhile();
        await using var server = await HubServer.StartAsync(services =>
            services.ConfigureDbContext<SqliteStore>(options => options.AddInterceptors(meanwhile))
        );
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1", ["rentguy", "witcom"]);
        var fleet = server.Services.GetRequiredService<Fleet>();
        var rows = server.Services.GetRequiredService<KnownHosts>();
        var cancellation = TestContext.Current.CancellationToken;
        foreach (
            var (now, refresh) in new (string, Func<Task>)[]
            {
                ("rentguy", () => rows.RefreshAsync(runner.HostId, cancellation)),
                ("witcom", () => rows.RefreshAsync(cancellation)),
            }
        )
        {
            meanwhile.Do = async () =>
            {
                await server.Store.BindAsync(runner.HostId, [now], cancellation);
                fleet.Bind(runner.HostId, [now]);
            };
            await refresh();
            Assert.Null(meanwhile.Do);
            Assert.Equal([now], fleet.FindHost(runner.HostId)!.Tenants);
        }
        // What another dashboard wrote is still taken over.
        await server.Store.BindAsync(runner.HostId, ["rentguy"], cancellation);
        await rows.RefreshAsync(runner.HostId, cancellation);
        Assert.Equal(["rentguy"], fleet.FindHost(runner.HostId)!.Tenants);
    }

    /// <summary>Does something once after hosts were read and before anybody has the answer.</summary>
    private sealed class Meanwhile : DbCommandInterceptor
    {
        public Func<Task>? Do { get; set; }

        public override async ValueTask<DbDataReader> ReaderExecutedAsync(
            DbCommand command,
            CommandExecutedEventData eventData,
            DbDataReader result,
            CancellationToken cancellationToken = default
        )
        {
            if (Do is { } once && command.CommandText.Contains("\"Tenants\"", StringComparison.Ordinal))
            {
                Do = null;
                await once();
            }
            return result;
        }
    }
}
