using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What containers use, of real readings of both versions of control groups.</summary>
public class StatsTests
{
    [Fact]
    public async Task Stats_of_a_real_container_and_of_one_that_does_not_run()
    {
        await using var docker = await RecordedDocker.StartAsync();
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
