using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Which connection each host has now. The newest wins: an older one is what a broken line left behind.</summary>
internal sealed class RunnerConnections
{
    private readonly ConcurrentDictionary<string, Connection> connections = new(StringComparer.Ordinal);

    public string? Find(string hostId) => connections.GetValueOrDefault(hostId)?.Id;

    /// <returns>False when this connection was known already.</returns>
    public bool Take(string hostId, string connectionId, Action abort)
    {
        var fresh = new Connection(connectionId, abort);
        while (true)
        {
            if (connections.TryGetValue(hostId, out var before))
            {
                if (before.Id == connectionId)
                {
                    return false;
                }
                if (connections.TryUpdate(hostId, fresh, before))
                {
                    before.Abort();
                    return true;
                }
            }
            else if (connections.TryAdd(hostId, fresh))
            {
                return true;
            }
        }
    }

    /// <returns>True when it was the host's current connection.</returns>
    public bool Release(string hostId, string connectionId) =>
        connections.TryGetValue(hostId, out var known)
        && known.Id == connectionId
        && connections.TryRemove(KeyValuePair.Create(hostId, known));

    public void Abort(string hostId)
    {
        if (connections.TryRemove(hostId, out var known))
        {
            known.Abort();
        }
    }

    private sealed record Connection(string Id, Action Abort);
}
