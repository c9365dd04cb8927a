namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Docker's stats, for control groups of version 1 and 2.</summary>
internal static class Stats
{
    /// <summary>Null for a container that does not run: Docker then answers zeros with a time of year 1.</summary>
    public static ContainerReading? Read(string containerId, StatsAnswer stats)
    {
        if (stats.Read.Year <= 1)
        {
            return null;
        }
        var usage = stats.Memory?.Usage ?? 0;
        // Version 1 names the hierarchy's figure total_inactive_file; version 2 has inactive_file only.
        var details = stats.Memory?.Stats;
        var inactive =
            details is null ? 0
            : details.TryGetValue("total_inactive_file", out var v1) ? v1
            : details.TryGetValue("inactive_file", out var v2) ? v2
            : 0;
        return new ContainerReading(
            containerId,
            stats.Read,
            stats.Processor?.Usage?.Total ?? 0,
            usage,
            usage > inactive ? usage - inactive : 0,
            stats.Memory?.Limit ?? 0,
            [
                .. (stats.Networks ?? new Dictionary<string, StatsNetwork?>())
                    .OrderBy(network => network.Key, StringComparer.Ordinal)
                    .Select(network => new InterfaceReading(
                        network.Key,
                        network.Value?.ReceivedBytes ?? 0,
                        network.Value?.SentBytes ?? 0
                    )),
            ],
            Devices(stats.Devices?.Bytes ?? []),
            (int)(stats.Processes?.Current ?? 0)
        );
    }

    /// <summary>What crosses the hub: a rate for the processor, bytes for the rest.</summary>
    /// <param name="before">The reading before, when there is one; without it the rate is not known yet and given as 0.</param>
    public static ContainerUsage Usage(ContainerReading? before, ContainerReading now)
    {
        var elapsed = before is null ? 0 : (now.At - before.At).TotalNanoseconds;
        var cpu =
            elapsed > 0 && now.CpuNanoseconds >= before!.CpuNanoseconds
                ? (now.CpuNanoseconds - before.CpuNanoseconds) / elapsed * 100
                : 0;
        return new ContainerUsage(
            now.ContainerId,
            now.At.ToUnixTimeMilliseconds(),
            cpu,
            Signed(now.WorkingSetBytes),
            Signed(now.MemoryLimitBytes),
            now.Interfaces.Sum(network => Signed(network.ReceivedBytes)),
            now.Interfaces.Sum(network => Signed(network.SentBytes)),
            now.Devices.Sum(device => Signed(device.ReadBytes)),
            now.Devices.Sum(device => Signed(device.WrittenBytes)),
            now.Pids
        );
    }

    private static long Signed(ulong bytes) => (long)Math.Min(bytes, long.MaxValue / 1024);

    private static IReadOnlyList<DeviceReading> Devices(IReadOnlyList<StatsDevice> entries) =>
        [
            .. entries
                .GroupBy(entry => $"{entry.Major}:{entry.Minor}")
                .OrderBy(device => device.Key, StringComparer.Ordinal)
                .Select(device => new DeviceReading(device.Key, Bytes(device, "read"), Bytes(device, "write"))),
        ];

    // Version 1 writes "Read", version 2 "read".
    private static ulong Bytes(IEnumerable<StatsDevice> entries, string operation) =>
        entries
            .Where(entry => string.Equals(entry.Op, operation, StringComparison.OrdinalIgnoreCase))
            .Aggregate(0UL, (sum, entry) => sum + entry.Value);
}
