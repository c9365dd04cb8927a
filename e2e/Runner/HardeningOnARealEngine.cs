using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Hardening;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Exceptions;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>
/// Each item on a real engine: found by posture, planned, carried out by the runner's own hands. Docker's description is another
/// afterwards in what the plan says, and in nothing else.
/// </summary>
public sealed class HardeningOnARealEngine(HostBench bench) : IClassFixture<HostBench>
{
    private const string Image = "hard/app:1";
    private const string Healthy = "HEALTHCHECK --interval=1s CMD true";

    /// <param name="Host">What is loose in the request's <c>HostConfig</c>.</param>
    /// <param name="Differs">Members of the description that are others afterwards, and how they are then.</param>
    public sealed record Case(string Item, string Host, string Parameters, string Differs)
    {
        public override string ToString() => Item;
    }

    private static readonly Case[] cases =
    [
        new(HardeningItems.User, "{}", """{"user":"1000:1000"}""", """{"Config.User":"1000:1000"}"""),
        new(
            HardeningItems.AppArmor,
            """{"SecurityOpt":["apparmor=unconfined"]}""",
            "{}",
            """{"HostConfig.SecurityOpt":[]}"""
        ),
        new(
            HardeningItems.Seccomp,
            """{"SecurityOpt":["seccomp=unconfined","no-new-privileges"]}""",
            "{}",
            """{"HostConfig.SecurityOpt":["no-new-privileges"]}"""
        ),
        new(
            HardeningItems.Capabilities,
            """{"CapAdd":["NET_ADMIN","SYS_NICE"]}""",
            "{}",
            """{"HostConfig.CapAdd":["SYS_NICE"],"HostConfig.CapDrop":["ALL"]}"""
        ),
        new(HardeningItems.Memory, "{}", """{"memoryMiB":64}""", """{"HostConfig.Memory":67108864}"""),
        new(HardeningItems.Processors, "{}", """{"cpus":0.5}""", """{"HostConfig.NanoCpus":500000000}"""),
        new(
            HardeningItems.ReadOnlyRoot,
            "{}",
            """{"tmpfs":["/tmp","/run"]}""",
            """{"HostConfig.ReadonlyRootfs":true,"HostConfig.Tmpfs":{"/tmp":"","/run":""}}"""
        ),
        new(
            HardeningItems.Ports,
            """{"NetworkMode":"bridge","PortBindings":{"80/tcp":[{"HostPort":"18555"}],"81/tcp":[{"HostIp":"127.0.0.2","HostPort":"18556"}]}}""",
            "{}",
            """{"HostConfig.PortBindings.80/tcp":[{"HostIp":"127.0.0.1","HostPort":"18555"}]}"""
        ),
        new(
            HardeningItems.RestartPolicy,
            """{"RestartPolicy":{"Name":"always"}}""",
            "{}",
            """{"HostConfig.RestartPolicy.Name":"on-failure","HostConfig.RestartPolicy.MaximumRetryCount":5}"""
        ),
        new(
            HardeningItems.Ulimits,
            """{"Ulimits":[{"Name":"core","Soft":-1,"Hard":-1},{"Name":"nofile","Soft":256,"Hard":512}]}""",
            "{}",
            """{"HostConfig.Ulimits":[{"Name":"nofile","Hard":512,"Soft":256}]}"""
        ),
        new(HardeningItems.NewPrivileges, "{}", "{}", """{"HostConfig.SecurityOpt":["no-new-privileges:true"]}"""),
        new(HardeningItems.Processes, "{}", """{"pidsLimit":64}""", """{"HostConfig.PidsLimit":64}"""),
    ];

    public static TheoryData<Case> Cases => [.. cases];

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public async Task What_fails_passes_afterwards_and_nothing_else_is_another(Case one)
    {
        var name = $"hard-{one.Item.Replace('.', '-')}";
        await bench.Docker.ImageAsync(Image, Healthy);
        var id = await ContainerAsync(name, Image, one.Host);
        var before = await bench.Docker.InspectAsync(id);

        var outcome = await HardenAsync(id, one.Item, one.Parameters);

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var after = await bench.Docker.InspectAsync(name);
        foreach (var (path, value) in (JsonObject)JsonNode.Parse(one.Differs)!)
        {
            Assert.True(JsonNode.DeepEquals(value, At(after, path)), $"{path} is {At(after, path)?.ToJsonString()}");
        }
        // What follows from a limit or a binding is said with it, by Docker itself.
        string[] follows =
        [
            "HostConfig.MemorySwap",
            "NetworkSettings.Ports",
            "AppArmorProfile",
            .. ((JsonObject)JsonNode.Parse(one.Differs)!).Select(member => member.Key),
        ];
        Assert.DoesNotContain(
            InspectDifference.Of(before, after),
            difference => !follows.Any(path => difference.StartsWith(path, StringComparison.Ordinal))
        );
        Assert.NotEqual(CheckState.Fail, (await ItemAsync(after["Id"]!.GetValue<string>(), one.Item)).State);
        await bench.Docker.RemoveAsync(name);
    }

    [Fact]
    public async Task One_that_was_privileged_has_the_paths_masked_again_that_Docker_masks()
    {
        await bench.Docker.ImageAsync(Image, Healthy);
        // Not started: where the tests may not have all capabilities themselves, no container of theirs can.
        var id = (
            await bench.Docker.PostAsync(
                "containers/create?name=hard-privileged",
                JsonNode.Parse(
                    $$$"""{"Image":"{{{Image}}}","Cmd":["sleep","600"],"Labels":{"sevensa.tenant":"rentguy"},"HostConfig":{"NetworkMode":"none","Privileged":true}}"""
                )
            )
        )!["Id"]!.GetValue<string>();

        var outcome = await HardenAsync(id, HardeningItems.Privileged, "{}", VerificationKinds.None);

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var after = await bench.Docker.InspectAsync("hard-privileged");
        Assert.NotEqual(id, after["Id"]!.GetValue<string>());
        Assert.False(after["HostConfig"]!["Privileged"]!.GetValue<bool>());
        Assert.NotEmpty(after["HostConfig"]!["MaskedPaths"]!.AsArray());
        await bench.Docker.RemoveAsync("hard-privileged");
    }

    [Fact]
    public async Task The_user_that_the_image_names_is_known_and_taken_when_none_is_said()
    {
        await bench.Docker.ImageAsync("hard/made-for:1", Healthy, "USER 4321");
        var id = await ContainerAsync("hard-made-for", "hard/made-for:1", "{}", user: "0");
        Assert.Contains("It could run as 4321", (await ItemAsync(id, HardeningItems.User)).Reason);

        var outcome = await HardenAsync(id, HardeningItems.User, "{}");

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var after = await bench.Docker.InspectAsync("hard-made-for");
        Assert.Equal("4321", after["Config"]!["User"]!.GetValue<string>());
        await bench.Docker.RemoveAsync("hard-made-for");
    }

    [Fact]
    public async Task One_whose_health_fails_with_less_gives_its_place_back_to_the_container_that_was()
    {
        await bench.Docker.ImageAsync("hard/writes:1", "HEALTHCHECK --interval=1s --retries=1 CMD touch /written");
        var id = await ContainerAsync("hard-writes", "hard/writes:1", """{"RestartPolicy":{"Name":"always"}}""");

        var outcome = await HardenAsync(id, HardeningItems.ReadOnlyRoot, "{}");

        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains("unhealthy", outcome.Text, StringComparison.Ordinal);
        var now = await bench.Docker.InspectAsync("hard-writes");
        Assert.Equal(id, now["Id"]!.GetValue<string>());
        Assert.Equal("running", now["State"]!["Status"]!.GetValue<string>());
        Assert.Equal("always", now["HostConfig"]!["RestartPolicy"]!["Name"]!.GetValue<string>());
        Assert.DoesNotContain(
            await bench.Docker.ContainersAsync(),
            container => container!["Names"]![0]!.GetValue<string>().StartsWith("/sevensa-", StringComparison.Ordinal)
        );
        await bench.Docker.RemoveAsync("hard-writes");
    }

    private Task<string> ContainerAsync(string name, string image, string host, string? user = null) =>
        bench.Docker.ContainerAsync(
            name,
            image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy" },
            adjust: body =>
            {
                foreach (var (member, value) in (JsonObject)JsonNode.Parse(host)!)
                {
                    body["HostConfig"]![member] = value?.DeepClone();
                }
                body["ExposedPorts"] = JsonNode.Parse("""{"80/tcp":{},"81/tcp":{}}""");
                if (user is not null)
                {
                    body["User"] = user;
                }
            }
        );

    private async Task<PostureItem> ItemAsync(string id, string item) =>
        Examination
            .Of(await HostedAsync(id), null, new StandingExceptions([]))
            .Single(examined => examined.Check == item);

    private async Task<HostedContainer> HostedAsync(string id) =>
        new("h", "h", true, (await bench.Engine.InspectAsync(id, CancellationToken.None))!, null);

    private async Task<ActionOutcome> HardenAsync(
        string id,
        string item,
        string parameters,
        string verification = VerificationKinds.Running
    )
    {
        var found = await ItemAsync(id, item);
        Assert.True(found.State == CheckState.Fail, $"{item}: {found.State}, {found.Reason}");
        var asked = (JsonObject)JsonNode.Parse(parameters)!;
        asked["items"] = new JsonArray(item);
        asked["tmpfs"] ??= new JsonArray("/tmp");
        asked["pidsLimit"] ??= 200;
        asked["address"] ??= "127.0.0.1";
        asked["graceSeconds"] = 1;
        var hardened = HardenedContainer.Of(
            await HostedAsync(id),
            new DockerHost("h", "h", HostPresence.Connected, default, null, null, null, 0, null),
            HardenChoices.Of(JsonSerializer.SerializeToElement(asked)),
            [new HardeningFinding(id, item, found.Title, true, found.Reason, null)]
        );
        Assert.NotEmpty(hardened.Changes);
        return await bench.RunAsync(StepVerbs.ContainerHarden, id, hardened.Step.Arguments, verification, [id]);
    }

    private static JsonNode? At(JsonObject described, string path)
    {
        JsonNode? place = described;
        foreach (var part in path.Split('.'))
        {
            place = place?[part];
        }
        return place;
    }
}
