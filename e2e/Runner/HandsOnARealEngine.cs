using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>Each verb on a real engine, and what happens when it can't be done: Docker's words, and everything as it was.</summary>
public sealed class HandsOnARealEngine(HostBench bench) : IClassFixture<HostBench>
{
    private const string Image = "hands/app:1";
    private const string Other = "hands/app:2";
    private const string Crashing = "hands/app:crashing";

    private async Task<string> ContainerAsync(string name, Action<JsonObject>? adjust = null)
    {
        await bench.Docker.ImageAsync(Image);
        await bench.Docker.ImageAsync(Other);
        // Says where it fails: the image's own health check, which a container inherits.
        await bench.Docker.ImageAsync(Crashing, "HEALTHCHECK --interval=1s --retries=1 CMD false");
        return await bench.Docker.ContainerAsync(
            name,
            Image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy" },
            adjust: adjust
        );
    }

    private async Task<ActionOutcome> DeployAsync(string id, string image) =>
        await bench.RunAsync(
            StepVerbs.ContainerRecreate,
            id,
            StepJson.Of(
                new RecreateArguments(
                    Image: (await bench.Docker.GetAsync($"images/{image}/json"))["Id"]!.GetValue<string>(),
                    GraceSeconds: 1,
                    SteadySeconds: 1
                )
            ),
            containers: [id]
        );

    private async Task NothingIsLeftAsync() =>
        Assert.DoesNotContain(
            await bench.Docker.ContainersAsync(),
            container => container!["Names"]![0]!.GetValue<string>().StartsWith("/sevensa-", StringComparison.Ordinal)
        );

    [Fact]
    public async Task An_image_whose_health_fails_gives_the_place_back_and_the_same_container_runs_again()
    {
        var id = await ContainerAsync(
            "h-unhealthy",
            body => body["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = "always" }
        );
        var outcome = await DeployAsync(id, Crashing);
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains("unhealthy", outcome.Text, StringComparison.Ordinal);
        var now = await bench.Docker.InspectAsync("h-unhealthy");
        Assert.Equal(id, now["Id"]!.GetValue<string>());
        Assert.Equal("running", now["State"]!["Status"]!.GetValue<string>());
        Assert.Equal("always", now["HostConfig"]!["RestartPolicy"]!["Name"]!.GetValue<string>());
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Another_image_takes_over_address_port_and_data()
    {
        await MakeNetworkAsync("h-net", "10.79.0.0/24");
        var id = await ContainerAsync(
            "h-deploy",
            body =>
            {
                body["Volumes"] = new JsonObject { ["/data"] = new JsonObject() };
                body["HostConfig"]!["NetworkMode"] = "h-net";
                body["ExposedPorts"] = JsonNode.Parse("""{"80/tcp":{}}""");
                body["HostConfig"]!["PortBindings"] = JsonNode.Parse(
                    """{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":"18999"}]}"""
                );
                body["NetworkingConfig"] = JsonNode.Parse(
                    """{"EndpointsConfig":{"h-net":{"IPAMConfig":{"IPv4Address":"10.79.0.40"},"Aliases":["shop"]}}}"""
                );
            }
        );
        var before = await bench.Docker.InspectAsync(id);
        var outcome = await DeployAsync(id, Other);
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var now = await bench.Docker.InspectAsync("h-deploy");
        Assert.NotEqual(id, now["Id"]!.GetValue<string>());
        Assert.Equal(Other, now["Config"]!["Image"]!.GetValue<string>());
        Assert.Equal("10.79.0.40", now["NetworkSettings"]!["Networks"]!["h-net"]!["IPAddress"]!.GetValue<string>());
        Assert.Equal("18999", now["NetworkSettings"]!["Ports"]!["80/tcp"]![0]!["HostPort"]!.GetValue<string>());
        Assert.Equal(before["Mounts"]![0]!["Name"]!.GetValue<string>(), now["Mounts"]![0]!["Name"]!.GetValue<string>());
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_port_that_somebody_took_meanwhile_is_told_in_dockers_words_and_undone()
    {
        var id = await ContainerAsync(
            "h-port",
            body =>
            {
                body["HostConfig"]!["NetworkMode"] = "bridge";
                body["ExposedPorts"] = JsonNode.Parse("""{"80/tcp":{}}""");
                body["HostConfig"]!["PortBindings"] = JsonNode.Parse("""{"80/tcp":[{"HostPort":"18777"}]}""");
            }
        );
        await bench.Docker.PostAsync($"containers/{id}/stop?t=1");
        await ContainerAsync(
            "h-port-thief",
            body =>
            {
                body["HostConfig"]!["NetworkMode"] = "bridge";
                body["ExposedPorts"] = JsonNode.Parse("""{"80/tcp":{}}""");
                body["HostConfig"]!["PortBindings"] = JsonNode.Parse("""{"80/tcp":[{"HostPort":"18777"}]}""");
            }
        );
        var record = bench.Bench.Specifications.Keep((await bench.Reader.ReadAsync(id, CancellationToken.None))!);
        await bench.Docker.RemoveAsync(id);
        var outcome = await bench.RunAsync(
            StepVerbs.ContainerCreate,
            record,
            StepJson.Of(new CreateArguments(SteadySeconds: 0))
        );
        Assert.Equal(ProposalState.RolledBack, outcome.State);
        Assert.Contains("18777", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            await bench.Docker.ContainersAsync(),
            container => container!["Names"]![0]!.GetValue<string>() == "/h-port"
        );
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_snapshot_brings_back_what_a_volume_held_into_a_new_one()
    {
        await bench.Docker.PostAsync(
            "volumes/create",
            JsonNode.Parse("""{"Name":"h-data","Labels":{"sevensa.tenant":"rentguy"}}""")
        );
        var id = await ContainerAsync(
            "h-volume",
            body =>
            {
                body["Cmd"] = new JsonArray(
                    "sh",
                    "-c",
                    "mkdir -p /data/deep; echo before > /data/deep/file; chmod 600 /data/deep/file; touch /tmp/written; while :; do sleep 1; done"
                );
                body["HostConfig"]!["Binds"] = new JsonArray("h-data:/data");
            }
        );
        await Eventually.TrueAsync(
            "the file to be written",
            async token =>
            {
                using var found = await bench.Docker.Http.GetAsync(
                    new Uri($"containers/{id}/archive?path=/tmp/written", UriKind.Relative),
                    token
                );
                return found.IsSuccessStatusCode;
            }
        );
        var outcome = await bench.RunAsync(StepVerbs.VolumeSnapshot, "h-data");
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var snapshot = Assert.Single(bench.Bench.Snapshots.All(), snapshot => snapshot.Volume == "h-data");
        await bench.Docker.RemoveAsync(id);
        outcome = await bench.RunAsync(
            StepVerbs.VolumeRestore,
            "h-data",
            StepJson.Of(new RestoreArguments(snapshot.Id, "h-data-back"))
        );
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var reader = await ContainerAsync(
            "h-volume-reader",
            body => body["HostConfig"]!["Binds"] = new JsonArray("h-data-back:/data")
        );
        using var tar = await bench.Docker.Http.GetAsync(
            new Uri($"containers/{reader}/archive?path=/data/deep/file", UriKind.Relative)
        );
        using var entries = new System.Formats.Tar.TarReader(await tar.Content.ReadAsStreamAsync());
        var file = (await entries.GetNextEntryAsync())!;
        using var text = new StreamReader(file.DataStream!);
        Assert.Equal("before\n", await text.ReadToEndAsync());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.Mode);
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_damaged_snapshot_is_not_restored()
    {
        await bench.Docker.PostAsync("volumes/create", JsonNode.Parse("""{"Name":"h-broken"}"""));
        await ContainerAsync("h-broken-user", body => body["HostConfig"]!["Binds"] = new JsonArray("h-broken:/data"));
        await bench.RunAsync(StepVerbs.VolumeSnapshot, "h-broken");
        var snapshot = Assert.Single(bench.Bench.Snapshots.All(), snapshot => snapshot.Volume == "h-broken");
        var file = Path.Combine(bench.StateFolderPath, "snapshots", snapshot.Id + ".tar.gz");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await File.AppendAllTextAsync(file, "x");
        var outcome = await bench.RunAsync(
            StepVerbs.VolumeRestore,
            "h-broken",
            StepJson.Of(new RestoreArguments(snapshot.Id, "h-broken-back"))
        );
        Assert.Equal(("snapshotDamaged", ProposalState.Failed), (outcome.Code, outcome.State));
        using var volume = await bench.Docker.Http.GetAsync(new Uri("volumes/h-broken-back", UriKind.Relative));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, volume.StatusCode);
    }

    [Fact]
    public async Task Limits_networks_and_one_more_of_a_kind()
    {
        await MakeNetworkAsync("h-extra", "10.80.0.0/24");
        await MakeNetworkAsync("h-first", "10.81.0.0/24");
        var id = await ContainerAsync(
            "h-set-1",
            body =>
            {
                body["HostConfig"]!["Memory"] = 64 << 20;
                body["HostConfig"]!["NetworkMode"] = "h-first";
            }
        );
        var outcome = await bench.RunAsync(
            StepVerbs.ContainerResources,
            id,
            StepJson.Of(new ResourcesArguments(MemoryBytes: 96 << 20, Cpus: 0.5)),
            containers: [id]
        );
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        outcome = await bench.RunAsync(
            StepVerbs.NetworkConnect,
            id,
            StepJson.Of(new NetworkArguments("h-extra", ["late"], "10.80.0.9")),
            containers: [id]
        );
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        outcome = await bench.RunAsync(
            StepVerbs.ContainerCreate,
            id,
            StepJson.Of(new CreateArguments("h-set-2", SteadySeconds: 0)),
            containers: [id]
        );
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var second = await bench.Docker.InspectAsync("h-set-2");
        Assert.Equal(96 << 20, second["HostConfig"]!["Memory"]!.GetValue<long>());
        Assert.Equal(500_000_000, second["HostConfig"]!["NanoCpus"]!.GetValue<long>());
        Assert.Contains(
            "late",
            second["NetworkSettings"]!["Networks"]!["h-extra"]!["Aliases"]!.AsArray().Select(a => a!.GetValue<string>())
        );
        outcome = await bench.RunAsync(
            StepVerbs.NetworkDisconnect,
            id,
            StepJson.Of(new NetworkArguments("h-extra")),
            containers: [id]
        );
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var first = await bench.Docker.InspectAsync(id);
        Assert.Null(first["NetworkSettings"]!["Networks"]!["h-extra"]);
    }

    [Fact]
    public async Task What_can_not_be_pulled_is_told_in_the_registrys_words()
    {
        await ContainerAsync("h-pull");
        var outcome = await bench.RunAsync(StepVerbs.ImagePull, "127.0.0.1:1/hands/none:1");
        // Nothing had come, so there was nothing to take back.
        Assert.Equal((ProposalState.Failed, "none"), (outcome.State, outcome.Undo));
        Assert.Contains("127.0.0.1:1", outcome.Text, StringComparison.Ordinal);
    }

    private Task<JsonNode?> MakeNetworkAsync(string name, string subnet) =>
        bench.Docker.PostAsync(
            "networks/create",
            new JsonObject
            {
                ["Name"] = name,
                ["IPAM"] = new JsonObject { ["Config"] = new JsonArray(new JsonObject { ["Subnet"] = subnet }) },
            }
        );
}
