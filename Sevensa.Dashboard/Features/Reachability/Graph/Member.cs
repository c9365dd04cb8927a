using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Reachability.Graph;

/// <param name="Key">The same for all who are in the same network.</param>
/// <param name="Internal">No way leads out of it but to its host.</param>
/// <param name="Open">Who is in it reaches each other.</param>
/// <param name="Driver">bridge, macvlan, overlay, …; empty where it is not known.</param>
internal sealed record Place(string Key, string Network, bool Internal, bool Open, string Driver);

/// <summary>A running container as the others meet it on the network.</summary>
/// <param name="NamespaceOf">Id of the container in whose network namespace it lives; its own when it has one.</param>
/// <param name="OnHost">It lives in its host's network namespace.</param>
/// <param name="Ports">That it says it listens on; empty when it says none.</param>
/// <param name="HasHost">Why who breaks into it has its host, in words; null when nothing says so.</param>
internal sealed record Member(
    HostedContainer Container,
    FlowEnd End,
    string NamespaceOf,
    bool OnHost,
    IReadOnlyList<Place> Places,
    IReadOnlyList<string> Ports,
    IReadOnlyList<PublishedPort> Published,
    string? HasHost
)
{
    /// <summary>Another container's namespace may be another's again.</summary>
    private const int MostSteps = 10;

    public string HostId => Container.HostId;

    /// <summary>It has an address at all.</summary>
    public bool IsOnline => OnHost || Places.Count > 0;

    /// <summary>It reaches what is outside of its host.</summary>
    public bool GoesOut => OnHost || Places.Any(place => !place.Internal);

    public static IReadOnlyList<Member> Of(IEnumerable<HostedContainer> running)
    {
        var all = running.ToList();
        var known = new Dictionary<(string, string), HostedContainer>();
        foreach (var container in all)
        {
            known[(container.HostId, container.Facts.Name)] = container;
            known[(container.HostId, container.Facts.Id)] = container;
        }
        return [.. all.Select(container => Of(container, known))];
    }

    private static Member Of(HostedContainer container, Dictionary<(string, string), HostedContainer> known)
    {
        var owner = container;
        for (var step = 0; step < MostSteps && SharedWith(owner) is { } other; step++)
        {
            if (!known.TryGetValue((container.HostId, other), out var next))
            {
                break;
            }
            owner = next;
        }
        var onHost = owner.Facts.Settings?.NetworkMode == "host" || owner.Facts.Networks.Contains("host");
        return new Member(
            container,
            new FlowEnd(EndKind.Service, container.Facts.Tenant, container.Facts.Service),
            owner.Facts.Id,
            onHost,
            onHost ? [] : [.. PlacesOf(owner)],
            [.. ListensOn(container.Facts)],
            [.. PublishedPort.Of(container.Facts)],
            WhyHost(container.Facts)
        );
    }

    private static string? SharedWith(HostedContainer container) =>
        container.Facts.Settings?.SharedNamespaces().FirstOrDefault(shared => shared.What == "network").Container;

    private static IEnumerable<Place> PlacesOf(HostedContainer container)
    {
        if (container.Facts.Isolation is not { } isolation)
        {
            // An older runner tells the names alone.
            return container
                .Facts.Networks.Where(name => name is not "none")
                .Select(name => new Place($"{container.HostId}/{name}", name, false, true, ""));
        }
        return isolation
            .Endpoints.Where(endpoint => endpoint.Network is not "none" && endpoint.Driver is not "null")
            .Select(endpoint => new Place(
                // A network of several hosts has one id on all of them.
                endpoint is { Driver: "overlay", NetworkId.Length: > 0 }
                    ? endpoint.NetworkId
                    : $"{container.HostId}/{(endpoint.NetworkId.Length > 0 ? endpoint.NetworkId : endpoint.Network)}",
                endpoint.Network,
                endpoint.Internal,
                endpoint.InterContainer,
                endpoint.Driver
            ));
    }

    private static IEnumerable<string> ListensOn(ContainerFacts facts) =>
        (facts.Isolation?.ExposedPorts ?? [])
            .Concat(
                facts.Ports.Select(port =>
                    port[(port.IndexOf("->", StringComparison.Ordinal) is >= 0 and var at ? at + 2 : 0)..]
                )
            )
            .Concat(TraefikLabels.PortsIn(facts.Labels).Select(port => $"{port}/tcp"))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);

    private static string? WhyHost(ContainerFacts facts) =>
        facts.Privileged ? "it is privileged"
        : EngineSocket.MountedIn(facts).Count > 0 ? "it has the engine's socket"
        : null;
}
