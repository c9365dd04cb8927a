using System.Globalization;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>What the hosts' node exporters tell.</summary>
internal static class HostMetrics
{
    private const double GiB = 1024.0 * 1024 * 1024;

    public static IEnumerable<MetricSeries> Cpu(HostProfile host, LabelSet labels, double boot)
    {
        var seed = Noise.Seed(host.Name);
        (string Mode, double Flat, double Busy)[] modes =
        [
            ("user", 0.05, 0.21),
            ("system", 0.02, 0.07),
            ("iowait", 0.004, 0.012),
            ("softirq", 0.002, 0.006),
            ("steal", 0.001, 0.002),
        ];
        for (var cpu = 0; cpu < host.Cpus; cpu++)
        {
            var own = labels
                .With("__name__", "node_cpu_seconds_total")
                .With("cpu", cpu.ToString(CultureInfo.InvariantCulture));
            var noise = Noise.Seed(seed, cpu);
            foreach (var (mode, flat, busy) in modes)
            {
                yield return new(own.With("mode", mode), t => Spent(t, flat, busy));
            }
            var (allFlat, allBusy) = (modes.Sum(m => m.Flat), modes.Sum(m => m.Busy));
            yield return new(own.With("mode", "idle"), t => t - boot - Spent(t, allFlat, allBusy));

            double Spent(double t, double flat, double busy)
            {
                var bent = t + ServiceTimeline.Wobble(noise, t, t - boot);
                return (flat * (t - boot)) + (busy * (Rhythm.Integral(bent) - Rhythm.Integral(boot)));
            }
        }
    }

    public static double MemoryTotal(HostProfile host) => host.MemoryGiB * GiB;

    public static double MemoryAvailable(HostProfile host, IEnumerable<ContainerMetrics> containers, double t)
    {
        var used = containers.Sum(c => c.Memory(t) is var m && double.IsNaN(m) ? 0 : m);
        return Math.Floor(
            MemoryTotal(host) - used - (1.3 * GiB) - (0.2 * GiB * Noise.Smooth(Noise.Seed(host.Name), t / 600))
        );
    }

    public static double DiskSize(HostProfile host) => host.DiskGiB * GiB;

    /// <summary>Free today, 0.35 GiB more a day before.</summary>
    public static double DiskFree(HostProfile host, double midnight, double t) =>
        Math.Floor(Math.Max(0.5 * GiB, (host.DiskFree * DiskSize(host)) - ((t - midnight) / Rhythm.Day * 0.35 * GiB)));

    public static double Load(HostProfile host, double t, double minutes) =>
        Math.Round(
            host.Cpus * 0.28 * Rhythm.At(t) * (1 + (0.4 / minutes * Noise.Smooth(Noise.Seed(host.Name), t / 60))),
            2
        );
}
