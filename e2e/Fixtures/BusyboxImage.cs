using System.Formats.Tar;
using System.Text;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>The smallest root file system that can run something: Debian's static busybox and links to it.</summary>
internal static class BusyboxImage
{
    private static readonly string[] applets =
    [
        "sh",
        "sleep",
        "cat",
        "echo",
        "true",
        "false",
        "ls",
        "id",
        "date",
        "kill",
        "seq",
        "test",
        "touch",
        "mkdir",
        "rm",
        "head",
        "tail",
        "tr",
        "grep",
        "env",
        "printf",
        "httpd",
        "wget",
        "nc",
        "dd",
        "yes",
        "ps",
        "hostname",
        "top",
    ];

    private const UnixFileMode Executable =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    /// <summary>A command that writes a line a second and ends at once on TERM.</summary>
    internal static string[] Chatter(string name) =>
        [
            "sh",
            "-c",
            $"trap 'exit 0' TERM; n=0; while :; do n=$((n+1)); echo \"{name} line $n\"; sleep 1 & wait $!; done",
        ];

    internal static async Task<Stream> TarAsync(string reference)
    {
        var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var folder in (string[])["bin/", "etc/", "tmp/", "var/"])
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, folder) { Mode = Executable });
            await using var busybox = File.OpenRead(File.Exists("/bin/busybox") ? "/bin/busybox" : "/usr/bin/busybox");
            await writer.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox") { Mode = Executable, DataStream = busybox }
            );
            foreach (var applet in applets)
                await writer.WriteEntryAsync(
                    new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{applet}") { LinkName = "busybox" }
                );
            await FileAsync(writer, "etc/passwd", "root:x:0:0::/:/bin/sh\napp:x:1654:1654::/:/bin/sh\n");
            await FileAsync(writer, "etc/image", reference + "\n");
        }
        tar.Position = 0;
        return tar;
    }

    private static async Task FileAsync(TarWriter writer, string name, string text)
    {
        using var data = new MemoryStream(Encoding.UTF8.GetBytes(text));
        await writer.WriteEntryAsync(
            new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = data,
                Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            }
        );
    }
}
