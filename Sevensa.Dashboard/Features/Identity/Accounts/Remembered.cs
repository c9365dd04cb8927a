using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>What rights rest on, by id, as it was looked up a moment ago: every request and every command in a circuit asks.</summary>
internal sealed class Remembered<T>(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (T Value, DateTimeOffset At)> known = new(StringComparer.Ordinal);

    public int Count => known.Count;

    /// <returns>False when it must be looked up.</returns>
    public bool TryGet(string id, out T value)
    {
        var isKnown = known.TryGetValue(id, out var entry) && time.GetUtcNow() - entry.At < Remembered.Fresh;
        value = entry.Value;
        return isKnown;
    }

    /// <summary>Those that must be looked up, each once.</summary>
    public List<string> NotFresh(IEnumerable<string> ids) => [.. ids.Where(id => !TryGet(id, out _)).Distinct()];

    /// <param name="asOf">When the look began: what changed since may not be in it.</param>
    public void Keep(string id, T value, DateTimeOffset asOf)
    {
        if (known.Count >= Remembered.Most)
        {
            known.Clear();
        }
        known[id] = (value, asOf);
    }

    public void Forget(string id) => known.TryRemove(id, out _);

    public void Forget() => known.Clear();
}

/// <inheritdoc cref="Remembered{T}"/>
internal static class Remembered
{
    /// <summary>The longest that another dashboard's change goes unnoticed here.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    /// <summary>Ids of nobody are remembered too; whoever asks by them must not fill the memory.</summary>
    public const int Most = 10_000;
}
