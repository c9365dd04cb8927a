using System.Globalization;
using System.Runtime.InteropServices;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Gives back to the system what only the start, or the last piece of work, needed. What is needed again after all comes from the
/// page cache, a few milliseconds later.
/// </summary>
internal sealed class WorkingSet
{
    private const int DontNeed = 4;
    private const string Changed = "Anonymous:";

    // The later of the two.
    private const string Swapped = "Swap:";

    private HashSet<(ulong Start, ulong Length)> lasting = [];

    /// <summary>The heap's unused part. It stops the program for the time that takes.</summary>
    public static void Collect() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>
    /// Pages of program files that nothing has changed, of files that were mapped the time before already: what comes and goes
    /// could be something else by the time that it is given back.
    /// </summary>
    public void GiveBack()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        try
        {
            HashSet<(ulong Start, ulong Length)> found = [];
            foreach (var mapping in Discardable(File.ReadLines("/proc/self/smaps")))
            {
                found.Add(mapping);
                if (lasting.Contains(mapping))
                {
                    // Where it is refused, the pages just stay.
                    _ = Advise((nint)mapping.Start, (nuint)mapping.Length, DontNeed);
                }
            }
            lasting = found;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Where a system does not tell what is mapped, nothing is given back.
        }
    }

    /// <summary>
    /// Mappings of files that hold nothing of our own: not writable and without a page that was changed after it was read, in
    /// memory (<c>Anonymous: 0</c>) or swapped out (<c>Swap: 0</c>), so that each page can be read from its file again.
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
            else if (mapping is { } found && Figure(line) is { } isNone)
            {
                var isLast = line.StartsWith(Swapped, StringComparison.Ordinal);
                mapping = isNone && !isLast ? found : null;
                if (isNone && isLast)
                {
                    yield return found;
                }
            }
        }
    }

    /// <summary>Whether there is none of what was changed; null for a line about something else.</summary>
    private static bool? Figure(string line) =>
        line.StartsWith(Changed, StringComparison.Ordinal) || line.StartsWith(Swapped, StringComparison.Ordinal)
            ? line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim().StartsWith("0 ")
            : null;

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
