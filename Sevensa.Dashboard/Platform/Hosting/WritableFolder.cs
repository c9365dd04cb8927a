namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>Whether files can be made in a folder; what its mode says is not the whole answer (another user, a read-only mount).</summary>
internal static class WritableFolder
{
    /// <summary>Makes a file there and takes it away.</summary>
    /// <exception cref="IOException">It can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It can't be written by this user.</exception>
    public static void Check(string folder)
    {
        using var probe = new FileStream(
            Path.Combine(folder, $".{Guid.NewGuid():n}"),
            FileMode.CreateNew,
            FileAccess.Write,
            FileShare.None,
            bufferSize: 1,
            FileOptions.DeleteOnClose
        );
    }
}
