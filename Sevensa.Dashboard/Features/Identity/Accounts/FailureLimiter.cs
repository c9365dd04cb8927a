using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>
/// Holds off an address that keeps failing to prove who it is. Successes cost nothing, so a busy office or pipeline is not held off.
/// Programs behind one address are held off each by itself, and all of them once there are ten times as many failures.
/// </summary>
internal sealed class FailureLimiter(TimeProvider time)
{
    private const int Most = 30;
    private const int MostOfAllPrograms = 10 * Most;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, (int Count, DateTimeOffset Since)> failures = new();

    public bool IsOver(string? address) => IsOver(address ?? "", Most);

    /// <param name="program">The client's id as it was sent; empty when none was.</param>
    public bool IsOver(string? address, string program) =>
        IsOver(Program(address, program), Most) || IsOver(AllPrograms(address), MostOfAllPrograms);

    /// <inheritdoc cref="IsOver(string?, string)"/>
    public void Note(string? address, string program)
    {
        Note(Program(address, program));
        Note(AllPrograms(address));
    }

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

    private static string Program(string? address, string program) => $"{address} program {program}";

    private static string AllPrograms(string? address) => $"{address} programs";

    private bool IsOver(string key, int most) =>
        failures.TryGetValue(key, out var entry) && entry.Count >= most && time.GetUtcNow() - entry.Since < Window;
}
