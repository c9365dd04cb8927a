using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Containers.Kinds;

/// <summary>"Rollback RentGuy to yesterday's state": what the plan says, and when there is none.</summary>
public sealed class RollbackPlanTests
{
    [Fact]
    public async Task Yesterday_brings_the_release_back_that_ran_longest_on_that_day()
    {
        await using var yard = await new Yard().WithReleasesAsync();

        var proposal = await yard.ProposeAsync("tenant.rollback", "RentGuy", new { to = "yesterday's state" });

        var plan = proposal.Plan;
        Assert.Equal(Risk.High, proposal.Risk);
        var step = Assert.Single(plan.Steps);
        Assert.Equal((StepVerbs.ContainerRecreate, Yard.Api), (step.Verb, step.On));
        var arguments = step.Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!;
        Assert.Equal((Yard.Old, (string?)null), (arguments.Image, arguments.Specification));
        var change = Assert.Single(plan.Changes);
        Assert.Contains("2.4.1", change.Before, StringComparison.Ordinal);
        Assert.Contains("2.4.0", change.After, StringComparison.Ordinal);
        Assert.Contains("r-old", change.After, StringComparison.Ordinal);
        Assert.Equal(UndoKinds.Reverse, plan.Undo.Kind);
        Assert.Contains(plan.Untouched, text => text.Contains("it stays as it is", StringComparison.Ordinal));
        Assert.Contains(plan.Untouched, text => text.Contains("secrets' versions", StringComparison.Ordinal));
        Assert.Contains(
            proposal.Estimate.Notes!,
            note => note.Contains("16 h 10 min, against 7 h 50 min of 2.4.1", StringComparison.Ordinal)
        );
        Assert.Equal(CanonicalJson.Hash(plan, ActionJson.Default.ActionPlan), proposal.PlanHash);
    }

    [Fact]
    public async Task Configuration_comes_from_the_recorded_specification_and_is_listed_without_values()
    {
        await using var yard = await new Yard().WithReleasesAsync(
            environment: new Dictionary<string, string> { ["DB_PASSWORD"] = "hmac:2" }
        );

        var proposal = await yard.ProposeAsync(
            "service.rollback",
            "api",
            new { to = "before the last deploy", configuration = true }
        );

        var arguments = proposal.Plan.Steps[0].Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!;
        Assert.Equal("spec-r-old", arguments.Specification);
        Assert.Contains(proposal.Plan.Changes, change => change.What == "environment DB_PASSWORD of api");
        Assert.DoesNotContain("hmac", JsonSerializer.Serialize(proposal.Plan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_alone_keeps_the_image_that_runs()
    {
        await using var yard = await new Yard().WithReleasesAsync(
            environment: new Dictionary<string, string> { ["LOG_LEVEL"] = "hmac:2" }
        );

        var proposal = await yard.ProposeAsync("service.rollback", "api", new { code = false, configuration = true });

        var arguments = proposal.Plan.Steps[0].Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!;
        Assert.Equal(("spec-r-old", Yard.New), (arguments.Specification, arguments.Image));
    }

    /// <summary>A deploy that was undone: the former image runs again, and the runner has not yet told of it as a release.</summary>
    [Fact]
    public async Task Nothing_is_planned_while_what_runs_is_not_told_of_as_a_release()
    {
        await using var yard = await new Yard().WithReleasesAsync();
        yard.Shop.Fleet.Change(
            Yard.Api,
            facts => facts with { ImageId = Yard.Old, ImageDigest = Yard.Digest("2.4.0") }
        );

        var refused = await yard.RefusedAsync("service.rollback", "api", new { to = "before the last deploy" });

        Assert.Contains("What runs of api now is not told of as a release yet", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_that_migrated_the_database_is_no_rollback_of_one_click()
    {
        await using var yard = await new Yard().WithReleasesAsync(
            new Dictionary<string, string> { ["sevensa.migrates"] = "true" }
        );

        var refused = await yard.RefusedAsync("service.rollback", "api", new { to = "yesterday" });
        Assert.Contains("sevensa.migrates", refused, StringComparison.Ordinal);
        Assert.Contains("restore side by side", refused, StringComparison.Ordinal);

        var without = await yard.RefusedAsync(
            "service.rollback",
            "api",
            new { to = "yesterday", afterMigration = "sideBySide" }
        );
        Assert.Contains("snapshots", without, StringComparison.Ordinal);

        var known = await yard.ProposeAsync(
            "service.rollback",
            "api",
            new { to = "yesterday", afterMigration = "codeOnly" }
        );
        Assert.Equal(Risk.High, known.Risk);
    }

    [Fact]
    public async Task Data_goes_into_a_new_volume_and_the_old_one_stays()
    {
        await using var yard = await new Yard().WithReleasesAsync();
        await yard.TellAsync(
            Yard.Facts("r-db", 3, Yard.Deployed.AddDays(-30), "15.8", "sha256:1", service: "db", name: "rentguy-db")
        );

        var proposal = await yard.ProposeAsync(
            "tenant.rollback",
            "rentguy",
            new
            {
                to = "yesterday",
                snapshots = new[] { "snap1" },
                services = new[] { "api", "db" },
            }
        );

        var restore = proposal.Plan.Steps[0];
        Assert.Equal((StepVerbs.VolumeRestore, "data"), (restore.Verb, restore.On));
        var into = restore.Arguments!.Value.Deserialize(StepJson.Default.RestoreArguments)!.Into;
        var db = proposal.Plan.Steps.Single(step => step.On == new string('d', 64));
        Assert.Equal(into, db.Arguments!.Value.Deserialize(StepJson.Default.RecreateArguments)!.Volumes!["data"]);
        Assert.Contains(
            proposal.Plan.Untouched,
            text => text.Contains("the present volumes data, which stay as they are", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Who_is_needed_goes_before_who_needs()
    {
        await using var yard = await new Yard().WithReleasesAsync();
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(reference, "sha256:7", null);
        await yard.TellAsync(
            Yard.Facts(
                "w1",
                3,
                Yard.Deployed.AddDays(-20),
                "1",
                "sha256:7",
                service: "aa-web",
                name: "rentguy-aa-web-1",
                needs: ["worker"]
            ),
            Yard.Facts(
                "w2",
                4,
                Yard.Deployed,
                "2",
                "sha256:8",
                service: "aa-web",
                name: "rentguy-aa-web-1",
                needs: ["worker"]
            ),
            Yard.Facts(
                "k1",
                5,
                Yard.Deployed.AddDays(-20),
                "1",
                "sha256:7",
                service: "worker",
                name: "rentguy-worker-1"
            ),
            Yard.Facts("k2", 6, Yard.Deployed, "2", "sha256:8", service: "worker", name: "rentguy-worker-1")
        );
        yard.Shop.Fleet.Put("rentguy", "aa-web", "rentguy-aa-web-1", new string('5', 64));

        var proposal = await yard.ProposeAsync("tenant.rollback", "rentguy", new { to = "yesterday" });

        var order = proposal.Plan.Steps.Select(step => step.On[0]).ToList();
        Assert.True(order.IndexOf('b') < order.IndexOf('5'), string.Join(' ', order));
    }

    [Theory]
    [InlineData("today", "Nothing is to be brought back")]
    [InlineData("2020-01-01", "The oldest that is known is of")]
    [InlineData("soon", "Say it like")]
    [InlineData("tomorrow", "Say it like")]
    public async Task What_can_t_be_planned_says_why(string to, string why)
    {
        await using var yard = await new Yard().WithReleasesAsync();

        Assert.Contains(
            why,
            await yard.RefusedAsync("tenant.rollback", "rentguy", new { to }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Nonsense_in_the_parameters_is_refused_by_name()
    {
        await using var yard = await new Yard().WithReleasesAsync();

        Assert.Contains("missing", await yard.RefusedAsync("tenant.rollback", "rentguy"), StringComparison.Ordinal);
        Assert.Contains(
            "\"when\" is not a parameter",
            await yard.RefusedAsync("tenant.rollback", "rentguy", new { when = "yesterday" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "no time zone",
            await yard.RefusedAsync("tenant.rollback", "rentguy", new { to = "yesterday", timeZone = "Mars/Olympus" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Nothing is to be brought back",
            await yard.RefusedAsync("tenant.rollback", "rentguy", new { to = "yesterday", code = false }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "The target of tenant.rollback is the tenant itself",
            await yard.RefusedAsync("tenant.rollback", "api", new { to = "yesterday" }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_image_that_left_the_host_is_pulled_first_by_its_digest()
    {
        await using var yard = await new Yard().WithReleasesAsync();
        yard.Shop.Link.Resources = yard.Shop.Link.Resources with
        {
            Images = [.. yard.Shop.Link.Resources.Images.Where(image => image.Id != Yard.Old)],
        };
        yard.Shop.Link.OnResolve = reference => new ResolvedImage(reference, null, reference);

        var proposal = await yard.ProposeAsync("service.rollback", "api", new { to = "yesterday" });

        Assert.Equal(
            (StepVerbs.ImagePull, Yard.Digest("2.4.0")),
            (proposal.Plan.Steps[0].Verb, proposal.Plan.Steps[0].On)
        );
        Assert.Equal(StepVerbs.ContainerRecreate, proposal.Plan.Steps[1].Verb);
    }

    [Fact]
    public async Task What_is_told_later_is_what_runs_now_however_long_ago_it_started()
    {
        await using var yard = await new Yard().WithReleasesAsync();
        yard.Shop.Time.Advance(TimeSpan.FromMinutes(1));
        await yard.TellAsync(Yard.Facts("r-again", 3, Yard.Deployed.AddDays(-3), "2.4.0", Yard.Old));

        var refused = await yard.RefusedAsync("service.rollback", "api", new { to = "2.4.0" });

        Assert.Contains("Nothing is to be brought back", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_that_came_since_makes_the_plan_stale()
    {
        await using var yard = await new Yard().WithReleasesAsync();
        var proposal = await yard.ProposeAsync("service.rollback", "api", new { to = "yesterday" });
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-2", new string('7', 64));

        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => yard.Shop.ApproveAsync(proposal));

        Assert.Equal("worldChanged", conflict.Code);
        Assert.Contains("rentguy-api-2 has come to api since", conflict.Differences);
    }
}
