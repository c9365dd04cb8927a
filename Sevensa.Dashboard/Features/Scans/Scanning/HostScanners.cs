using System.Collections.Concurrent;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Scanning;

/// <param name="At">When the host told it.</param>
internal sealed record HostScanner(string HostId, ScannerReport Report, DateTimeOffset At);

/// <summary>How the scanners of hosts stand, from memory: a host tells the whole when it connects.</summary>
internal sealed class HostScanners(TimeProvider time)
{
    private const int LongestWords = 1000;
    private const int LongestName = 300;

    private readonly ConcurrentDictionary<string, HostScanner> hosts = new(StringComparer.Ordinal);

    /// <summary>Something is other than it was; off the circuit's thread.</summary>
    public event Action? Changed;

    /// <summary>Null when the host has none, or has not told since this dashboard started.</summary>
    public HostScanner? Of(string hostId) => hosts.GetValueOrDefault(hostId);

    public void Put(string hostId, ScannerReport told)
    {
        var report = told with
        {
            Scanner = Words(told.Scanner, LongestName)!,
            Version = Words(told.Version, LongestName),
            Trouble = Words(told.Trouble, LongestWords),
            Image = Words(told.Image, LongestName),
            Progress = Words(told.Progress, LongestName),
            DatabaseUnixMs = told.DatabaseUnixMs is { } database ? When(database) : null,
            Failed =
            [
                .. told
                    .Failed.Where(one => one is { ImageId: not null, Image: not null, Why: not null })
                    // A page has a row for each, and an image is no two.
                    .DistinctBy(one => one.ImageId)
                    .Select(one =>
                        one with
                        {
                            Image = Words(one.Image, LongestName)!,
                            Why = Words(one.Why, LongestWords)!,
                            AtUnixMs = When(one.AtUnixMs),
                        }
                    ),
            ],
        };
        hosts[hostId] = new HostScanner(hostId, report, time.GetUtcNow());
        Changed?.Invoke();
    }

    /// <summary>A time that has been: no page may break on what one host says.</summary>
    private long When(long unixMs) => Math.Clamp(unixMs, 0, time.GetUtcNow().ToUnixTimeMilliseconds());

    private static string? Words(string? text, int most) =>
        text is null ? null : StoreText.Shorten(StoreText.Whole(text), most);
}
