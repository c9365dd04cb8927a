using System.Security.Cryptography;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class PlanningTests
{
    [Fact]
    public async Task A_plan_names_exactly_what_is_done_and_what_is_not()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        var plan = proposal.Plan;
        Assert.Equal(ProposalState.Proposed, proposal.State);
        Assert.Equal("Restart rentguy-api", proposal.Title);
        Assert.Equal(Risk.Low, proposal.Risk);
        Assert.Equal(new PlanExecutor("runner", "h1", "vps-1"), plan.Executor);
        var container = Assert.Single(plan.Containers);
        Assert.Equal(
            (new string('a', 64), "sha256:1", "c0ffee", "running"),
            (container.Id, container.ImageDigest, container.ConfigHash, container.State)
        );
        var step = Assert.Single(plan.Steps);
        Assert.Equal(
            (StepVerbs.ContainerRestart, container.Id, "Restart rentguy-api (10 s grace)"),
            (step.Verb, step.On, step.Title)
        );
        Assert.Equal(10, step.Arguments!.Value.GetProperty("graceSeconds").GetInt32());
        Assert.Equal("healthy", plan.Verification.Kind);
        Assert.Contains("other services: db, worker", plan.Untouched);
        Assert.Contains("volumes: data:/data", plan.Untouched);
        Assert.Equal(World.Fingerprint(plan.Containers), plan.World);
        Assert.Equal(proposal.Id, plan.ProposalId);
        Assert.Equal(shop.Time.GetUtcNow().AddHours(1), proposal.ExpiresAt);
        Assert.Contains(shop.Audit.Entries, entry => entry.Action == "proposal.created" && entry.Target == proposal.Id);
    }

    [Fact]
    public async Task The_hash_is_over_the_canonical_plan_and_changes_with_any_part_of_it()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        var json = JsonSerializer.SerializeToElement(proposal.Plan, ActionJson.Default.ActionPlan);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Of(json))), proposal.PlanHash);
        var altered = proposal.Plan with { Steps = [proposal.Plan.Steps[0] with { On = new string('b', 64) }] };
        Assert.NotEqual(proposal.PlanHash, CanonicalJson.Hash(altered, ActionJson.Default.ActionPlan));
        var another = proposal.Plan with { ProposalId = Guid.CreateVersion7().ToString("n") };
        Assert.NotEqual(proposal.PlanHash, CanonicalJson.Hash(another, ActionJson.Default.ActionPlan));
    }

    [Theory]
    [InlineData("rentguy-api", "rentguy-api")]
    [InlineData("/rentguy-api", "rentguy-api")]
    [InlineData("api", "rentguy-api")]
    [InlineData("API", "rentguy-api")]
    [InlineData("aaaaaaaaaaaa", "rentguy-api")]
    [InlineData("service:api", "rentguy-api")]
    [InlineData("container:rentguy-worker-2", "rentguy-worker-2")]
    [InlineData("worker", "worker")]
    public async Task A_target_is_a_container_an_id_or_a_service(string target, string shown)
    {
        await using var shop = new Workshop();
        Assert.Equal(shown, (await shop.ProposeAsync(target: target)).Target);
    }

    [Fact]
    public async Task What_a_runner_has_set_aside_is_never_meant()
    {
        await using var shop = new Workshop();
        shop.Fleet.Put("rentguy", "vpn", "vpn", id: new string('7', 64));
        shop.Fleet.Put("rentguy", "vpn", "sevensa-old-p1-1", id: new string('8', 64));
        shop.Fleet.Put("rentguy", "vpn", "sevensa-new-p2-1", id: new string('9', 64));
        foreach (var target in new[] { "vpn", "service:vpn", "VPN" })
        {
            var plan = (await shop.ProposeAsync(target: target)).Plan;
            Assert.Equal("vpn", Assert.Single(plan.Containers).Name);
            Assert.DoesNotContain(plan.Untouched, text => text.Contains("sevensa-", StringComparison.Ordinal));
        }
        foreach (var target in new[] { "sevensa-old-p1-1", new string('8', 64), "container:sevensa-new-p2-1" })
        {
            var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: target));
            Assert.DoesNotContain("sevensa-old-p1-1 (", refused.Message, StringComparison.Ordinal);
        }
        // Between the two renames there is nobody of that name.
        shop.Fleet.Remove(new string('7', 64));
        var none = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "vpn"));
        Assert.Contains("Ask again", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_containers_own_name_says_more_than_a_label()
    {
        await using var shop = new Workshop();
        shop.Fleet.Put("rentguy", "legacy", "worker", id: new string('7', 64));
        Assert.Equal(new string('7', 64), (await shop.ProposeAsync(target: "worker")).Plan.Containers[0].Id);
        Assert.Equal(2, (await shop.ProposeAsync(target: "service:worker")).Plan.Containers.Count);
        // The start of an id is no name: it can be a service by chance.
        shop.Fleet.Put("rentguy", "cafe", "rentguy-cafe-1", id: new string('6', 64));
        shop.Fleet.Put("rentguy", "other", "rentguy-other-1", id: $"cafe{new string('0', 60)}");
        var either = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "cafe"));
        Assert.Contains("can mean", either.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_means_all_its_replicas_in_order()
    {
        await using var shop = new Workshop();
        shop.Fleet.Put("rentguy", "worker", "rentguy-worker-10", id: new string('9', 64));
        var plan = (await shop.ProposeAsync(target: "worker")).Plan;
        Assert.Equal(
            ["rentguy-worker-1", "rentguy-worker-2", "rentguy-worker-10"],
            plan.Containers.Select(found => found.Name)
        );
        Assert.Equal([1, 2, 3], plan.Steps.Select(step => step.Number));
        Assert.Equal("running", plan.Verification.Kind);
    }

    [Theory]
    [InlineData("container.restart", "nothing-there", null, "Its services are api, db, worker")]
    [InlineData(
        "container.restart",
        "witcom-psra-api",
        null,
        "rentguy has no container or service \"witcom-psra-api\""
    )]
    [InlineData("container.restart", "container:bbbb", """{"graceSeconds":301}""", "at most 300")]
    [InlineData("container.restart", "api", """{"graceSeconds":-1}""", "at least 0")]
    [InlineData("container.restart", "api", """{"graceSeconds":1.5}""", "must be integer")]
    [InlineData("container.restart", "api", """{"graceSeconds":"10"}""", "must be integer, not a string")]
    [InlineData(
        "container.restart",
        "api",
        """{"graceseconds":10}""",
        "\"graceseconds\" is not a parameter of container.restart. There are graceSeconds"
    )]
    [InlineData("container.restart", "api", "[]", "are an object, not an array")]
    [InlineData("container.start", "api", """{"force":true}""", "It takes none")]
    [InlineData(
        "container.start",
        "api",
        null,
        "rentguy-api is running. container.start needs a container that does not run"
    )]
    [InlineData("container.explode", "api", null, "There are container.restart, container.start, container.stop")]
    public async Task What_cannot_be_planned_says_why(string kind, string target, string? parameters, string why)
    {
        await using var shop = new Workshop();
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(kind, target, parameters));
        Assert.Contains(why, refused.Message);
        Assert.Empty(await shop.Proposals.ListAsync(Callers.Admin, new ProposalFilter(), CancellationToken.None));
    }

    [Fact]
    public async Task An_ambiguous_target_lists_its_candidates()
    {
        await using var shop = new Workshop();
        shop.Fleet.Put("rentguy", "gateway", "api", id: new string('7', 64));
        shop.Fleet.Put("rentguy", "x", "x1", id: $"bbbb{new string('1', 60)}");
        // The container has the name; others are only labelled with it.
        Assert.Equal(new string('7', 64), (await shop.ProposeAsync(target: "api")).Plan.Containers[0].Id);
        shop.Fleet.Put("rentguy", "gateway", "api", id: new string('8', 64), host: "h2");
        var twoNames = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "api"));
        Assert.Contains("rentguy-api (aaaaaaaaaaaa", twoNames.Message);
        Assert.Contains("api (777777777777", twoNames.Message);
        Assert.Contains("api (888888888888", twoNames.Message);
        var twoIds = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: "bbbb"));
        Assert.Contains("rentguy-worker-1", twoIds.Message);
        Assert.Contains("x1", twoIds.Message);
        Assert.Equal("rentguy-api", (await shop.ProposeAsync(target: "service:api")).Target);
    }

    [Fact]
    public async Task The_products_own_containers_are_refused_with_the_way_to_do_it_by_hand()
    {
        await using var shop = new Workshop();
        shop.Fleet.Put("rentguy", "runner", "sevensa-runner", id: new string('5', 64), selfOf: "runner");
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            shop.ProposeAsync("container.stop", "sevensa-runner")
        );
        Assert.Contains("docker stop sevensa-runner", refused.Message);
    }

    [Fact]
    public async Task A_lost_host_two_hosts_and_a_paused_container_are_refused()
    {
        await using var shop = new Workshop();
        shop.Fleet.Put("rentguy", "far", "far-1", id: new string('1', 64), host: "h2", connected: false);
        shop.Fleet.Put("rentguy", "both", "both-1", id: new string('2', 64));
        shop.Fleet.Put("rentguy", "both", "both-2", id: new string('3', 64), host: "h2");
        shop.Fleet.Put("rentguy", "asleep", "asleep", id: new string('4', 64), state: "paused");
        foreach (
            var (target, why) in new[]
            {
                ("far", "h2 is not connected"),
                ("both", "vps-1 and h2"),
                ("asleep", "docker unpause asleep"),
            }
        )
        {
            var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync(target: target));
            Assert.Contains(why, refused.Message);
        }
    }

    [Fact]
    public async Task Stop_and_start_undo_each_other()
    {
        await using var shop = new Workshop();
        var stop = await shop.ProposeAsync("container.stop", "api", """{"graceSeconds":0}""");
        Assert.Equal(
            (Risk.Medium, StepVerbs.ContainerStart, "stopped"),
            (stop.Risk, stop.Plan.Undo.Kind, stop.Plan.Verification.Kind)
        );
        shop.Fleet.Change(new string('a', 64), facts => facts with { State = "exited" });
        var start = await shop.ProposeAsync("container.start", "api");
        Assert.Equal(
            (StepVerbs.ContainerStop, "exited", "running"),
            (start.Plan.Undo.Kind, start.Plan.Changes[0].Before, start.Plan.Changes[0].After)
        );
        Assert.Null(start.Plan.Steps[0].Arguments);
    }

    [Fact]
    public async Task Other_tenants_and_other_roles_cannot_propose()
    {
        await using var shop = new Workshop();
        await Assert.ThrowsAsync<UnknownTenantException>(() => shop.ProposeAsync(caller: Callers.Stranger));
        foreach (var caller in new[] { Callers.Viewer, Callers.Approver, Callers.Client })
        {
            await Assert.ThrowsAsync<ForbiddenException>(() => shop.ProposeAsync(caller: caller));
            Assert.Contains(
                shop.Audit.Entries,
                entry => entry.Actor.Id == caller.Subject && entry.Action == "proposal.create"
            );
        }
        Assert.Equal("id-sandbox-automation", (await shop.ProposeAsync(caller: Callers.Program)).RequestedBy.Id);
    }

    [Fact]
    public async Task Earlier_runs_of_the_same_kind_on_the_same_service_stand_beside_the_plan()
    {
        await using var shop = new Workshop();
        foreach (var seconds in new[] { 3.6, 4.4, 4.1 })
        {
            var earlier = await shop.ProposeAsync();
            shop.Time.Advance(TimeSpan.FromMinutes(1));
            await shop.ApproveAsync(earlier);
            await shop.ReportAsync(
                earlier.Id,
                1,
                "outcome",
                outcome: new ActionOutcome(ProposalState.Succeeded, "done", DurationSeconds: seconds)
            );
        }
        Assert.Equal([4.1, 4.4, 3.6], (await shop.ProposeAsync()).Estimate.EarlierSeconds);
        Assert.Equal(4.1, (await shop.ProposeAsync()).Estimate.DowntimeSeconds);
        Assert.Empty((await shop.ProposeAsync("container.stop")).Estimate.EarlierSeconds);
    }
}
