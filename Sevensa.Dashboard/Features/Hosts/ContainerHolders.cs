namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// From which host each container is taken: the first that told of it, until it tells that the container is gone or is revoked.
/// An id is unique in the world, so a second host that tells of the same one does not have it. Not for several threads at once.
/// </summary>
internal sealed class ContainerHolders
{
    private readonly Dictionary<string, string> holders = new(StringComparer.Ordinal);

    /// <summary>Does nothing when another host has it.</summary>
    public void Take(string containerId, string hostId) => holders.TryAdd(containerId, hostId);

    /// <returns>True when this host had it, so that another may have it now.</returns>
    public bool Release(string containerId, string hostId) =>
        holders.TryGetValue(containerId, out var holder) && holder == hostId && holders.Remove(containerId);

    /// <summary>Id of the host; null when none has it.</summary>
    public string? Of(string containerId) => holders.GetValueOrDefault(containerId);
}
