using System.Security.Cryptography;

namespace Sevensa.Dashboard.Runner;

/// <summary>The runner's folder: what must survive a restart. Files are readable by the runner's own user only.</summary>
internal sealed class StateFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream held;
    private readonly Func<string, FileStreamOptions, FileStream> open;
    private readonly Lock writing = new();

    private StateFolder(string path, FileStream held, Func<string, FileStreamOptions, FileStream> open)
    {
        Path = path;
        (this.held, this.open) = (held, open);
    }

    public string Path { get; }

    /// <param name="path">Where it is; made when it is not there.</param>
    /// <param name="open">Opens the files that are written in it, when not the system itself.</param>
    /// <exception cref="RunnerException">It can't be written, or another runner holds it.</exception>
    public static StateFolder Open(string path, Func<string, FileStreamOptions, FileStream>? open = null)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(path);
            }
            else
            {
                Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunnerException(
                $"The state folder {path} can't be made: {exception.Message} Name another with --state.",
                exception
            );
        }
        try
        {
            var held = new FileStream(
                System.IO.Path.Combine(path, "runner.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
            return new StateFolder(path, held, open ?? ((file, options) => new FileStream(file, options)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunnerException(
                $"The state folder {path} can't be used: {exception.Message} If another runner uses it, end that one or give this one a folder of its own with --state.",
                exception
            );
        }
    }

    /// <summary>A folder within, for this user only.</summary>
    public void MakeFolder(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(File(name));
        }
        else
        {
            Directory.CreateDirectory(File(name), OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public byte[]? Read(string name) =>
        System.IO.File.Exists(File(name)) ? System.IO.File.ReadAllBytes(File(name)) : null;

    /// <summary>
    /// Replaces a file as a whole: after a power failure either the old or the new content is there. Who writes at the same time
    /// waits: no other process has this folder.
    /// </summary>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        lock (writing)
        {
            var fresh = File(name + ".new");
            try
            {
                using (var stream = open(fresh, Unbuffered(FileMode.Create)))
                {
                    stream.Write(content);
                    stream.Flush(flushToDisk: true);
                }
                System.IO.File.Move(fresh, File(name), overwrite: true);
            }
            catch
            {
                // Half of it would only take the room that is missing.
                TryDelete(fresh);
                throw;
            }
        }
    }

    /// <summary>A file that is added to, made when it is not there.</summary>
    public LineFile OpenLines(string name) => new(open(File(name), Unbuffered(FileMode.OpenOrCreate)));

    public void Delete(string name) => System.IO.File.Delete(File(name));

    /// <summary>The bytes in the file, made at random when it is not there yet.</summary>
    public byte[] Secret(string name, int length)
    {
        if (Read(name) is { } known && known.Length == length)
        {
            return known;
        }
        var secret = RandomNumberGenerator.GetBytes(length);
        Write(name, secret);
        return secret;
    }

    public static FileStream OpenOwnerOnly(string path, FileMode mode) => new(path, OwnersOnly(mode));

    /// <summary>What is written is written: nothing waits in a buffer for a later write, after it was told that it failed.</summary>
    private static FileStreamOptions Unbuffered(FileMode mode)
    {
        var options = OwnersOnly(mode);
        options.BufferSize = 0;
        return options;
    }

    private static FileStreamOptions OwnersOnly(FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
        };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }
        return options;
    }

    private static void TryDelete(string file)
    {
        try
        {
            System.IO.File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Overwritten at the next try.
        }
    }

    public void Dispose() => held.Dispose();
}
