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
    private readonly ConcurrentDictionary<string, int> under = new();

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

    /// <summary>An attempt that begins; dispose of it when it has ended.</summary>
    /// <inheritdoc cref="IsOver(string?, string)"/>
    public UnderWay Begin(string? address, string program) => new(under, Program(address, program));

    /// <summary>One that is under way.</summary>
    internal sealed class UnderWay : IDisposable
    {
        private const int MostAtOnce = 2 * Most;
        private readonly ConcurrentDictionary<string, int> under;
        private readonly string key;

        public UnderWay(ConcurrentDictionary<string, int> under, string key)
        {
            (this.under, this.key) = (under, key);
            IsOver = under.AddOrUpdate(key, 1, (_, count) => count + 1) > MostAtOnce;
        }

        /// <summary>So many of the same are under way already that this one has to wait.</summary>
        public bool IsOver { get; }

        public void Dispose()
        {
            if (under.AddOrUpdate(key, 0, (_, count) => count - 1) <= 0)
            {
                under.TryRemove(new KeyValuePair<string, int>(key, 0));
            }
        }
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
