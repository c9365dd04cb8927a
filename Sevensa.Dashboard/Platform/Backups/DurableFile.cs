using System.Runtime.InteropServices;
using System.Text;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>
/// A file that is there as a whole or not at all, for its owner alone: written under another name beside its place, brought to
/// the disk, and named last. One that is not kept is taken away.
/// </summary>
internal sealed class DurableFile : IAsyncDisposable
{
    private readonly string path;
    private readonly string draft;
    private bool kept;

    /// <exception cref="StoreException">There is such a file already, or its folder is not there.</exception>
    public DurableFile(string path)
    {
        this.path = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(this.path)!;
        if (!Directory.Exists(folder))
        {
            throw new StoreException($"The folder {folder} is not there. Make it, or name another place.");
        }
        if (File.Exists(this.path) || Directory.Exists(this.path))
        {
            throw Taken();
        }
        draft = Path.Combine(folder, $".{Path.GetFileName(this.path)}.{Guid.NewGuid():n}.part");
        Stream = new FileStream(draft, OwnerOnly());
    }

    public FileStream Stream { get; }

    /// <summary>What only its owner may read and write, from its first byte on.</summary>
    public static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        return options;
    }

    /// <summary>Gives it its name; from here on it survives a power failure.</summary>
    /// <exception cref="StoreException">Somebody made such a file meanwhile.</exception>
    public async Task KeepAsync(CancellationToken cancellation)
    {
        await Stream.FlushAsync(cancellation);
        Stream.Flush(flushToDisk: true);
        await Stream.DisposeAsync();
        Rename(draft, path, Taken);
        kept = true;
    }

    /// <summary>Gives a whole file on the same disk its name, and brings the name to the disk.</summary>
    /// <param name="taken">What is thrown when there is such a file.</param>
    public static void Rename(string from, string to, Func<Exception> taken)
    {
        try
        {
            File.Move(from, to, overwrite: false);
        }
        catch (IOException) when (File.Exists(to))
        {
            throw taken();
        }
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync();
        }
        catch (IOException)
        {
            // What could not be written before can't be now; it goes anyway.
        }
        if (!kept)
        {
            File.Delete(draft);
        }
    }

    private StoreException Taken() => new($"{path} exists already. Name another file, or move it away.");

    /// <summary>A name is in its folder, which the framework opens for nobody; where it can't be flushed the file is whole anyway.</summary>
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows() || Open(Encoding.UTF8.GetBytes($"{folder}\0"), 0) is not (>= 0 and var handle))
        {
            return;
        }
        _ = Flush(handle);
        _ = Close(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int handle);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
