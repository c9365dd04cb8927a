using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// Containers that are not by themselves (others live in their network, they remove themselves, their ports are Docker's choice,
/// their limits a quota): what the plan says of them is what a real engine then shows.
/// </summary>
[TakesLong(120)]
public sealed class PlansKeepTheirWordOnRealDocker(RealFleet fleet) : IClassFixture<RealFleet>
{
    private const string Image = "rentguy/tool:1";
    private const string Newer = "rentguy/tool:2";

    private async Task ContainerAsync(string name, Action<JsonObject>? adjust = null, string image = Image)
    {
        await fleet.Engine.ImageAsync(image);
        await fleet.Engine.ContainerAsync(
            name,
            image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = name },
            adjust: adjust
        );
    }

    private async Task SharedAsync(string provider, string child)
    {
        await SharedNetworkAsync();
        await ContainerAsync(provider, request => request["HostConfig"]!["NetworkMode"] = "rentguy_shared");
        await ContainerAsync(child, request => request["HostConfig"]!["NetworkMode"] = $"container:{provider}");
    }

    private async Task SharedNetworkAsync()
    {
        var known = (JsonArray)await fleet.Engine.GetAsync("networks");
        if (!known.Any(network => network!["Name"]!.GetValue<string>() == "rentguy_shared"))
            await fleet.Engine.NetworkAsync("rentguy_shared");
    }

    /// <summary>The kernel's own name of the network that a container's process is in.</summary>
    private async Task<string> NetworkOfAsync(string container)
    {
        var pid = (await fleet.Engine.InspectAsync(container))["State"]!["Pid"]!.GetValue<int>();
        Assert.True(pid > 0, $"{container} does not run");
        return new FileInfo($"/proc/{pid}/ns/net").LinkTarget!;
    }

    /// <summary>Docker's own name of it, which it never gives twice; the kernel soon does.</summary>
    private async Task<string> SandboxOfAsync(string container) =>
        (await fleet.Engine.InspectAsync(container))["NetworkSettings"]!["SandboxID"]!.GetValue<string>();

    private async Task<string?> StateAsync(string container) =>
        (await fleet.Engine.InspectAsync(container))["State"]!["Status"]!.GetValue<string>();

    [Fact]
    public async Task Who_lives_in_anothers_network_is_in_it_after_each_kind_of_action()
    {
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await SharedAsync("vpn1", "child1");
        await ContainerAsync("idle1", request => request["HostConfig"]!["NetworkMode"] = "container:vpn1");
        await fleet.Engine.PostAsync("containers/idle1/stop?t=1");
        await fleet.Engine.ImageAsync(Newer);
        await RealWorker.ScannedAsync(fleet, Newer);
        await RealWorker.RecordedAsync(operators, "vpn1");
        await RealWorker.RecordedAsync(operators, "child1");

        foreach (
            var (kind, parameters) in new (string, object)[]
            {
                ("container.restart", new { graceSeconds = 1 }),
                ("service.deploy", new { image = Newer, graceSeconds = 1 }),
                ("service.rollback", new { to = "before the last deploy", graceSeconds = 1 }),
            }
        )
        {
            var former = await SandboxOfAsync("vpn1");
            var (plan, ended) = await RunAsync(operators, approver, kind, "vpn1", parameters);
            Succeeded(ended);
            Assert.DoesNotContain("child1", plan["untouched"]!.ToJsonString(), StringComparison.Ordinal);
            Assert.Contains("child1", plan["changes"]!.ToJsonString(), StringComparison.Ordinal);
            Assert.NotEqual(former, await SandboxOfAsync("vpn1"));
            Assert.Equal(await NetworkOfAsync("vpn1"), await NetworkOfAsync("child1"));
        }

        var (stop, stopped) = await RunAsync(operators, approver, "container.stop", "vpn1", new { graceSeconds = 1 });
        Succeeded(stopped);
        Assert.Equal(2, stop["steps"]!.AsArray().Count);
        Assert.Equal(["exited", "exited"], [await StateAsync("vpn1"), await StateAsync("child1")]);
        var refused = await ProposeAsync(operators, "container.start", "child1", new { });
        Assert.Contains("Start vpn1 first", refused["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        await RunAsync(operators, approver, "container.start", "vpn1", new { });
        // Created anew with the others, it has stayed stopped and can be started.
        Assert.Contains(await StateAsync("idle1"), new[] { "created", "exited" });
        foreach (var name in new[] { "child1", "idle1" })
        {
            Succeeded((await RunAsync(operators, approver, "container.start", name, new { })).Ended);
            Assert.Equal(await NetworkOfAsync("vpn1"), await NetworkOfAsync(name));
        }
    }

    [Fact]
    public async Task A_deploy_that_fails_gives_both_their_network_back()
    {
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await SharedAsync("vpn2", "child2");
        await fleet.Engine.ImageAsync("rentguy/tool:broken", "HEALTHCHECK --interval=1s --retries=1 CMD false");
        await RealWorker.ScannedAsync(fleet, "rentguy/tool:broken");
        await RealWorker.RecordedAsync(operators, "vpn2");
        var before = (await fleet.Engine.InspectAsync("child2"))["Id"]!.GetValue<string>();

        var (_, ended) = await RunAsync(
            operators,
            approver,
            "service.deploy",
            "vpn2",
            new { image = "rentguy/tool:broken", graceSeconds = 1 }
        );

        Assert.True(ended["state"]!.GetValue<string>() == "rolledBack", ended["outcome"]?.ToJsonString());
        Assert.Equal("done", ended["outcome"]!["undo"]!.GetValue<string>());
        Assert.Equal(before, (await fleet.Engine.InspectAsync("child2"))["Id"]!.GetValue<string>());
        Assert.Equal(Image, (await fleet.Engine.InspectAsync("vpn2"))["Config"]!["Image"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_removes_itself_is_said_to_be_gone_and_is()
    {
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await fleet.Engine.ImageAsync("rentguy/kept:1", "VOLUME /data");
        await ContainerAsync("rm2", request => request["HostConfig"]!["AutoRemove"] = true, "rentguy/kept:1");

        var (plan, ended) = await RunAsync(operators, approver, "container.stop", "rm2", new { graceSeconds = 1 });

        Succeeded(ended);
        Assert.Equal("high", ended["risk"]!.GetValue<string>());
        Assert.Equal("none", plan["undo"]!["kind"]!.GetValue<string>());
        Assert.Contains("gone", plan["changes"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("/data", plan["untouched"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            await fleet.Engine.ContainersAsync(),
            container => container!["Names"]![0]!.GetValue<string>() == "/rm2"
        );
    }

    [Fact]
    public async Task Ports_of_dockers_choice_scale_and_a_quota_is_changed_as_one()
    {
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        await ContainerAsync(
            "eph1",
            request =>
            {
                request["ExposedPorts"] = JsonNode.Parse("""{"80/tcp":{}}""");
                request["HostConfig"]!["PortBindings"] = JsonNode.Parse(
                    """{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":""}]}"""
                );
            }
        );
        var (_, scaled) = await RunAsync(operators, approver, "service.scale", "eph1", new { replicas = 2 });
        Succeeded(scaled);
        Assert.Equal("Scale rentguy/eph1 1 → 2", scaled["title"]!.GetValue<string>());

        await ContainerAsync(
            "cpu1",
            request =>
            {
                request["HostConfig"]!["CpuQuota"] = 50_000;
                request["HostConfig"]!["CpuPeriod"] = 100_000;
            }
        );
        var (_, limited) = await RunAsync(operators, approver, "container.resources", "cpu1", new { cpus = 1 });
        Succeeded(limited);
        Assert.Equal(100_000, (await fleet.Engine.InspectAsync("cpu1"))["HostConfig"]!["CpuQuota"]!.GetValue<long>());

        // Everything of this engine that has no network of its own is in none.
        await ContainerAsync("lonely");
        await SharedNetworkAsync();
        var refused = await ProposeAsync(operators, "network.connect", "lonely", new { network = "rentguy_shared" });
        Assert.Contains("made without a network", refused["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(70_000)]
    public async Task A_long_line_is_one_line_and_counts_as_one(int length)
    {
        var name = $"long-{length}";
        await ContainerAsync(
            name,
            request =>
                request["Cmd"] = new JsonArray(
                    "sh",
                    "-c",
                    $"echo first; head -c {length} /dev/zero | tr '\\0' a; echo; echo last; sleep 1000"
                )
        );
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        async Task<string[]> TailAsync(string query) =>
            [
                .. (
                    await operators.GetFromJsonAsync<JsonNode>(
                        $"/api/v1/tenants/rentguy/containers/{name}/logs?{query}"
                    )
                )!["items"]!
                    .AsArray()
                    .Select(line => line!["text"]!.GetValue<string>()),
            ];
        await Eventually.TrueAsync(
            "the lines to be there",
            async token =>
                (
                    await operators.GetAsync(
                        new Uri($"/api/v1/tenants/rentguy/containers/{name}", UriKind.Relative),
                        token
                    )
                ).IsSuccessStatusCode && (await TailAsync("tail=1")) is ["last"]
        );
        var whole = new string('a', length);
        Assert.Equal([whole, "last"], await TailAsync("tail=2"));
        Assert.Equal(["first", whole, "last"], await TailAsync("tail=3"));
        Assert.Equal(["first", whole, "last"], await TailAsync("tail=100"));

        // Followed from the time of the long line on, it comes once and whole.
        using var answer = await operators.GetAsync(
            new Uri($"/api/v1/tenants/rentguy/containers/{name}/logs?tail=2&follow=true", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead
        );
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var told = new List<string>();
        while (told.Count < 2 && await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                told.Add(JsonNode.Parse(line[6..])!["text"]!.GetValue<string>());
        }
        Assert.Equal([whole, "last"], told);
    }

    private static void Succeeded(JsonNode ended) =>
        Assert.True(ended["state"]!.GetValue<string>() == "succeeded", ended["outcome"]?.ToJsonString());

    private static async Task<JsonNode> ProposeAsync(
        HttpClient operators,
        string kind,
        string target,
        object parameters
    )
    {
        var told = "";
        return await Eventually.GetAsync(
            $"{kind} of {target} to be planned",
            async token =>
            {
                using var proposed = await operators.PostAsJsonAsync(
                    "/api/v1/proposals",
                    new
                    {
                        kind,
                        tenant = "rentguy",
                        target,
                        parameters,
                        reason = "what a plan says is what will be",
                        evidence = Array.Empty<object>(),
                    },
                    token
                );
                var said = JsonNode.Parse(await proposed.Content.ReadAsStringAsync(token))!;
                told = said["detail"]?.ToString() ?? "";
                // What the last one changed, or a container that was just made, may not have been told yet.
                return
                    proposed.StatusCode == HttpStatusCode.UnprocessableEntity
                    && (
                        RealWorker.IsTooEarly(told)
                        || told.Contains("has no container or service", StringComparison.Ordinal)
                    )
                    ? null
                    : said;
            },
            because: () => told
        );
    }

    private async Task<(JsonNode Plan, JsonNode Ended)> RunAsync(
        HttpClient operators,
        HttpClient approver,
        string kind,
        string target,
        object parameters
    )
    {
        var proposal = await ProposeAsync(operators, kind, target, parameters);
        Assert.True(proposal["planHash"] is not null, proposal.ToJsonString());
        var id = proposal["id"]!.GetValue<string>();
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>(), confirm = target }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        var ended = await Eventually.GetAsync(
            $"{kind} of {target} to end",
            async token =>
                await operators.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token) is { } now
                && now["state"]!.GetValue<string>() is not ("approved" or "dispatched" or "running" or "unknown")
                    ? now
                    : null,
            Patience.Usual,
            () => fleet.Runner.Process!.Tail()
        );
        return (proposal["plan"]!, ended);
    }
}
