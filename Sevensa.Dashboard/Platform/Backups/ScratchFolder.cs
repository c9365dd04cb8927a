using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>A folder for its owner alone, for as long as a copy is worked on. What a killed program left is taken away by the next.</summary>
internal sealed class ScratchFolder : IDisposable
{
    private const string Prefix = ".copying-";
    private const string PrefixElsewhere = "sevensa-copying-";
    private const string Lock = "held";
    private readonly FileStream held;

    private ScratchFolder(string path)
    {
        Path = path;
        held = Hold(path, FileMode.OpenOrCreate);
    }

    public string Path { get; }

    /// <summary>In a folder of the program's, on the disk where the store lies.</summary>
    public static ScratchFolder In(string parent)
    {
        Directory.CreateDirectory(parent);
        foreach (var left in Directory.EnumerateDirectories(parent, $"{Prefix}*"))
        {
            ClearLeft(left, FileMode.OpenOrCreate);
        }
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"{Prefix}{Guid.NewGuid():n}");
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return new(path);
    }

    /// <summary>In the system's folder for such things (<c>TMPDIR</c>).</summary>
    public static ScratchFolder Elsewhere()
    {
        var parent = new DirectoryInfo(System.IO.Path.GetTempPath());
        // Others may write there too: no link is followed, and nothing is made in what may be theirs.
        foreach (var left in parent.Exists ? parent.GetDirectories($"{PrefixElsewhere}*") : [])
        {
            if (left.LinkTarget is null)
            {
                ClearLeft(left.FullName, FileMode.Open);
            }
        }
        return new(Directory.CreateTempSubdirectory(PrefixElsewhere).FullName);
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        held.Dispose();
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another program took it for one that was left, as by then it was.
        }
    }

    private static FileStream Hold(string path, FileMode mode) =>
        new(System.IO.Path.Combine(path, Lock), mode, FileAccess.ReadWrite, FileShare.None);

    private static void ClearLeft(string path, FileMode mode)
    {
        try
        {
            Hold(path, mode).Dispose();
            Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another program is at work there.
        }
    }
}
