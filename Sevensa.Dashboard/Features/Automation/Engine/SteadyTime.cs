using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>
/// Holds the wall clock against the one that only goes on. When they part, somebody set the clock: what was counted by it counts
/// no more, and deeds are counted by the other as well, so that a clock that is put on an hour gives no new budget.
/// </summary>
internal sealed class SteadyTime(TimeProvider time)
{
    private static readonly TimeSpan Jump = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, List<(string Deed, long Stamp)>> deeds = new(StringComparer.Ordinal);
    private (DateTimeOffset Wall, long Stamp)? last;

    /// <summary>How far the wall clock was moved since the last call; null when it was not.</summary>
    public TimeSpan? Moved()
    {
        var (wall, stamp) = (time.GetUtcNow(), time.GetTimestamp());
        var moved = last is { } before ? wall - before.Wall - time.GetElapsedTime(before.Stamp, stamp) : TimeSpan.Zero;
        last = (wall, stamp);
        return moved.Duration() > Jump ? moved : null;
    }

    public void Did(string policy, string deed)
    {
        var of = deeds.GetOrAdd(policy, _ => []);
        lock (of)
        {
            of.Add((deed, time.GetTimestamp()));
            of.RemoveAll(one => time.GetElapsedTime(one.Stamp) > TimeSpan.FromDays(1));
        }
    }

    /// <summary>It came to nothing: what was not done costs nothing.</summary>
    public void TakeBack(string policy, string deed)
    {
        if (deeds.TryGetValue(policy, out var of))
        {
            lock (of)
            {
                of.RemoveAll(one => one.Deed == deed);
            }
        }
    }

    /// <summary>How often a policy acted within a time that really went by, since this program started.</summary>
    public int Within(string policy, TimeSpan span)
    {
        if (!deeds.TryGetValue(policy, out var of))
        {
            return 0;
        }
        lock (of)
        {
            return of.Count(one => time.GetElapsedTime(one.Stamp) < span);
        }
    }
}
