using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Containers.Kinds;

/// <summary>What a plan says is what will be: who goes along, what can't be shared, what Docker would refuse, what was left and why.</summary>
public sealed class TrueWordsTests
{
    private static readonly string Child = new('1', 64);

    private static Yard WithSidecar()
    {
        var yard = new Yard();
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Settings = StubFleet.Plain });
        yard.Shop.Fleet.PutSharer("rentguy", "sidecar", Yard.Api, Child);
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(
            reference,
            "sha256:" + new string('7', 64),
            Yard.Digest(reference.Split(':')[^1])
        );
        return yard;
    }

    private static void Change(Yard yard, Func<ContainerSettings, ContainerSettings> change) =>
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Settings = change(facts.Settings ?? StubFleet.Plain) });

    [Fact]
    public async Task A_deploy_creates_anew_who_lives_in_its_network_from_its_own_image_and_after_it()
    {
        await using var yard = WithSidecar();

        var proposal = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });

        Assert.Equal(
            [(StepVerbs.ContainerRecreate, Yard.Api), (StepVerbs.ContainerRecreate, Child)],
            proposal.Plan.Steps.Select(step => (step.Verb, step.On))
        );
        Assert.Null(proposal.Plan.Steps[1].Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!.Image);
        Assert.Equal([Yard.Api, Child], proposal.Plan.Containers.Select(container => container.Id));
        Assert.Contains(proposal.Plan.Changes, change => change.What == "network of sidecar");
        Assert.DoesNotContain(proposal.Plan.Untouched, text => text.Contains("sidecar", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_does_not_run_is_created_anew_too_and_stays_stopped()
    {
        await using var yard = WithSidecar();
        yard.Shop.Fleet.Change(Child, facts => facts with { State = "exited" });
        yard.Shop.Fleet.PutSharer("witcom", "stranger", Yard.Api, new string('2', 64), "exited");

        var proposal = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });

        Assert.Equal([Yard.Api, Child], proposal.Plan.Steps.Select(step => step.On));
        Assert.True(
            proposal.Plan.Steps[1].Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!.KeepStopped
        );
        Assert.Equal(VerificationKinds.Healthy, proposal.Plan.Verification.Kind);
        var all = JsonSerializer.Serialize(proposal);
        Assert.DoesNotContain("stranger", all, StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", all, StringComparison.Ordinal);
        Assert.Contains(proposal.Estimate.Notes!, note => note.Contains("somebody else's", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_in_memory_alone_is_no_volume_that_stays()
    {
        await using var yard = new Yard();
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Mounts = ["data:/data", ":/run/scratch"] });

        var proposal = await yard.ProposeAsync("container.restart", "api", new { });

        Assert.Contains("volumes: data:/data", proposal.Plan.Untouched);
    }

    [Fact]
    public async Task A_rollback_takes_them_along_too()
    {
        await using var yard = await WithSidecar().WithReleasesAsync();

        foreach (var (kind, target) in new[] { ("service.rollback", "api"), ("tenant.rollback", "rentguy") })
        {
            var proposal = await yard.ProposeAsync(kind, target, new { to = "before the last deploy" });
            Assert.Equal([Yard.Api, Child], proposal.Plan.Steps.Select(step => step.On));
        }
    }

    [Fact]
    public async Task A_network_that_is_left_is_left_by_all_who_live_in_it()
    {
        await using var yard = WithSidecar();

        var proposal = await yard.ProposeAsync("network.disconnect", "api", new { network = "rentguy_default" });

        Assert.Contains(
            proposal.Plan.Changes,
            change => change.What.Contains("sidecar", StringComparison.Ordinal) && change.Before == "rentguy_default"
        );
        Assert.DoesNotContain(proposal.Plan.Untouched, text => text.Contains("sidecar", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_whose_network_others_live_in_is_not_scaled_away()
    {
        await using var yard = new Yard();
        yard.Shop.Fleet.PutSharer("rentguy", "sidecar", "rentguy-worker-2", Child);

        Assert.Contains(
            "Stop sidecar first",
            await yard.RefusedAsync("service.scale", "worker", new { replicas = 1 }),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("none", "made without a network")]
    [InlineData("host", "the host's own network")]
    [InlineData("container:rentguy-db", "another container's network")]
    public async Task A_container_that_can_join_no_network_is_not_planned_to(string mode, string why)
    {
        await using var yard = new Yard();
        Change(yard, settings => settings with { NetworkMode = mode });

        Assert.Contains(
            why,
            await yard.RefusedAsync("network.connect", "api", new { network = "edge" }),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("127.0.0.1::80/tcp", true)]
    [InlineData(":80/tcp", true)]
    [InlineData("8000-8010:80/tcp", true)]
    [InlineData("8080:80/tcp", false)]
    [InlineData("[::1]:8080:80/tcp", false)]
    public async Task Ports_are_judged_by_what_was_asked_for(string binding, bool scales)
    {
        await using var yard = new Yard();
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Ports = ["127.0.0.1:32769->80/tcp"] });
        Change(yard, settings => settings with { PortBindings = [binding] });

        if (scales)
        {
            var proposal = await yard.ProposeAsync("service.scale", "api", new { replicas = 2 });
            Assert.Equal("Scale rentguy/api 1 → 2", proposal.Title);
            Assert.Contains(proposal.Estimate.Notes!, note => note.Contains(binding, StringComparison.Ordinal));
        }
        else
        {
            Assert.Contains(
                $"publishes {binding}",
                await yard.RefusedAsync("service.scale", "api", new { replicas = 2 }),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task Limits_that_docker_would_not_take_are_refused_before_anybody_approves()
    {
        await using var yard = new Yard();
        Change(yard, settings => settings with { CpuPeriodUs = 50_000, MemoryReservationBytes = 300L << 20 });

        Assert.Contains(
            "none below 1 ms: give at least 0.02",
            await yard.RefusedAsync("container.resources", "api", new { cpus = 0.01 }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "300 MiB reserved",
            await yard.RefusedAsync("container.resources", "api", new { memoryMiB = 256 }),
            StringComparison.Ordinal
        );
        var planned = await yard.ProposeAsync("container.resources", "api", new { cpus = 1 });
        Assert.Contains(
            planned.Estimate.Notes!,
            note => note.Contains("a quota of a period of 50 ms", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Titles_say_what_will_be()
    {
        await using var yard = await WithSidecar().WithReleasesAsync();
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Settings = StubFleet.Plain });
        var titles = new List<string>();
        foreach (
            var (kind, target, parameters) in new (string, string, object)[]
            {
                ("service.scale", "worker", new { replicas = 4, shareVolumes = true }),
                ("service.scale", "worker", new { replicas = 1 }),
                ("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" }),
                ("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.3" }),
                ("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.3", onBreach = "undo" }),
                ("service.rollback", "api", new { to = "before the last deploy" }),
                ("container.resources", "api", new { memoryMiB = 768 }),
                ("container.resources", "api", new { memoryMiB = 800, cpus = 1.5 }),
                ("network.connect", "api", new { network = "edge" }),
                ("network.connect", "api", new { network = "edge", aliases = new[] { "shop" } }),
                ("volume.restore", "data", new { into = "data-a" }),
                ("volume.restore", "data", new { into = "data-b" }),
            }
        )
        {
            titles.Add((await yard.ProposeAsync(kind, target, parameters)).Title);
        }

        Assert.Equal(titles.Count, titles.Distinct().Count());
        Assert.Equal("Scale rentguy/worker 2 → 4 (share volumes)", titles[0]);
        Assert.Equal("Scale rentguy/worker 2 → 1", titles[1]);
        Assert.StartsWith("Deploy rentguy/api 2.4.1 → 2.4.2", titles[2], StringComparison.Ordinal);
        Assert.StartsWith("Roll rentguy/api back 2.4.1", titles[5], StringComparison.Ordinal);
        Assert.Contains("→ 2.4.0", titles[5], StringComparison.Ordinal);
        Assert.Equal("Change the limits of rentguy-api: memory limit 512 MiB → 768 MiB", titles[6]);
        Assert.Equal("Connect rentguy-api to edge", titles[8]);
    }

    [Fact]
    public async Task A_tag_that_was_moved_makes_another_title()
    {
        await using var yard = WithSidecar();
        var first = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(
            reference,
            "sha256:" + new string('6', 64),
            Yard.Digest("other")
        );
        var second = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });

        Assert.NotEqual(first.Title, second.Title);
    }

    [Fact]
    public async Task Going_back_to_what_was_rolled_away_from_is_riskier_and_says_when_and_why()
    {
        await using var yard = await WithSidecar().WithReleasesAsync();
        await yard.TellAsync(Yard.Facts("r-back", 3, Yard.Deployed.AddHours(2), "2.4.0", Yard.Old));
        yard.Shop.Fleet.Change(
            Yard.Api,
            facts =>
                facts with
                {
                    Image = "sevensa/rentguy-api:2.4.0",
                    ImageId = Yard.Old,
                    ImageDigest = Yard.Digest("2.4.0"),
                }
        );

        var again = await yard.ProposeAsync("service.rollback", "api", new { to = "2.4.1" });
        var deployed = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.1" });
        var fresh = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });

        foreach (var proposal in new[] { again, deployed })
        {
            Assert.Equal(Risk.High, proposal.Risk);
            Assert.Contains(
                proposal.Estimate.Notes!,
                note =>
                    note.Contains("api 2.4.1 was left on 2026-02-28 18:10 UTC for 2.4.0", StringComparison.Ordinal)
                    && note.Contains("docker compose", StringComparison.Ordinal)
            );
        }
        Assert.Equal(Risk.Medium, fresh.Risk);
    }

    [Fact]
    public async Task Going_back_to_what_an_incident_ended_is_riskier_and_names_it()
    {
        await using var yard = await new Yard(services =>
            services.AddSingleton<IIncidents>(new Outage())
        ).WithReleasesAsync();

        var proposal = await yard.ProposeAsync("service.rollback", "api", new { to = "before the last deploy" });

        Assert.Equal(Risk.High, proposal.Risk);
        Assert.Contains(
            proposal.Estimate.Notes!,
            note =>
                note.Contains("while the incident \"Bookings fail\"", StringComparison.Ordinal)
                && note.Contains("2026-02-28 16:10 UTC", StringComparison.Ordinal)
        );
    }

    private sealed class Outage : IIncidents
    {
        public Task<IReadOnlyList<Incident>> BetweenAsync(
            TenantScope scope,
            string tenant,
            DateTimeOffset from,
            DateTimeOffset to,
            bool publishedOnly,
            CancellationToken cancellation
        ) =>
            Task.FromResult<IReadOnlyList<Incident>>([
                Of("Bookings fail", IncidentKind.Incident, ["api"], -30, 10),
                Of("Long over", IncidentKind.Incident, ["api"], -90, -60),
                Of("Another service", IncidentKind.Incident, ["db"], -30, 10),
                Of("Planned", IncidentKind.Maintenance, ["api"], -30, 10),
            ]);

        public IDisposable OnChange(Action changed) => new MemoryStream();

        private static Incident Of(string title, IncidentKind kind, string[] services, int from, int to) =>
            new(
                title,
                "rentguy",
                kind,
                title,
                IncidentState.Resolved,
                IncidentImpact.Major,
                services,
                Yard.Deployed.AddMinutes(from),
                Yard.Deployed.AddMinutes(to),
                false,
                null,
                null,
                "u",
                Yard.Deployed,
                []
            );
    }
}
