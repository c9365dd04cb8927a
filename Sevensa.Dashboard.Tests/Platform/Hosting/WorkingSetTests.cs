using System.Globalization;
using System.IO.MemoryMappedFiles;
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
    public void A_files_pages_are_given_back_the_second_time_that_it_is_seen_and_read_again_after_that()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells of pages in /proc.");
        const int Length = 8 << 20;
        var path = Path.Combine(Path.GetTempPath(), $"sevensa-{Guid.NewGuid():N}.dat");
        try
        {
            File.WriteAllBytes(path, [.. Enumerable.Range(0, Length).Select(at => (byte)(at / 4096))]);
            using var file = File.OpenRead(path);
            using var mapped = MemoryMappedFile.CreateFromFile(
                file,
                null,
                0,
                MemoryMappedFileAccess.Read,
                HandleInheritability.None,
                leaveOpen: true
            );
            using var view = mapped.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            var sum = Sum(view);
            var pages = new WorkingSet();

            pages.GiveBack();
            Assert.Equal(Length, Resident(path));
            pages.GiveBack();
            Assert.Equal(0, Resident(path));

            Assert.Equal(sum, Sum(view));
            Assert.Equal(Length, Resident(path));
        }
        finally
        {
            File.Delete(path);
        }

        static long Sum(MemoryMappedViewAccessor view) =>
            Enumerable.Range(0, Length / 4096).Sum(page => (long)view.ReadByte((long)page * 4096));
    }

    private static int Resident(string path) =>
        File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal))
            .Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
            .Select(line => int.Parse(line.AsSpan(4, line.Length - 7), CultureInfo.InvariantCulture) * 1024)
            .First();

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
