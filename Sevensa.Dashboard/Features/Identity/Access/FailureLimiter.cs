using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>
/// Holds off an address that keeps failing to prove who it is. Successes cost nothing, so a busy office or pipeline is not held off.
/// </summary>
internal sealed class FailureLimiter(TimeProvider time)
{
    private const int Most = 30;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Since)> failures = new();

    public bool IsOver(string? address) =>
        failures.TryGetValue(address ?? "", out var entry)
        && entry.Count >= Most
        && time.GetUtcNow() - entry.Since < Window;

    public void Note(string? address)
    {
        var now = time.GetUtcNow();
        failures.AddOrUpdate(
            address ?? "",
            (1, now),
            (_, entry) => now - entry.Since < Window ? (entry.Count + 1, entry.Since) : (1, now)
        );
        if (failures.Count > 10_000)
        {
            foreach (var old in failures.Where(pair => now - pair.Value.Since >= Window).ToList())
            {
                failures.TryRemove(old);
            }
        }
    }
}
