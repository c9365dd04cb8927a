using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Containers.Unexposing;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>
/// A secret leaves the environment of a container on a real engine: planned from what is there, carried out by the runner's own
/// hands. The container is well with the file alone, and Docker's description of it holds the value no more.
/// </summary>
public sealed class UnexposingOnARealEngine(HostBench bench) : IClassFixture<HostBench>
{
    private const string Value = "hunter2-and-more";
    private const string Path = "app/db-password";

    /// <summary>It is well with the variable, or with a file that holds something.</summary>
    private const string ReadsTheFile =
        "HEALTHCHECK --interval=1s --retries=2 CMD test -n \"$DB_PASSWORD$(cat \"$DB_PASSWORD_FILE\" 2>/dev/null)\"";

    private const string NeedsTheVariable = "HEALTHCHECK --interval=1s --retries=2 CMD test -n \"$DB_PASSWORD\"";

    [Fact]
    public async Task One_that_reads_the_file_is_well_without_the_variable_and_nothing_else_is_another()
    {
        await bench.Docker.ImageAsync("open/reads:1", ReadsTheFile);
        await bench.Files.PutAsync(Path, "value", Value);
        var id = await ContainerAsync("open-reads", "open/reads:1");
        var before = await bench.Docker.InspectAsync(id);

        var outcome = await UnexposeAsync(id);

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var after = await bench.Docker.InspectAsync("open-reads");
        Assert.NotEqual(id, after["Id"]!.GetValue<string>());
        Assert.Equal("healthy", after["State"]!["Health"]!["Status"]!.GetValue<string>());
        Assert.DoesNotContain(Value, after["Config"]!.ToJsonString(), StringComparison.Ordinal);
        var mount = Assert.Single(after["Mounts"]!.AsArray())!;
        Assert.Equal("/run/secrets/db-password", mount["Destination"]!.GetValue<string>());
        Assert.False(mount["RW"]!.GetValue<bool>());
        string[] follows = ["Config.Env", "Config.Labels", "HostConfig.Binds", "Mounts"];
        Assert.DoesNotContain(
            InspectDifference.Of(before, after),
            difference => !follows.Any(path => difference.StartsWith(path, StringComparison.Ordinal))
        );
        await bench.Docker.RemoveAsync("open-reads");
    }

    [Fact]
    public async Task One_that_knows_only_the_variable_gives_its_place_back()
    {
        await bench.Docker.ImageAsync("open/needs:1", NeedsTheVariable);
        await bench.Files.PutAsync(Path, "value", Value);
        var id = await ContainerAsync("open-needs", "open/needs:1");

        var outcome = await UnexposeAsync(id);

        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        var now = await bench.Docker.InspectAsync("open-needs");
        Assert.Equal(id, now["Id"]!.GetValue<string>());
        Assert.Equal("running", now["State"]!["Status"]!.GetValue<string>());
        await bench.Docker.RemoveAsync("open-needs");
    }

    private Task<string> ContainerAsync(string name, string image) =>
        bench.Docker.ContainerAsync(
            name,
            image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy" },
            adjust: body => body["Env"] = new JsonArray("LOG_LEVEL=info", $"DB_PASSWORD={Value}")
        );

    private async Task<ActionOutcome> UnexposeAsync(string id)
    {
        var facts = (await bench.Engine.InspectAsync(id, CancellationToken.None))!;
        Assert.Contains("DB_PASSWORD", facts.EnvironmentNames);
        var planned = UnexposedContainer.Of(
            new HostedContainer("h", "h", true, facts, null),
            new UnexposeChoices("DB_PASSWORD", Path, "value", "DB_PASSWORD_FILE", Differs: false, Grace: 1),
            bench.Files.Top
        );
        Assert.DoesNotContain(Value, JsonSerializer.Serialize(planned.Step), StringComparison.Ordinal);
        return await bench.RunAsync(
            StepVerbs.ContainerUnexpose,
            id,
            planned.Step.Arguments,
            VerificationKinds.Healthy,
            [id]
        );
    }
}
