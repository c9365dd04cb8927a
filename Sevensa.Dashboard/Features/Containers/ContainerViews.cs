using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers;

/// <summary>A container as API, assistant and page see it.</summary>
/// <param name="HostConnected">False when this is what a lost runner said last.</param>
/// <param name="Health">healthy, unhealthy, starting, or none.</param>
/// <param name="Usage">Null when it does not run or was not read yet.</param>
/// <param name="Note">Why not all of it is known, in words; null when it is.</param>
public sealed record ContainerView(
    string Id,
    string Name,
    string Service,
    string? Project,
    string Host,
    string HostId,
    bool HostConnected,
    string Image,
    string ImageDigest,
    string ConfigHash,
    string State,
    string Health,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    int? ExitCode,
    bool OomKilled,
    int RestartCount,
    string RestartPolicy,
    long MemoryLimitBytes,
    double CpuLimit,
    string User,
    bool Privileged,
    bool ReadOnlyRootFs,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Ports,
    IReadOnlyList<string> Mounts,
    IReadOnlyList<string> EnvironmentNames,
    ContainerUsageView? Usage,
    string? Note = null
)
{
    public static ContainerView Of(HostedContainer container)
    {
        var facts = container.Facts;
        return new ContainerView(
            facts.Id,
            facts.Name,
            facts.Service,
            facts.Project,
            container.HostName,
            container.HostId,
            container.HostConnected,
            facts.Image,
            facts.ImageDigest,
            facts.ConfigHash,
            facts.State,
            facts.Health,
            Time(facts.CreatedAtUnixMs),
            Time(facts.StartedAtUnixMs),
            Time(facts.FinishedAtUnixMs),
            facts.ExitCode,
            facts.OomKilled,
            facts.RestartCount,
            facts.RestartPolicy,
            facts.MemoryLimitBytes,
            facts.CpuLimit,
            facts.User,
            facts.Privileged,
            facts.ReadOnlyRootFs,
            facts.Networks,
            facts.Ports,
            facts.Mounts,
            facts.EnvironmentNames,
            container.Usage is { } usage ? ContainerUsageView.Of(usage) : null,
            facts.Unread
        );
    }

    private static DateTimeOffset? Time(long unixMs) =>
        unixMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(unixMs) : null;
}

/// <param name="CpuPercent">100 is one processor.</param>
/// <param name="MemoryBytes">Without inactive file pages.</param>
/// <param name="MemoryLimitBytes">The container's limit, else the host's memory.</param>
public sealed record ContainerUsageView(
    DateTimeOffset At,
    double CpuPercent,
    long MemoryBytes,
    long MemoryLimitBytes,
    long NetworkReceivedBytes,
    long NetworkSentBytes,
    long BlockReadBytes,
    long BlockWrittenBytes,
    int Pids
)
{
    public static ContainerUsageView Of(ContainerUsage usage) =>
        new(
            DateTimeOffset.FromUnixTimeMilliseconds(usage.TimeUnixMs),
            usage.CpuPercent,
            usage.MemoryBytes,
            usage.MemoryLimitBytes,
            usage.NetworkReceivedBytes,
            usage.NetworkSentBytes,
            usage.BlockReadBytes,
            usage.BlockWrittenBytes,
            usage.Pids
        );
}

/// <summary>What a container uses now.</summary>
/// <param name="Usage">Null when it does not run.</param>
internal sealed record ContainerStatsView(string Id, string Name, string State, ContainerUsageView? Usage);

/// <param name="TimeUnixNs">As a string: it is beyond what JSON readers keep exactly.</param>
/// <param name="Stream">stdout or stderr.</param>
/// <param name="Text">Untrusted: whatever the container wrote.</param>
internal sealed record LogLineView(DateTimeOffset Time, string TimeUnixNs, string Stream, string Text)
{
    private const long NanosecondsPerTick = 100;

    public static LogLineView Of(ContainerLogLine line) =>
        new(
            DateTimeOffset.UnixEpoch.AddTicks(line.TimeUnixNs / NanosecondsPerTick),
            line.TimeUnixNs.ToString(System.Globalization.CultureInfo.InvariantCulture),
            line.Stream,
            line.Text
        );
}
