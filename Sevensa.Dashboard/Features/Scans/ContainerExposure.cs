using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>From how far a container is reached and as whom it runs, from what Docker says of it.</summary>
/// <param name="RunsAsRoot">Null where its description could not be read.</param>
/// <param name="Ways">The ports and routers by which it is reached from outside its networks, in words.</param>
internal sealed record ContainerExposure(Exposure Exposure, bool? RunsAsRoot, IReadOnlyList<string> Ways)
{
    /// <summary>Another container's network namespace may be another's again.</summary>
    private const int MostSteps = 10;

    public static ContainerExposure Of(HostedContainer container, IFleet fleet)
    {
        bool? root = container.Facts.Unread is null ? HardenWords.IsRoot(container.Facts.User) : null;
        if (!container.Runs)
        {
            return new ContainerExposure(Exposure.NotRunning, root, []);
        }
        var owner = NamespaceOf(container, fleet).Facts;
        var (widest, ways) = (Exposure.Inside, new List<string>());
        if (owner.Settings?.NetworkMode == "host" || owner.Networks.Contains("host"))
        {
            Add(Exposure.Published, "its host's own network");
        }
        foreach (var port in PublishedPort.Of(owner))
        {
            var address = port.IsEverywhere ? "all addresses" : port.Address;
            Add(port.IsLoopback ? Exposure.Loopback : Exposure.Published, $"{address}:{port.HostPort} → {port.Inside}");
        }
        if (TraefikLabels.AreRouted(container.Facts.Labels))
        {
            Add(Exposure.Internet, $"Traefik: {TraefikLabels.RulesIn(container.Facts.Labels)}");
        }
        return new ContainerExposure(widest, root, [.. ways.Distinct()]);

        void Add(Exposure exposure, string way)
        {
            widest = exposure > widest ? exposure : widest;
            ways.Add(way);
        }
    }

    /// <summary>Ports are published by the container whose network namespace it lives in.</summary>
    private static HostedContainer NamespaceOf(HostedContainer container, IFleet fleet)
    {
        var owner = container;
        for (var step = 0; step < MostSteps; step++)
        {
            var other = owner.Facts.Settings?.SharedNamespaces().FirstOrDefault(one => one.What == "network").Container;
            if (other is null || fleet.Find(container.HostId, other) is not { } next)
            {
                break;
            }
            owner = next;
        }
        return owner;
    }
}
