using System.Text.Json;
using System.Text.Json.Nodes;
using global::Docker.DotNet;
using global::Docker.DotNet.Models;
using Sevensa.Dashboard.Tests.Recordings;

// Docker.DotNet calls every member optional; one that is missing fails a test here just as well.
#nullable disable warnings

namespace Sevensa.Dashboard.Tests.Sandbox;

public class DockerStandInTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The recorded names mapped to containers of the fleet; what only a real engine can be is left out.</summary>
    [Fact]
    public async Task Answers_what_was_recorded_with_the_same_status_and_shape()
    {
        await using var standIns = await StandIns.StartAsync();
        var fleet = standIns.Fleet;
        var stopped = fleet.Snapshot.On("vps-1").Single(c => c.Name == "rentguy-web-1");
        fleet.Stop(stopped.Id, 137, "9");
        var names = new Dictionary<string, string>
        {
            ["psra-oom-1"] = "rentguy-web-1",
            ["psra-api-1"] = "platform-ai-1",
            ["psra-api-old"] = "platform-ai-old",
            ["psra_default"] = "platform_default",
            ["lab/busybox:1"] = "sevensa/rentguy-api:2.4.1",
        };
        string[] leftOut =
        [
            "inspect rentguy-web-1",
            "inspect psra-loop-1",
            "info", // a shorter answer: see its own test
            "create name taken", // the recorded image had no command, the fleet's images have one
            "stats rentguy-api-1", // other cgroup version: see its own test
        ];
        foreach (var exchange in Recorded.Of("docker").Where(e => !leftOut.Contains(e.Name)))
        {
            var path = exchange.Path;
            var body = exchange.RequestBody;
            foreach (var (old, now) in names)
            {
                path = path.Replace(old, now, StringComparison.Ordinal);
                body = body?.Replace(old, now, StringComparison.Ordinal);
            }
            path = path.Replace(
                "since=1795434477&until=1795434537",
                $"since=0&until={StandIns.Noon.ToUnixTimeSeconds()}",
                StringComparison.Ordinal
            );
            standIns.Clock.Advance(TimeSpan.FromSeconds(5));
            var (status, _, text) = await standIns.SendAsync("vps-1", exchange.Method, path, body is "" ? null : body);
            Assert.True(exchange.Status == status, $"{exchange.Name}: {status} instead of {exchange.Status}; {text}");
            if (exchange.ContentType == "application/json" && exchange.Name != "events")
            {
                var faults = JsonShape.Faults(JsonNode.Parse(exchange.Body), JsonNode.Parse(text)).ToArray();
                Assert.True(faults.Length == 0, $"{exchange.Name}: {string.Join("; ", faults)}");
            }
        }
    }

    [Fact]
    public async Task The_runners_client_lists_inspects_and_restarts()
    {
        await using var standIns = await StandIns.StartAsync();
        using var docker = Client(standIns);
        await docker.System.PingAsync(Cancel);
        Assert.Equal("vps-1", (await docker.System.GetSystemInfoAsync(Cancel)).Name);
        Assert.Equal("1.41", (await docker.System.GetVersionAsync(Cancel)).APIVersion);

        var found = Assert.Single(await ListAsync(docker, "sevensa.tenant=rentguy", "com.docker.compose.service=api"));
        Assert.Equal(
            ("/rentguy-api-1", "sevensa/rentguy-api:2.4.1", "running"),
            (found.Names[0], found.Image, found.State)
        );

        var before = await docker.Containers.InspectContainerAsync(found.ID, Cancel);
        Assert.Equal(512 * 1024 * 1024, before.HostConfig.Memory);
        Assert.Contains("ALL", before.HostConfig.CapDrop);
        standIns.Clock.Advance(TimeSpan.FromMinutes(1));
        await docker.Containers.RestartContainerAsync(found.ID, new ContainerRestartParameters(), Cancel);
        var after = await docker.Containers.InspectContainerAsync(found.ID, Cancel);
        Assert.True(after.State.Running);
        Assert.NotEqual(before.State.StartedAt, after.State.StartedAt);
        Assert.Equal("starting", after.State.Health.Status);
        standIns.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("healthy", (await docker.Containers.InspectContainerAsync(found.ID, Cancel)).State.Health.Status);
    }

    [Fact]
    public async Task A_rollback_by_recreation_ends_the_fault()
    {
        await using var standIns = await StandIns.StartAsync();
        using var docker = Client(standIns);
        var old = await docker.Containers.InspectContainerAsync("rentguy-api-1", Cancel);
        var image = await docker.Images.InspectImageAsync("sevensa/rentguy-api:2.4.0", Cancel);
        await docker.Containers.StopContainerAsync(old.ID, new ContainerStopParameters(), Cancel);
        await docker.Containers.RenameContainerAsync(
            old.ID,
            new ContainerRenameParameters { NewName = "rentguy-api-1-old" },
            Cancel
        );
        var made = await docker.Containers.CreateContainerAsync(
            new CreateContainerParameters
            {
                Name = "rentguy-api-1",
                Image = image.ID,
                Labels = old.Config.Labels,
                Env = old.Config.Env,
                HostConfig = old.HostConfig,
            },
            Cancel
        );
        await docker.Containers.StartContainerAsync(made.ID, new ContainerStartParameters(), Cancel);
        await docker.Containers.RemoveContainerAsync(old.ID, new ContainerRemoveParameters(), Cancel);

        standIns.Clock.Advance(TimeSpan.FromMinutes(20));
        var now = await docker.Containers.InspectContainerAsync("rentguy-api-1", Cancel);
        Assert.Equal((image.ID, 512 * 1024 * 1024), (now.Image, (int)now.HostConfig.Memory));
        Assert.Equal(old.Config.Labels, now.Config.Labels);
        var p95 = await standIns.QueryAsync(
            "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket{tenant=\"rentguy\",service=\"api\"}[5m])))"
        );
        Assert.InRange(p95["api"], 0.2, 0.26);
        var memory = await standIns.QueryAsync(
            "container_memory_working_set_bytes{name=\"rentguy-api-1\"} / container_spec_memory_limit_bytes{name=\"rentguy-api-1\"}"
        );
        Assert.InRange(memory["api"], 0.3, 0.5);
    }

    [Fact]
    public async Task Stats_logs_events_and_waiting_are_streams()
    {
        await using var standIns = await StandIns.StartAsync();
        using var docker = Client(standIns);
        var stats = await OneStatsAsync(docker, "rentguy-api-1");
        Assert.InRange((double)stats.MemoryStats.Usage, 400.0 * 1024 * 1024, 512.0 * 1024 * 1024 * 1.1);
        Assert.True(stats.CPUStats.CPUUsage.TotalUsage > stats.PreCPUStats.CPUUsage.TotalUsage);
        Assert.True(stats.CPUStats.SystemUsage > stats.PreCPUStats.SystemUsage);

        using var logs = await docker.Containers.GetContainerLogsAsync(
            "rentguy-api-1",
            new ContainerLogsParameters
            {
                ShowStdout = true,
                ShowStderr = true,
                Tail = "50",
                Timestamps = true,
            },
            Cancel
        );
        var (stdout, stderr) = await logs.ReadOutputToEndAsync(Cancel);
        Assert.Contains("GET /api/", stdout, StringComparison.Ordinal);
        Assert.StartsWith("2026-11-24T", stdout, StringComparison.Ordinal);
        Assert.True(stderr.Length == 0 || stderr.Contains("failed", StringComparison.Ordinal));

        var waiting = docker.Containers.WaitContainerAsync("rentguy-web-1", Cancel);
        var seen = new List<string>();
        var died = new TaskCompletionSource();
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var events = docker.System.MonitorEventsAsync(
            new ContainerEventsParameters
            {
                Since = "0",
                Filters = new Dictionary<string, IDictionary<string, bool>>
                {
                    ["container"] = new Dictionary<string, bool> { ["rentguy-web-1"] = true },
                },
            },
            new Immediate<Message>(m =>
            {
                seen.Add(m.Action);
                if (m.Action == "stop")
                {
                    died.TrySetResult();
                }
            }),
            listening.Token
        );
        await docker.Containers.StopContainerAsync("platform-ai-1", new ContainerStopParameters(), Cancel);
        await docker.Containers.StopContainerAsync("rentguy-web-1", new ContainerStopParameters(), Cancel);
        await died.Task.WaitAsync(Patience.Usual, Cancel);
        await listening.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => events);
        Assert.Equal(["kill", "die", "stop"], seen);
        Assert.Equal(0, (await waiting).StatusCode);
    }

    [Fact]
    public async Task N8n_is_what_the_posture_check_should_find()
    {
        await using var standIns = await StandIns.StartAsync();
        using var docker = Client(standIns);
        var n8n = await docker.Containers.InspectContainerAsync("platform-n8n-1", Cancel);
        Assert.Equal("root", n8n.Config.User);
        Assert.Contains(n8n.Mounts, m => m is { Source: "/var/run/docker.sock", RW: true });
        Assert.Equal(0, n8n.HostConfig.Memory);
        Assert.False(n8n.HostConfig.ReadonlyRootfs);
    }

    [Fact]
    public async Task Refusals_carry_the_engines_words()
    {
        await using var standIns = await StandIns.StartAsync();
        using var docker = Client(standIns);
        var missing = await Assert.ThrowsAsync<DockerContainerNotFoundException>(() =>
            docker.Containers.InspectContainerAsync("none", Cancel)
        );
        Assert.Contains("No such container: none", missing.ResponseBody, StringComparison.Ordinal);
        var pulled = await Assert.ThrowsAnyAsync<DockerApiException>(() =>
            docker.Images.CreateImageAsync(
                new ImagesCreateParameters { FromImage = "sevensa/rentguy-api", Tag = "2.4.2" },
                null,
                new Immediate<JSONMessage>(_ => { }),
                Cancel
            )
        );
        Assert.Contains("no such host", pulled.ResponseBody, StringComparison.Ordinal);
        var taken = await Assert.ThrowsAnyAsync<DockerApiException>(() =>
            docker.Containers.RenameContainerAsync(
                "rentguy-web-1",
                new ContainerRenameParameters { NewName = "rentguy-api-1" },
                Cancel
            )
        );
        Assert.Contains("is already in use by container", taken.ResponseBody, StringComparison.Ordinal);
    }

    private static DockerClient Client(StandIns standIns) =>
        new DockerClientBuilder().WithEndpoint(new Uri(standIns.Address("vps-1"))).Build();

    private static async Task<IList<ContainerListResponse>> ListAsync(DockerClient docker, params string[] labels) =>
        await docker.Containers.ListContainersAsync(
            new ContainersListParameters
            {
                All = true,
                Filters = new Dictionary<string, IDictionary<string, bool>>
                {
                    ["label"] = labels.ToDictionary(l => l, _ => true),
                },
            },
            Cancel
        );

    private static async Task<ContainerStatsResponse> OneStatsAsync(DockerClient docker, string name)
    {
        ContainerStatsResponse? last = null;
        await docker.Containers.GetContainerStatsAsync(
            name,
            new ContainerStatsParameters { Stream = false },
            new Immediate<ContainerStatsResponse>(s => last = s),
            Cancel
        );
        return last!;
    }

    private sealed class Immediate<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
