using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Metrics;

/// <summary>The host's containers in cAdvisor's names and labels, plus <c>tenant</c>, <c>service</c> and <c>host</c>.</summary>
internal sealed class ContainerMetrics(string host, HostBook book)
{
    private const string LabelPrefix = "sevensa.";

    /// <summary>A stopped container has no readings; its restarts are still told.</summary>
    public string Text()
    {
        var containers = book
            .Containers.Select(facts => new Known(facts, book.ReadingOf(facts.Id), Labels(facts)))
            .ToList();
        var text = new MetricsText();
        OfReading(
            "container_cpu_usage_seconds_total",
            "counter",
            "Cumulative CPU time consumed in seconds.",
            r => r.CpuNanoseconds / 1e9,
            ("cpu", "total")
        );
        OfReading(
            "container_memory_working_set_bytes",
            "gauge",
            "Current working set in bytes: use without inactive file pages.",
            r => r.WorkingSetBytes
        );
        OfReading(
            "container_memory_usage_bytes",
            "gauge",
            "Current memory use in bytes, file pages included.",
            r => r.MemoryUsageBytes
        );
        Family(
            "container_spec_memory_limit_bytes",
            "gauge",
            "Memory limit of the container in bytes; 0 when there is none.",
            known => [(known.Facts.MemoryLimitBytes, [])]
        );
        OfInterface(
            "container_network_receive_bytes_total",
            "Cumulative bytes received.",
            network => network.ReceivedBytes
        );
        OfInterface("container_network_transmit_bytes_total", "Cumulative bytes sent.", network => network.SentBytes);
        OfDevice(
            "container_fs_reads_bytes_total",
            "Cumulative bytes read from block devices.",
            device => device.ReadBytes
        );
        OfDevice(
            "container_fs_writes_bytes_total",
            "Cumulative bytes written to block devices.",
            device => device.WrittenBytes
        );
        OfReading(
            "container_last_seen",
            "gauge",
            "Last time the container was read, in seconds since 1970.",
            r => r.At.ToUnixTimeMilliseconds() / 1e3
        );
        Family(
            "container_start_time_seconds",
            "gauge",
            "Start time of the container in seconds since 1970.",
            known => known.Facts.StartedAtUnixMs > 0 ? [(known.Facts.StartedAtUnixMs / 1e3, [])] : []
        );
        Family(
            "container_restarts_total",
            "counter",
            "Restarts by Docker's restart policy since the container was created.",
            known => [(known.Facts.RestartCount, [])]
        );
        Family(
            "container_health",
            "gauge",
            "1 healthy, 0 not; absent without a health check.",
            known => known.Facts.Health == "none" ? [] : [(known.Facts.Health == "healthy" ? 1 : 0, [])]
        );
        return text.ToString();

        void OfReading(
            string name,
            string type,
            string help,
            Func<ContainerReading, double> value,
            params (string, string)[] more
        ) => Family(name, type, help, known => known.Reading is { } reading ? [(value(reading), more)] : []);

        void OfInterface(string name, string help, Func<InterfaceReading, double> value) =>
            Family(
                name,
                "counter",
                help,
                known =>
                    known.Reading?.Interfaces.Select(network => (value(network), new[] { ("interface", network.Name) }))
                    ?? []
            );

        void OfDevice(string name, string help, Func<DeviceReading, double> value) =>
            Family(
                name,
                "counter",
                help,
                known =>
                    known.Reading?.Devices.Select(device => (value(device), new[] { ("device", device.Device) })) ?? []
            );

        void Family(
            string name,
            string type,
            string help,
            Func<Known, IEnumerable<(double Value, (string Name, string Value)[] More)>> samples
        )
        {
            text.Family(name, type, help);
            foreach (var known in containers)
            {
                foreach (var (value, more) in samples(known))
                {
                    text.Sample(
                        name,
                        known.Labels.Concat(more.Select(label => KeyValuePair.Create(label.Name, label.Value))),
                        value
                    );
                }
            }
        }
    }

    private List<KeyValuePair<string, string>> Labels(ContainerFacts facts)
    {
        var labels = new List<KeyValuePair<string, string>>
        {
            new("id", $"/docker/{facts.Id}"),
            new("name", facts.Name),
            new("image", facts.Image),
            new("tenant", facts.Tenant ?? ""),
            new("service", facts.Service),
            new("host", host),
        };
        labels.AddRange(
            facts
                .Labels.Where(label => label.Key.StartsWith(LabelPrefix, StringComparison.Ordinal))
                .Select(label =>
                    KeyValuePair.Create($"container_label_{MetricsText.LabelName(label.Key)}", label.Value)
                )
                .DistinctBy(label => label.Key)
                .OrderBy(label => label.Key, StringComparer.Ordinal)
        );
        return labels;
    }

    private sealed record Known(
        ContainerFacts Facts,
        ContainerReading? Reading,
        List<KeyValuePair<string, string>> Labels
    );
}
