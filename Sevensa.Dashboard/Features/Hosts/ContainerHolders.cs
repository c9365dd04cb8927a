namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// From which host each container is taken: the first that told of it and may, until it tells that the container is gone or is
/// revoked. An id is unique in the world, so a second host that tells of the same one does not have it. Not for several threads
/// at once.
/// </summary>
internal sealed class ContainerHolders
{
    private readonly Dictionary<string, string> holders = new(StringComparer.Ordinal);
    private Dictionary<string, string?> changed = new(StringComparer.Ordinal);

    /// <summary>As they were when the program ended.</summary>
    public void Restore(IEnumerable<KeyValuePair<string, string>> kept)
    {
        foreach (var (containerId, hostId) in kept)
        {
            holders.TryAdd(containerId, hostId);
        }
    }

    /// <summary>Does nothing when another host has it.</summary>
    public void Take(string containerId, string hostId)
    {
        if (holders.TryAdd(containerId, hostId))
        {
            changed[containerId] = hostId;
        }
    }

    /// <returns>True when this host had it, so that another may have it now.</returns>
    public bool Release(string containerId, string hostId)
    {
        if (!holders.TryGetValue(containerId, out var holder) || holder != hostId)
        {
            return false;
        }
        changed[containerId] = null;
        return holders.Remove(containerId);
    }

    /// <summary>Id of the host; null when none has it.</summary>
    public string? Of(string containerId) => holders.GetValueOrDefault(containerId);

    /// <summary>Ids of the containers that a host has.</summary>
    public IReadOnlyList<string> HeldBy(string hostId) =>
        [.. holders.Where(pair => pair.Value == hostId).Select(pair => pair.Key)];

    /// <summary>What changed since this was asked last: the host that has each container now, null for none.</summary>
    public IReadOnlyDictionary<string, string?> TakeChanges()
    {
        var taken = changed;
        changed = taken.Count == 0 ? taken : new Dictionary<string, string?>(StringComparer.Ordinal);
        return taken;
    }

    /// <summary>What was taken and could not be kept; what has changed again since stays as it is.</summary>
    public void GiveBack(IReadOnlyDictionary<string, string?> changes)
    {
        foreach (var (containerId, hostId) in changes)
        {
            changed.TryAdd(containerId, hostId);
        }
    }
}
