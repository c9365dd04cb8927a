using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What real engines answered, read by the real client.</summary>
public class DockerReadingTests
{
    [Fact]
    public async Task The_inventory_of_a_real_engine()
    {
        await using var docker = await RecordedDocker.StartAsync();
        var all = await docker.Engine.ContainersAsync(CancellationToken.None);
        Assert.Equal(
            ["psra-api-1", "psra-loop-1", "psra-oom-1", "rentguy-api-1", "rentguy-web-1"],
            all.Select(container => container.Name)
        );
        var api = all.Single(container => container.Name == "rentguy-api-1");
        Assert.Equal(("rentguy", "api", "rentguy"), (api.Tenant, api.Service, api.Project));
        Assert.Equal(("running", "healthy", "unless-stopped"), (api.State, api.Health, api.RestartPolicy));
        Assert.Equal(
            (134217728L, 0.5, "1000:1000", true, false),
            (api.MemoryLimitBytes, api.CpuLimit, api.User, api.ReadOnlyRootFs, api.Privileged)
        );
        Assert.Equal(["127.0.0.1:18080->80/tcp"], api.Ports);
        Assert.Equal(["rentguy_default"], api.Networks);
        // Built on the host: no repository digest, so the image's own id.
        Assert.StartsWith("sha256:ac1cc63090a8", api.ImageDigest, StringComparison.Ordinal);
        Assert.Equal(
            new DateTimeOffset(2026, 11, 23, 11, 48, 40, 345, TimeSpan.Zero).ToUnixTimeMilliseconds(),
            api.StartedAtUnixMs
        );
        var oom = all.Single(container => container.Name == "psra-oom-1");
        Assert.Equal(("exited", true, 137), (oom.State, oom.OomKilled, oom.ExitCode));
        var web = all.Single(container => container.Name == "rentguy-web-1");
        Assert.Equal(("created", 0L), (web.State, web.StartedAtUnixMs));
    }

    [Fact]
    public async Task Environment_values_never_leave_the_host()
    {
        await using var docker = await RecordedDocker.StartAsync();
        var api = await docker.Engine.InspectAsync("rentguy-api-1", CancellationToken.None);
        Assert.Equal(["DB_PASSWORD", "LOG_LEVEL"], api!.EnvironmentNames);
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(api), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_from_the_label_or_else_from_the_compose_project()
    {
        var recordings = RecordedDocker.Recordings();
        var inspect = JsonNode.Parse(recordings["GET /containers/psra-api-1/json"].Item3)!;
        inspect["Config"]!["Labels"] = new JsonObject { ["com.docker.compose.project"] = "psra" };
        recordings["GET /containers/psra-api-1/json"] = (
            200,
            "application/json",
            Encoding.UTF8.GetBytes(inspect.ToJsonString())
        );
        await using var docker = await RecordedDocker.StartAsync(
            recordings,
            new Dictionary<string, string> { ["psra"] = "psra-ltsd", ["rentguy"] = "other" }
        );
        Assert.Equal("psra-ltsd", (await docker.Engine.InspectAsync("psra-api-1", CancellationToken.None))!.Tenant);
        Assert.Equal("rentguy", (await docker.Engine.InspectAsync("rentguy-api-1", CancellationToken.None))!.Tenant);
    }

    [Theory]
    [InlineData("rentguy/api:2.4.1", "other/api@sha256:aa", "rentguy/api@sha256:bb", "rentguy/api@sha256:bb")]
    [InlineData("registry:5000/api:1", "registry:5000/api@sha256:cc", "a@sha256:dd", "registry:5000/api@sha256:cc")]
    [InlineData("local:1", "<none>@<none>", "<none>@<none>", "sha256:id")]
    public void An_image_is_named_by_the_digest_of_its_own_repository(
        string reference,
        string first,
        string second,
        string expected
    ) => Assert.Equal(expected, FactsReader.ImageDigest(reference, "sha256:id", [first, second]));

    [Fact]
    public async Task What_was_asked_for_is_told_in_dockers_words()
    {
        var recordings = RecordedDocker.Recordings();
        var inspect = JsonNode.Parse(recordings["GET /containers/rentguy-api-1/json"].Item3)!;
        var host = inspect["HostConfig"]!;
        host["AutoRemove"] = true;
        host["NetworkMode"] = "container:abc";
        host["PidMode"] = "container:def";
        host["CpuQuota"] = 50000;
        host["NanoCpus"] = 0;
        host["PortBindings"] = JsonNode.Parse(
            """{"80/tcp":[{"HostIp":"127.0.0.1","HostPort":""},{"HostIp":"::1","HostPort":"8080"}],"81/udp":[{"HostIp":"","HostPort":"9000-9010"}]}"""
        );
        await using var docker = await RecordedDocker.StartAsync(
            new Dictionary<string, (int, string, byte[])>
            {
                ["GET /containers/x/json"] = (200, "application/json", Encoding.UTF8.GetBytes(inspect.ToJsonString())),
            }
        );
        var facts = (await docker.Engine.InspectAsync("x", CancellationToken.None))!;
        var settings = facts.Settings!;
        Assert.True(settings.AutoRemove);
        Assert.Equal([("abc", "network"), ("def", "processes")], settings.SharedNamespaces());
        Assert.Equal(["127.0.0.1::80/tcp", "9000-9010:81/udp", "[::1]:8080:80/tcp"], settings.PortBindings);
        Assert.Equal(["[::1]:8080:80/tcp"], settings.FixedPorts);
        // A quota without a period is one of Docker's own.
        Assert.Equal((0.5, true), (facts.CpuLimit, settings.HasCpuQuota));
    }

    [Theory]
    [InlineData("docker-py-inspect_container.json")]
    [InlineData("moby-v1.43-containers-id-json.json")]
    public async Task Inspects_of_other_engine_versions_can_be_read(string file)
    {
        var body = await File.ReadAllBytesAsync(Path.Combine(Recorded.Datasets(), "docker-engine", file));
        await using var docker = await RecordedDocker.StartAsync(
            new Dictionary<string, (int, string, byte[])>
            {
                ["GET /containers/x/json"] = (200, "application/json", body),
            }
        );
        var facts = await docker.Engine.InspectAsync("x", CancellationToken.None);
        var id = JsonNode.Parse(body)!["Id"]?.GetValue<string>() ?? JsonNode.Parse(body)!["ID"]!.GetValue<string>();
        Assert.Equal(id, facts!.Id);
        Assert.Equal(64, facts.ConfigHash.Length);
        Assert.NotEmpty(facts.Service);
    }

    [Fact]
    public async Task Events_are_told_without_noise_and_health_as_a_word()
    {
        await using var docker = await RecordedDocker.StartAsync();
        var told = new List<EngineEvent>();
        await foreach (var item in docker.Engine.EventsAsync(0, TestContext.Current.CancellationToken))
        {
            told.Add(item);
        }
        Assert.Contains(
            told,
            item => item is { Action: "start", ContainerName: "rentguy-api-1", Tenant: "rentguy", Service: "api" }
        );
        Assert.Contains(told, item => item.Action == "oom" && item.ContainerName == "psra-oom-1");
        Assert.Contains(told, item => item.Action == "die" && item.Attributes["exitCode"] == "3");
        Assert.Contains(told, item => item.Action == "health_status" && item.Attributes["health"] == "healthy");
        Assert.DoesNotContain(told, item => item.Action.StartsWith("exec_", StringComparison.Ordinal));
        Assert.All(
            told,
            item =>
                Assert.True(
                    item.Type == "container"
                        || item is { Type: "network", Action: "connect" or "disconnect", ContainerId.Length: 64 },
                    $"{item.Type} {item.Action}"
                )
        );
    }

    [Fact]
    public async Task What_docker_did_and_refused_keeps_its_words()
    {
        await using var docker = await RecordedDocker.StartAsync();
        await docker.Engine.RestartAsync("rentguy-api-1", 1, CancellationToken.None);
        Assert.False(await docker.Engine.StartAsync("rentguy-api-1", CancellationToken.None));
        Assert.True(await docker.Engine.StopAsync("psra-api-1", 1, CancellationToken.None));
        Assert.Null(await docker.Engine.InspectAsync("none", CancellationToken.None));
        var refused = await Assert.ThrowsAsync<EngineException>(() =>
            docker.Engine.LogsAsync("none", 1, 0, CancellationToken.None)
        );
        Assert.Equal((HttpStatusCode.NotFound, "No such container: none"), (refused.Status, refused.Message));
    }

    [Fact]
    public async Task An_engine_that_is_not_there_is_said_to_be_not_there()
    {
        using var engine = new DockerEngine(
            new Uri("unix:///nowhere/docker.sock"),
            new FactsReader(new Ownership(new Dictionary<string, string>()), new byte[32], new OwnContainers(null))
        );
        var exception = await Assert.ThrowsAsync<EngineException>(() => engine.InfoAsync(CancellationToken.None));
        Assert.Null(exception.Status);
        Assert.Contains("/nowhere/docker.sock", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpRequestError.ResponseEnded, "closed the connection before its answer was whole")]
    [InlineData(HttpRequestError.InvalidResponse, "does not speak HTTP")]
    public void An_engine_that_breaks_off_is_told_in_plain_words(HttpRequestError error, string words)
    {
        var told = EngineWords.Unasked(
            new Uri("tcp://127.0.0.1:2375"),
            new HttpRequestException("x", new HttpIOException(error, "The response ended prematurely."))
        );
        Assert.Contains(words, told.Message);
        Assert.DoesNotContain(error.ToString(), told.Message);
    }

    [Fact]
    public async Task Multiplexed_logs_come_apart_in_order_with_nanoseconds()
    {
        await using var docker = await RecordedDocker.StartAsync();
        var lines = await docker.Engine.LogsAsync("rentguy-api-1", 100, 0, CancellationToken.None);
        Assert.Equal(6, lines.Count);
        Assert.Equal(("stdout", "level=info msg=ok"), (lines[0].Stream, lines[0].Text));
        Assert.Equal(("stderr", "level=error msg=oops"), (lines[1].Stream, lines[1].Text));
        Assert.Equal(393222847, lines[0].TimeUnixNs % 1_000_000_000);
        Assert.Equal(lines.Select(line => line.TimeUnixNs).Order(), lines.Select(line => line.TimeUnixNs));
    }
}
