using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Containers.Kinds;

/// <summary>Each kind of the catalogue: the plan it makes, and what it refuses.</summary>
public sealed class CataloguePlanTests
{
    [Fact]
    public async Task Limits_are_before_and_after_and_one_step_each()
    {
        await using var yard = new Yard();

        var proposal = await yard.ProposeAsync("container.resources", "api", new { memoryMiB = 768, cpus = 1.5 });

        Assert.Equal(
            [("memory limit of rentguy-api", "512 MiB", "768 MiB"), ("processors of rentguy-api", "no limit", "1.5")],
            proposal.Plan.Changes.Select(change => (change.What, change.Before, change.After))
        );
        var arguments = proposal.Plan.Steps.Single().Arguments!.Value.Deserialize(StepJson.Default.ResourcesArguments)!;
        Assert.Equal((768L << 20, 1.5), (arguments.MemoryBytes, arguments.Cpus));
    }

    [Theory]
    [InlineData("{}", "give memoryMiB, cpus or both")]
    [InlineData("{\"memoryMiB\": 5}", "must be at least 6")]
    [InlineData("{\"memoryMiB\": \"much\"}", "must be integer")]
    [InlineData("{\"memoryMiB\": 512}", "has these limits already")]
    [InlineData("{\"memoryMiB\": 9999999}", "would be none")]
    [InlineData("{\"cpus\": 64}", "can't be given")]
    public async Task Limits_that_make_no_sense_are_refused(string parameters, string why)
    {
        await using var yard = new Yard();

        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            yard.Shop.ProposeAsync("container.resources", "api", parameters)
        );

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_hosts_with_one_of_that_name_the_parameter_says_which()
    {
        await using var yard = new Yard();
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api", id: new string('8', 64), host: "h2");

        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            yard.Shop.ProposeAsync("container.resources", "rentguy-api", """{"cpus": 1}""")
        );
        Assert.Contains("can mean", refused.Message, StringComparison.Ordinal);
        var meant = await yard.ProposeAsync("container.resources", "rentguy-api", new { cpus = 1, host = "vps-1" });
        Assert.Equal(Yard.Api, Assert.Single(meant.Plan.Containers).Id);
        var nowhere = await Assert.ThrowsAsync<CannotPlanException>(() =>
            yard.Shop.ProposeAsync("container.resources", "rentguy-db", """{"cpus": 1, "host": "h2"}""")
        );
        Assert.Contains("rentguy on h2 has no", nowhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scaling_up_names_the_new_ones_and_scaling_down_takes_the_highest()
    {
        await using var yard = new Yard();

        var up = await yard.ProposeAsync("service.scale", "worker", new { replicas = 4, shareVolumes = true });
        Assert.Equal(
            ["rentguy-worker-3", "rentguy-worker-4"],
            up.Plan.Steps.Select(step => step.Arguments!.Value.Deserialize(StepJson.Default.CreateArguments)!.Name)
        );
        Assert.All(
            up.Plan.Steps,
            step => Assert.Equal((StepVerbs.ContainerCreate, new string('b', 64)), (step.Verb, step.On))
        );
        Assert.Equal(2, up.Plan.Containers.Count);

        var down = await yard.ProposeAsync("service.scale", "worker", new { replicas = 1 });
        var step = Assert.Single(down.Plan.Steps);
        Assert.Equal((StepVerbs.ContainerRemove, $"bc{new string('0', 62)}"), (step.Verb, step.On));
    }

    [Fact]
    public async Task What_two_can_t_share_is_not_scaled()
    {
        await using var yard = new Yard();
        Assert.Contains(
            "writes to data:/data",
            await yard.RefusedAsync("service.scale", "worker", new { replicas = 3 }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "2 containers already",
            await yard.RefusedAsync("service.scale", "worker", new { replicas = 2 }),
            StringComparison.Ordinal
        );
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Ports = ["0.0.0.0:443->8443/tcp"] });
        Assert.Contains(
            "publishes 0.0.0.0:443",
            await yard.RefusedAsync("service.scale", "api", new { replicas = 2 }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_deploy_pins_the_digest_that_the_tag_has_now()
    {
        await using var yard = new Yard();
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(reference, null, Yard.Digest("2.4.2"));

        var proposal = await yard.ProposeAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" });

        Assert.Equal([StepVerbs.ImagePull, StepVerbs.ContainerRecreate], proposal.Plan.Steps.Select(step => step.Verb));
        Assert.Equal(
            Yard.Digest("2.4.2"),
            proposal.Plan.Steps[1].Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!.Image
        );
        Assert.Equal(
            Yard.Digest("2.4.2").Split('@')[1],
            proposal.Plan.Steps[0].Arguments!.Value.Deserialize(StepJson.Default.PullArguments)!.Digest
        );
    }

    [Fact]
    public async Task The_scan_gate_is_asked_before_anybody_else()
    {
        await using var yard = new Yard(services => services.AddSingleton<IImageGate, Closed>());
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(reference, null, Yard.Digest("2.4.2"));

        Assert.Contains(
            "CVE-2026-1 is open",
            await yard.RefusedAsync("service.deploy", "api", new { image = "sevensa/rentguy-api:2.4.2" }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_scan_gate_keeps_no_way_back_closed_and_is_told()
    {
        await using var yard = await new Yard(services =>
            services.AddSingleton<IImageGate, Closed>()
        ).WithReleasesAsync();

        var proposal = await yard.ProposeAsync("service.rollback", "api", new { to = "before the last deploy" });

        Assert.Contains(
            proposal.Estimate.Notes!,
            note => note.Contains("CVE-2026-1 is open", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("--privileged")]
    [InlineData("a b")]
    [InlineData("repo@sha256:12")]
    [InlineData("$(reboot)")]
    public async Task What_is_no_image_is_no_parameter(string image)
    {
        await using var yard = new Yard();

        Assert.Contains(
            "image of service.deploy",
            await yard.RefusedAsync("service.deploy", "api", new { image }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Only_images_that_nothing_needs_are_pruned_and_only_the_tenants()
    {
        await using var yard = await new Yard().WithReleasesAsync();

        var proposal = await yard.ProposeAsync("image.prune", "unused");

        var step = Assert.Single(proposal.Plan.Steps);
        Assert.Equal((StepVerbs.ImagePrune, "sha256:" + new string('9', 64)), (step.Verb, step.On));
        Assert.Equal("none", proposal.Plan.Undo.Kind);
        Assert.Contains(
            "a rollback of rentguy/api needs it",
            await yard.RefusedAsync("image.prune", "sevensa/rentguy-api:2.4.0"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no image",
            await yard.RefusedAsync("image.prune", "sevensa/witcom:1"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_network_of_another_tenant_does_not_exist()
    {
        await using var yard = new Yard();

        var proposal = await yard.ProposeAsync("network.connect", "api", new { network = "edge" });
        Assert.Equal(StepVerbs.NetworkConnect, proposal.Plan.Steps.Single().Verb);
        Assert.Contains(
            "has no network \"witcom_default\" for rentguy. There are edge, rentguy_default",
            await yard.RefusedAsync("network.connect", "api", new { network = "witcom_default" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is not connected to edge",
            await yard.RefusedAsync("network.disconnect", "api", new { network = "edge" }),
            StringComparison.Ordinal
        );
        var off = await yard.ProposeAsync("network.disconnect", "api", new { network = "rentguy_default" });
        Assert.Contains(off.Estimate.Notes!, note => note.Contains("only network", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Snapshots_are_taken_of_and_restored_beside_the_tenants_own_volumes()
    {
        await using var yard = new Yard();

        var taken = await yard.ProposeAsync("volume.snapshot", "data");
        Assert.Equal(
            (StepVerbs.VolumeSnapshot, "data"),
            (taken.Plan.Steps.Single().Verb, taken.Plan.Steps.Single().On)
        );
        Assert.Equal(Risk.Low, taken.Risk);
        var restored = await yard.ProposeAsync("volume.restore", "data", new { into = "data-then" });
        Assert.Equal(
            new RestoreArguments("snap1", "data-then"),
            restored.Plan.Steps.Single().Arguments!.Value.Deserialize(StepJson.Default.RestoreArguments)
        );
        var used = await yard.ProposeAsync("volume.restore", "data", new { use = true });
        Assert.Equal(Risk.High, used.Risk);
        Assert.Equal(3, used.Plan.Steps.Count);
        Assert.Contains(
            "already",
            await yard.RefusedAsync("volume.restore", "data", new { into = "data" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "It has data",
            await yard.RefusedAsync("volume.snapshot", "witcom_pgdata"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no snapshot \"x\"",
            await yard.RefusedAsync("volume.restore", "data", new { snapshot = "x" }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_products_own_containers_are_refused_with_the_way_by_hand()
    {
        await using var yard = new Yard();
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { SelfOf = "runner" });
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(reference, "sha256:7", null);

        foreach (
            var (kind, parameters) in new (string, object)[]
            {
                ("container.resources", new { memoryMiB = 700 }),
                ("service.scale", new { replicas = 2 }),
                ("service.deploy", new { image = "a:1" }),
                ("network.connect", new { network = "edge" }),
            }
        )
        {
            var refused = await yard.RefusedAsync(kind, "api", parameters);
            Assert.Contains("this product's own runner", refused, StringComparison.Ordinal);
            Assert.Contains("by hand: docker ", refused, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_runner_that_is_too_old_is_named()
    {
        await using var yard = new Yard();
        yard.Shop.Fleet.Kinds = [StepVerbs.ContainerRestart];

        Assert.Contains(
            "can't do container.resources. Update it",
            await yard.RefusedAsync("container.resources", "api", new { memoryMiB = 700 }),
            StringComparison.Ordinal
        );
    }

    private sealed class Closed : IImageGate
    {
        public Task<string?> ObjectionAsync(
            Caller caller,
            string tenant,
            string digest,
            CancellationToken cancellation
        ) => Task.FromResult<string?>("CVE-2026-1 is open.");
    }
}
