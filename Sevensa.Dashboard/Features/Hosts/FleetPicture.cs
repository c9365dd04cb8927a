using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>The fleet as it is shown at a moment: nothing in it changes any more.</summary>
internal sealed record FleetPicture(
    IReadOnlyList<DockerHost> Hosts,
    IReadOnlyList<HostedContainer> Containers,
    Dictionary<string, List<HostedContainer>> ByTenant,
    Dictionary<string, HostedContainer> ById
)
{
    public static FleetPicture Of(
        IReadOnlyList<(HostState State, DockerHost Shown)> hosts,
        Func<HostState, ContainerFacts, bool> isTaken
    )
    {
        var all = hosts
            .Select(host => host.State)
            .SelectMany(state =>
                state
                    .Containers.Values.Where(facts => isTaken(state, facts))
                    .Select(facts => new HostedContainer(
                        state.Host.Id,
                        state.Host.Name,
                        state.Host.Presence == HostPresence.Connected,
                        facts,
                        state.Usage.GetValueOrDefault(facts.Id)
                    ))
            )
            .OrderBy(container => container.Facts.Name, StringComparer.Ordinal)
            .ToList();
        return new FleetPicture(
            [
                .. hosts
                    .Select(host => host.Shown)
                    .OrderBy(host => host.Presence == HostPresence.Revoked)
                    .ThenBy(host => host.Name, StringComparer.Ordinal),
            ],
            all,
            all.Where(container => container.Facts.Tenant is not null)
                .GroupBy(container => container.Facts.Tenant!, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal),
            all.ToDictionary(container => container.Facts.Id, StringComparer.Ordinal)
        );
    }
}
