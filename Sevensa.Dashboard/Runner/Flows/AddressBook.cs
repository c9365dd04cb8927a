using System.Net;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>
/// Which container has which address, from look to look: an address is given out anew when its container has gone, and others
/// may have traces of their connections with that one for long. Not for several threads at once.
/// </summary>
internal sealed class AddressBook
{
    /// <summary>Of an address that nobody has for so long the former holder is forgotten.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly Dictionary<IPAddress, Holding> holdings = [];

    /// <summary>The kernel forgets datagrams that nobody follows up within three minutes.</summary>
    private static readonly TimeSpan Tracked = TimeSpan.FromMinutes(3) + LookedServices.LongestGap;

    /// <param name="Since">When it was first seen with this holder; null when nobody is known who had it before.</param>
    private sealed record Holding(string Holder, long? Since, long Last);

    /// <param name="holders">Who has which at a look.</param>
    public void See(IEnumerable<KeyValuePair<IPAddress, string>> holders, long now)
    {
        foreach (var (address, holder) in holders)
        {
            holdings[address] =
                !holdings.TryGetValue(address, out var before) ? new Holding(holder, null, now)
                : before.Holder == holder ? before with { Last = now }
                : new Holding(holder, now, now);
        }
        foreach (var old in holdings.Where(one => now - one.Value.Last > Kept.TotalMilliseconds).ToList())
        {
            holdings.Remove(old.Key);
        }
    }

    /// <summary>
    /// Whether a connection to this address, as another container has it, may be one with who had the address before. Hardly any
    /// is missed with it: those of the new holder are in its own tables.
    /// </summary>
    /// <param name="hasEnded">Such a trace is gone after a minute; one that the other end left open may stay for ever.</param>
    public bool MayBeFormer(IPAddress address, bool hasEnded, long now) =>
        holdings.GetValueOrDefault(address)?.Since is { } since
        && (!hasEnded || now - since <= LookedServices.LongestGap.TotalMilliseconds);

    /// <summary>Whether datagrams that the kernel keeps track of may be of who had the address before.</summary>
    public bool MayBeTrackedOfFormer(IPAddress address, long now) =>
        holdings.GetValueOrDefault(address)?.Since is { } since && now - since <= Tracked.TotalMilliseconds;
}
