using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Whose word about a container counts: the first host's that may report its tenant. What another says of it is a claim that is
/// refused. In the fleet's turn.
/// </summary>
/// <param name="hosts">All, by id.</param>
internal sealed class ContainerClaims(IReadOnlyDictionary<string, HostState> hosts, ContainerHolders holders)
{
    private const int MostTold = 20;

    /// <summary>What this host says of the container is what is known of it.</summary>
    public bool IsTaken(HostState state, ContainerFacts facts) =>
        state.Host.MayReport(facts.Tenant) && holders.Of(facts.Id) == state.Host.Id;

    /// <summary>Whether an event is taken from a host.</summary>
    public bool MayTell(HostState state, EngineEvent told) =>
        state.Host.MayReport(told.Tenant) && IsNobodyElses(told.ContainerId, state);

    /// <summary>Whether what a host tells of a release is taken from it.</summary>
    public bool MayTell(HostState state, ReleaseFacts release) =>
        state.Host.MayReport(release.Tenant)
        && release.Containers.All(container => IsNobodyElses(container.ContainerId, state));

    /// <summary>Only who may report a container can be the one that it is taken from; who may not keeps no place from who may.</summary>
    public void Settle(HostState state, ContainerFacts container)
    {
        if (state.Host.MayReport(container.Tenant))
        {
            holders.Take(container.Id, state.Host.Id);
        }
        else
        {
            Release(state.Host.Id, [container.Id]);
        }
    }

    /// <summary>The same for all that a host has told of.</summary>
    public void Settle(HostState state)
    {
        foreach (var container in state.Containers.Values)
        {
            Settle(state, container);
        }
    }

    /// <summary>What a host has no more is taken from another that tells of it and may.</summary>
    public void Release(string hostId, IEnumerable<string> containers)
    {
        foreach (var id in containers)
        {
            if (
                holders.Release(id, hostId)
                && hosts.Values.FirstOrDefault(other =>
                    other.Host.Id != hostId
                    && other.Containers.TryGetValue(id, out var told)
                    && other.Host.MayReport(told.Tenant)
                )
                    is { } next
            )
            {
                holders.Take(id, next.Host.Id);
            }
        }
    }

    /// <summary>What a host says of containers that are not taken from it, in order of name; no more than can be shown.</summary>
    public IReadOnlyList<RefusedClaim> RefusedOf(HostState state) =>
        [
            .. state
                .Containers.Values.Where(facts => !IsTaken(state, facts))
                .OrderBy(facts => facts.Name, StringComparer.Ordinal)
                .Take(MostTold)
                .Select(facts => ClaimOf(state.Host, facts)),
        ];

    /// <summary>Without names: whoever sees the host need not see whose containers they are.</summary>
    public static string? TroubleOf(IReadOnlyList<RefusedClaim> claims) =>
        claims.Count switch
        {
            0 => null,
            1 => "It tells of a container that is not taken from it. What is known of it elsewhere stays as it was.",
            var count =>
                $"It tells of {(count == MostTold ? "twenty or more" : count)} containers that are not taken from it. What is known of them elsewhere stays as it was.",
        };

    private bool IsNobodyElses(string containerId, HostState state) =>
        holders.Of(containerId) is not { } holder || holder == state.Host.Id;

    private RefusedClaim ClaimOf(DockerHost host, ContainerFacts facts)
    {
        var holder = holders.Of(facts.Id) is { } id && id != host.Id ? hosts.GetValueOrDefault(id)?.Host.Name : null;
        return new RefusedClaim(
            facts.Id,
            facts.Name,
            facts.Tenant,
            holder,
            holder is null
                ? $"{host.Name} may not report containers of {facts.Tenant}."
                : $"{holder} told of the same container first."
        );
    }
}
