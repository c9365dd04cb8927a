using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>What is known of this host's containers: the facts, and the last reading of each.</summary>
internal sealed class HostBook
{
    private readonly ConcurrentDictionary<string, ContainerFacts> facts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ContainerReading> readings = new(StringComparer.Ordinal);

    public IReadOnlyList<ContainerFacts> Containers =>
        [.. facts.Values.OrderBy(container => container.Name, StringComparer.Ordinal)];

    public ContainerReading? ReadingOf(string containerId) => readings.GetValueOrDefault(containerId);

    public void Replace(IReadOnlyList<ContainerFacts> all)
    {
        foreach (var gone in facts.Keys.Except(all.Select(container => container.Id)).ToList())
        {
            Remove(gone);
        }
        foreach (var container in all)
        {
            Put(container);
        }
    }

    public void Put(ContainerFacts container)
    {
        facts[container.Id] = container;
        if (container.State is not ("running" or "paused"))
        {
            readings.TryRemove(container.Id, out _);
        }
    }

    public void Remove(string containerId)
    {
        facts.TryRemove(containerId, out _);
        readings.TryRemove(containerId, out _);
    }

    /// <returns>The reading before.</returns>
    public ContainerReading? Put(ContainerReading reading)
    {
        var before = readings.GetValueOrDefault(reading.ContainerId);
        readings[reading.ContainerId] = reading;
        return before;
    }
}
