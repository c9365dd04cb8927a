using System.Globalization;
using System.Runtime.InteropServices;

namespace Sevensa.Dashboard.Runner;

/// <summary>
/// Gives back to the system what only the start, or the last action, needed: a runner is idle nearly always, beside containers
/// that pay for its memory. What is given back and needed again after all comes from the page cache.
/// </summary>
internal sealed class WorkingSet(Func<bool> isBusy, TimeProvider time, ILogger log)
{
    /// <summary>Below that, looking for more is not worth the processor time.</summary>
    private const long EnoughBytes = 62L << 20;

    private const int DontNeed = 4;
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AtFirst = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Later = TimeSpan.FromSeconds(15);

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        var begun = time.GetTimestamp();
        while (!cancellation.IsCancellationRequested)
        {
            var pause = time.GetElapsedTime(begun) < StartTakes ? AtFirst : Later;
            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!cancellation.IsCancellationRequested && !isBusy() && Environment.WorkingSet > EnoughBytes)
            {
                Trim();
            }
        }
    }

    internal void Trim()
    {
        var before = Environment.WorkingSet;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            foreach (var (start, length) in Discardable(File.ReadLines("/proc/self/smaps")))
            {
                // Where it is refused, the pages just stay.
                _ = Advise((nint)start, (nuint)length, DontNeed);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.NotTrimmed(exception.Message);
        }
        log.Trimmed(before >> 20, Environment.WorkingSet >> 20);
    }

    /// <summary>
    /// Mappings of files that hold nothing of our own: not writable and without a page that was changed after it was read
    /// (<c>Anonymous: 0</c>), so that each page can be read from its file again.
    /// </summary>
    internal static IEnumerable<(ulong Start, ulong Length)> Discardable(IEnumerable<string> smaps)
    {
        (ulong Start, ulong Length)? mapping = null;
        foreach (var line in smaps)
        {
            if (Header(line) is { } header)
            {
                mapping = header.IsCleanFile ? (header.Start, header.End - header.Start) : null;
            }
            else if (mapping is { } found && line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                mapping = null;
                if (line.AsSpan("Anonymous:".Length).Trim().StartsWith("0 "))
                {
                    yield return found;
                }
            }
        }
    }

    private static (ulong Start, ulong End, bool IsCleanFile)? Header(string line)
    {
        // 7f2c4a000000-7f2c4a021000 r--p 00000000 fe:00 1835043    /usr/lib/libc.so.6
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var dash = line.IndexOf('-', StringComparison.Ordinal);
        if (
            dash <= 0
            || space < dash
            || !ulong.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, null, out var start)
            || !ulong.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, null, out var end)
        )
        {
            return null;
        }
        var rights = line.AsSpan(space + 1, 4);
        var slash = line.IndexOf('/', StringComparison.Ordinal);
        // The runtime's own doubly mapped memory is shared and has a name too, but no file behind it.
        return (
            start,
            end,
            rights is "r--p" or "r-xp" or "r--s" && slash > 0 && !line.EndsWith(" (deleted)", StringComparison.Ordinal)
        );
    }

    [DllImport("libc", EntryPoint = "madvise", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Advise(nint address, nuint length, int advice);
}
