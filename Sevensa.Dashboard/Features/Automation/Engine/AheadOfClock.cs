namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// Dates what lies ahead because the clock was put back: it is as if it had been when that was noticed, so that it counts for as long as
/// it would have, and not until that clock is caught up with.
/// </summary>
internal static class AheadOfClock
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    /// <summary>Nothing is looked back at for longer.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <param name="key">The same for the same thing at each look.</param>
    public static DateTimeOffset Date(PolicyMemory memory, string key, DateTimeOffset at, DateTimeOffset now)
    {
        if (memory.Ahead.TryGetValue(key, out var seen))
        {
            if (seen.Seen > now)
            {
                memory.Ahead[key] = seen = seen with { Seen = now };
            }
            return seen.Seen;
        }
        if (at <= now + Slack)
        {
            return at;
        }
        memory.Ahead[key] = new SeenAhead(at, now);
        return now;
    }

    /// <summary>Forgets what is not ahead any more and counts for nothing.</summary>
    public static void Forget(PolicyMemory memory, DateTimeOffset now)
    {
        foreach (var (key, seen) in memory.Ahead.Where(one => now - one.Value.At > 2 * Longest).ToList())
        {
            memory.Ahead.Remove(key);
        }
    }
}
