using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What real engines answered, read by the real client.</summary>
public class DockerReadingTests
{
    private static Dictionary<string, (int, string, byte[])> Recordings()
    {
        var answers = new Dictionary<string, (int, string, byte[])>();
        foreach (var exchange in Recorded.Of("docker"))
        {
            var body = exchange.Body.Contains("\"base64\"", StringComparison.Ordinal)
                ? JsonDocument.Parse(exchange.Body).RootElement.GetProperty("base64").GetBytesFromBase64()
                : Encoding.UTF8.GetBytes(exchange.Body);
            // Several recordings of one path: the first is the plain one.
            answers.TryAdd(
                $"{exchange.Method} {exchange.Path.Split('?')[0]}",
                (exchange.Status, exchange.ContentType, body)
            );
        }
        foreach (
            var (path, answer) in answers
                .Where(pair =>
                    pair.Key.StartsWith("GET /containers/", StringComparison.Ordinal)
                    && pair.Key.EndsWith("-1/json", StringComparison.Ordinal)
                )
                .ToList()
        )
        {
            var id = JsonDocument.Parse(answer.Item3).RootElement.GetProperty("Id").GetString();
            answers.TryAdd($"GET /containers/{id}/json", answer);
        }
        return answers;
    }

    private static Task<RecordedDocker> RecordedAsync() =>
        RecordedDocker.StartAsync(Recordings(), new Dictionary<string, string> { ["psra"] = "psra-ltsd" });

    [Fact]
    public async Task A_container_that_Docker_is_stuck_on_costs_itself_a_note_and_nobody_the_picture()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using var docker = await RecordedDocker.StartAsync(
            Recordings(),
            new Dictionary<string, string> { ["psra"] = "psra-ltsd" },
            async (path, gone) =>
            {
                if (
                    path.StartsWith("/containers/", StringComparison.Ordinal)
                    && path.EndsWith("/json", StringComparison.Ordinal)
                    && path.Contains(Stuck(), StringComparison.Ordinal)
                )
                {
                    asked.TrySetResult();
                    await Task.Delay(Timeout.Infinite, gone);
                }
            },
            time
        );
        var reading = docker.Engine.ContainersAsync(TestContext.Current.CancellationToken);
        await asked.Task.WaitAsync(Patience.Usual);
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        var all = await reading;
        Assert.Equal(5, all.Count);
        var stuck = Assert.Single(all, container => container.Unread is not null);
        Assert.Equal(("rentguy-web-1", "created"), (stuck.Name, stuck.State));
        Assert.Contains("within 15 s", stuck.Unread, StringComparison.Ordinal);

        static string Stuck() =>
            Recordings()
                .Where(pair => pair.Key == "GET /containers/rentguy-web-1/json")
                .Select(pair => JsonDocument.Parse(pair.Value.Item3).RootElement.GetProperty("Id").GetString()!)
                .Single();
    }

    [Fact]
    public async Task The_inventory_of_a_real_engine()
    {
        await using var docker = await RecordedAsync();
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
        await using var docker = await RecordedAsync();
        var api = await docker.Engine.InspectAsync("rentguy-api-1", CancellationToken.None);
        Assert.Equal(["DB_PASSWORD", "LOG_LEVEL"], api!.EnvironmentNames);
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(api), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_from_the_label_or_else_from_the_compose_project()
    {
        var recordings = Recordings();
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

    private static async Task<string> HashAsync(Action<JsonNode> change)
    {
        var recordings = Recordings();
        var inspect = JsonNode.Parse(recordings["GET /containers/rentguy-api-1/json"].Item3)!;
        change(inspect);
        await using var docker = await RecordedDocker.StartAsync(
            new Dictionary<string, (int, string, byte[])>
            {
                ["GET /containers/x/json"] = (200, "application/json", Encoding.UTF8.GetBytes(inspect.ToJsonString())),
            }
        );
        return (await docker.Engine.InspectAsync("x", CancellationToken.None))!.ConfigHash;
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("environment value")]
    [InlineData("label")]
    [InlineData("exposed port")]
    [InlineData("network")]
    [InlineData("command")]
    [InlineData("image")]
    public async Task The_configuration_hash_changes_with_what_was_asked_for(string what) =>
        Assert.NotEqual(
            await HashAsync(_ => { }),
            await HashAsync(inspect =>
            {
                switch (what)
                {
                    case "memory":
                        inspect["HostConfig"]!["Memory"] = 1;
                        break;
                    case "environment value":
                        inspect["Config"]!["Env"]![0] = "DB_PASSWORD=hunter3";
                        break;
                    case "label":
                        inspect["Config"]!["Labels"]!["x"] = "y";
                        break;
                    case "exposed port":
                        inspect["Config"]!["ExposedPorts"]!["81/tcp"] = new JsonObject();
                        break;
                    case "network":
                        inspect["NetworkSettings"]!["Networks"]!["more"] = new JsonObject();
                        break;
                    case "command":
                        inspect["Config"]!["Cmd"]!.AsArray().Add("x");
                        break;
                    default:
                        inspect["Image"] = "sha256:other";
                        break;
                }
            })
        );

    [Fact]
    public async Task The_configuration_hash_does_not_change_with_ids_times_addresses_or_what_a_later_engine_adds() =>
        Assert.Equal(
            await HashAsync(_ => { }),
            await HashAsync(inspect =>
            {
                const string other = "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef";
                inspect["Id"] = other;
                inspect["Config"]!["Hostname"] = other[..12];
                inspect["Created"] = "2027-01-01T00:00:00Z";
                inspect["State"]!["StartedAt"] = "2027-01-01T00:00:00Z";
                inspect["RestartCount"] = 9;
                inspect["HostConfig"]!["CapAdd"] = new JsonArray();
                inspect["HostConfig"]!["MemorySwappiness"] = null;
                var network = inspect["NetworkSettings"]!["Networks"]!["rentguy_default"]!;
                network["IPAddress"] = "172.18.0.99";
                network["Aliases"] = new JsonArray(other[..12]);
            })
        );

    [Fact]
    public async Task The_same_value_hashes_differently_on_another_host()
    {
        var inspect = Recordings()["GET /containers/rentguy-api-1/json"];
        var answers = new Dictionary<string, (int, string, byte[])> { ["GET /containers/x/json"] = inspect };
        await using var docker = await RecordedDocker.StartAsync(answers);
        var here = await docker.Engine.InspectAsync("x", CancellationToken.None);
        Assert.NotEqual(here!.ConfigHash, await HashAsync(node => node["Config"]!["Env"]![0] = "DB_PASSWORD="));
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

    [Theory]
    [InlineData("HostConfig.Memory")]
    [InlineData("State.ExitCode")]
    [InlineData("Config.Env")]
    [InlineData("NetworkSettings.Networks")]
    [InlineData("")]
    public async Task A_container_whose_description_can_t_be_read_has_a_note_and_the_others_are_as_ever(string strange)
    {
        var recordings = Recordings();
        var inspect = JsonNode.Parse(recordings["GET /containers/psra-api-1/json"].Item3)!;
        var id = inspect["Id"]!.GetValue<string>();
        var body = "[not what an engine says";
        if (strange.Split('.') is [var part, var member])
        {
            inspect[part]![member] = "many";
            body = inspect.ToJsonString();
        }
        foreach (var path in new[] { "psra-api-1", id })
        {
            recordings[$"GET /containers/{path}/json"] = (200, "application/json", Encoding.UTF8.GetBytes(body));
        }
        await using var docker = await RecordedDocker.StartAsync(recordings);

        var all = await docker.Engine.ContainersAsync(CancellationToken.None);

        Assert.Equal(5, all.Count);
        Assert.Single(all, container => container.Unread is not null);
        var read = all.Single(container => container.Name == "psra-api-1");
        Assert.Contains("can't be read", read.Unread!, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", read.Unread!, StringComparison.Ordinal);
        Assert.Equal((id, "running", ""), (read.Id, read.State, read.ConfigHash));
        Assert.NotNull((await docker.Engine.InspectAsync(id, CancellationToken.None))!.Unread);
    }

    [Fact]
    public async Task An_event_that_can_t_be_read_is_passed_over()
    {
        var recordings = Recordings();
        var events = recordings["GET /events"];
        recordings["GET /events"] = (
            events.Item1,
            events.Item2,
            [.. "{\"Type\":\"container\",\"Action\":7}\n[broken\n"u8, .. events.Item3]
        );
        await using var docker = await RecordedDocker.StartAsync(recordings);
        var told = await docker
            .Engine.EventsAsync(0, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Contains(told, item => item is { Action: "start", ContainerName: "rentguy-api-1" });
    }

    [Fact]
    public async Task What_was_asked_for_is_told_in_dockers_words()
    {
        var recordings = Recordings();
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

    [Fact]
    public async Task Stats_of_a_real_container_and_of_one_that_does_not_run()
    {
        await using var docker = await RecordedAsync();
        var reading = await docker.Engine.ReadAsync("rentguy-api-1", CancellationToken.None);
        // Control groups version 1: usage 2801664 without 348160 of inactive file pages.
        Assert.Equal(
            (366959396UL, 2801664UL, 2453504UL, 134217728UL),
            (reading!.CpuNanoseconds, reading.MemoryUsageBytes, reading.WorkingSetBytes, reading.MemoryLimitBytes)
        );
        Assert.Equal([new InterfaceReading("eth0", 1112, 0)], reading.Interfaces);
        Assert.Null(await docker.Engine.ReadAsync("psra-oom-1", CancellationToken.None));
        Assert.Null(await docker.Engine.ReadAsync("none", CancellationToken.None));
    }

    [Fact]
    public async Task Stats_of_version_2_control_groups()
    {
        var body = await File.ReadAllBytesAsync(
            Path.Combine(Recorded.Datasets(), "docker-engine", "moby-v1.55-assembled-ContainerStatsResponse.json")
        );
        var stats = JsonNode.Parse(body)!;
        stats["memory_stats"]!["usage"] = 10_000_000;
        // The documentation quotes this number; no engine does.
        stats["pids_stats"]!["limit"] = ulong.MaxValue;
        await using var docker = await RecordedDocker.StartAsync(
            new Dictionary<string, (int, string, byte[])>
            {
                ["GET /containers/x/stats"] = (200, "application/json", Encoding.UTF8.GetBytes(stats.ToJsonString())),
            }
        );
        var reading = await docker.Engine.ReadAsync("x", CancellationToken.None);
        Assert.Equal(10_000_000UL - 2510848UL, reading!.WorkingSetBytes);
        Assert.Equal(29912000UL, reading.CpuNanoseconds);
        Assert.Contains(
            new InterfaceReading("eth0", 5338, stats["networks"]!["eth0"]!["tx_bytes"]!.GetValue<ulong>()),
            reading.Interfaces
        );
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
    public async Task Multiplexed_logs_come_apart_in_order_with_nanoseconds()
    {
        await using var docker = await RecordedAsync();
        var lines = await docker.Engine.LogsAsync("rentguy-api-1", 100, 0, CancellationToken.None);
        Assert.Equal(6, lines.Count);
        Assert.Equal(("stdout", "level=info msg=ok"), (lines[0].Stream, lines[0].Text));
        Assert.Equal(("stderr", "level=error msg=oops"), (lines[1].Stream, lines[1].Text));
        Assert.Equal(393222847, lines[0].TimeUnixNs % 1_000_000_000);
        Assert.Equal(lines.Select(line => line.TimeUnixNs).Order(), lines.Select(line => line.TimeUnixNs));
    }

    [Fact]
    public async Task A_line_in_several_frames_is_one_line_and_the_newest_are_kept()
    {
        byte[][] frames =
        [
            "2026-01-30T12:00:00.5Z hel"u8.ToArray(),
            "lo\n2026-01-30T12:00:01Z two\n2026-01-30T12:00:02Z thr"u8.ToArray(),
            "ee"u8.ToArray(),
        ];
        var index = 0;
        var lines = await LogLines.TailAsync(
            (buffer, _) =>
            {
                if (index == frames.Length)
                {
                    return Task.FromResult(new LogBytes(0, "stdout", false));
                }
                frames[index].CopyTo(buffer, 0);
                return Task.FromResult(new LogBytes(frames[index++].Length, "stdout", false));
            },
            2,
            100,
            0,
            CancellationToken.None
        );
        Assert.Equal(["hello", "two"], lines.Lines.Select(line => line.Text));
        Assert.Equal(["three"], lines.Unfinished.Select(line => line.Text));
    }

    [Fact]
    public async Task Events_are_told_without_noise_and_health_as_a_word()
    {
        await using var docker = await RecordedAsync();
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
        await using var docker = await RecordedAsync();
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
    [InlineData("12:devices:/docker/59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9")]
    [InlineData("0::/system.slice/docker-59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9.scope")]
    [InlineData(
        "653 648 8:1 /var/lib/docker/containers/59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9/hostname /etc/hostname rw"
    )]
    public void The_runner_knows_the_container_it_runs_in(string text)
    {
        var id = OwnContainers.IdFrom(text);
        Assert.Equal("59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9", id);
        Assert.Equal("runner", new OwnContainers(id).RoleOf(id!, null));
        Assert.Equal(
            "dashboard",
            new OwnContainers(null).RoleOf("x", new Dictionary<string, string> { ["sevensa.role"] = "dashboard" })
        );
        Assert.Null(OwnContainers.IdFrom("0::/init.scope"));
        // As a host sees the shared memory of a container that lets others use it.
        Assert.Null(
            OwnContainers.IdFrom(
                "702 29 0:61 / /var/lib/docker/containers/59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9/mounts/shm rw,nosuid - tmpfs shm rw"
            )
        );
    }

    [Fact]
    public void The_processor_is_a_rate_between_two_readings()
    {
        var at = DateTimeOffset.UnixEpoch;
        var before = Samples.Reading("x", at);
        var now = before with { At = at.AddSeconds(5), CpuNanoseconds = before.CpuNanoseconds + 2_500_000_000 };
        Assert.Equal(50, Stats.Usage(before, now).CpuPercent);
        Assert.Equal(0, Stats.Usage(null, now).CpuPercent);
        // It was restarted in between: the counter began anew.
        Assert.Equal(0, Stats.Usage(now, before with { At = at.AddSeconds(10) }).CpuPercent);
    }
}
