using System.Diagnostics;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

public sealed class WorkingSetTests
{
    [Fact]
    public void Only_what_can_be_read_from_its_file_again_is_given_back()
    {
        string[] smaps =
        [
            .. Mapping("7f0000000000-7f0000010000 r-xp 00000000 fe:00 12 /usr/lib/libc.so.6", 0),
            .. Mapping("7f0000010000-7f0000020000 r--s 00000000 fe:00 13 /app/Sevensa.Dashboard.dll", 0),
            .. Mapping("7f0000020000-7f0000030000 r--p 00000000 fe:00 13 /app/relocated.so", 8),
            .. Mapping("7f0000030000-7f0000040000 rw-p 00000000 fe:00 13 /app/written.so", 0),
            .. Mapping("7f0000040000-7f0000050000 r-xs 00000000 00:01 14 /memfd:doublemapper (deleted)", 0),
            .. Mapping("7f0000050000-7f0000060000 r--p 00000000 00:00 0", 0),
            .. Mapping("7f0000060000-7f0000070000 r--p 00000000 fe:00 13 /app/relocated-and-swapped-out.so", 0, 8),
            .. Mapping("7ffc00000000-7ffc00002000 r-xp 00000000 00:00 0 [vdso]", 0),
        ];
        Assert.Equal([(0x7f0000000000UL, 0x10000UL), (0x7f0000010000UL, 0x10000UL)], WorkingSet.Discardable(smaps));
    }

    [Fact]
    public void The_program_goes_on_with_less_after_giving_back()
    {
        var held = new byte[48 << 20];
        Array.Fill(held, (byte)1);
        using var process = Process.GetCurrentProcess();
        var before = process.WorkingSet64;
        held = null;

        WorkingSet.Collect();
        WorkingSet.GivePagesBack();

        process.Refresh();
        Assert.True(
            before - process.WorkingSet64 > 32 << 20,
            $"{before >> 20} MiB before, {process.WorkingSet64 >> 20} MiB after"
        );
        Assert.Equal("still here", string.Join(' ', "still here".Split(' ').Select(word => word.ToLowerInvariant())));
    }

    private static IEnumerable<string> Mapping(string header, int anonymous, int swapped = 0) =>
        [
            header,
            "Size:                 64 kB",
            "Rss:                  64 kB",
            $"Anonymous:             {anonymous} kB",
            $"Swap:                  {swapped} kB",
            "SwapPss:               0 kB",
            "VmFlags: rd mr mw me",
        ];
}
