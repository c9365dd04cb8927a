using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>The part of the fleet that other dashboards tell, and are told.</summary>
internal sealed partial class Fleet
{
    /// <summary>All that is known of a host, for another dashboard; null when it is not known.</summary>
    public HostWhole? WholeOf(string hostId, string connection, long epoch, long revision)
    {
        lock (gate)
        {
            return hosts.GetValueOrDefault(hostId) is { } state
                ? new HostWhole(
                    hostId,
                    connection,
                    epoch,
                    revision,
                    state.Host.Facts,
                    state.Host.PresenceSince,
                    state.Host.LastSeenAt,
                    state.Host.ClockSkewMs,
                    state.ClockError.TotalMilliseconds,
                    state.EngineSilent,
                    state.Told,
                    [.. state.Containers.Values],
                    [.. state.Usage.Values],
                    [.. state.Events],
                    state.Cluster is { HasTold: true } cluster ? cluster.Whole : null
                )
                : null;
        }
    }

    /// <summary>What another dashboard, which a host is connected to, knows of it.</summary>
    public void Place(HostWhole whole) =>
        Change(
            whole.Host,
            state =>
            {
                if (state.Host.Presence == HostPresence.Revoked)
                {
                    return;
                }
                (state.Connection, state.Refusal, state.Unheard) = (whole.Connection, null, null);
                (state.EngineSilent, state.Told) = (whole.EngineSilent, whole.Told);
                state.EverTold |= whole.Told;
                state.ClockError = TimeSpan.FromMilliseconds(whole.SkewErrorMs);
                state.Host = state.Host with
                {
                    Presence = HostPresence.Connected,
                    PresenceSince = whole.PresenceSince,
                    LastSeenAt = whole.LastSeenAt,
                    Facts = whole.Facts ?? state.Host.Facts,
                    ClockSkewMs = whole.SkewMs,
                };
                if (whole.Cluster is { } things)
                {
                    (state.Cluster ??= new ClusterBook()).Take(new ClusterNews(true, things, []));
                }
                if (!whole.Told && whole.Containers.Count == 0)
                {
                    return;
                }
                Replace(state, whole.Containers);
                foreach (var reading in whole.Usage.Where(one => state.Containers.ContainsKey(one.ContainerId)))
                {
                    state.Usage[reading.ContainerId] = reading;
                }
                state.Events.Clear();
                foreach (var told in whole.Events.Where(told => claims.MayTell(state, told)))
                {
                    state.Events.Enqueue(told);
                }
            }
        );

    /// <summary>That the dashboard which it is connected to is not heard, in words; null when it is.</summary>
    public void Unheard(string hostId, string? words)
    {
        lock (gate)
        {
            if (hosts.GetValueOrDefault(hostId) is not { } state || state.Unheard == words)
            {
                return;
            }
            state.Unheard = words;
            snapshot = null;
        }
        changes.Tell();
    }
}
