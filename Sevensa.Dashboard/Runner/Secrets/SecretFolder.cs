using System.Text;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>
/// Secrets as files, in memory: a folder for each secret, a file for each key. Only this user may enter the top folder; whoever has
/// one of those below it mounted reads what is in there, whichever user it runs as. A file is never there by halves.
/// </summary>
internal sealed class SecretFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Entered =
        Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly string[] InMemory = ["tmpfs", "ramfs"];

    private readonly string top;

    private SecretFolder(string top) => this.top = top;

    /// <exception cref="RunnerException">It can't be made, or lies on a disk.</exception>
    public static SecretFolder Open(string top)
    {
        try
        {
            Make(top, Owner);
            var format = new DriveInfo(top).DriveFormat;
            return InMemory.Contains(format)
                ? new SecretFolder(top)
                : throw new RunnerException(
                    $"Runner:SecretFolder: {top} lies on {format}, where secrets would stay on a disk. Name a folder in memory (tmpfs), such as one below /run."
                );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RunnerException(
                $"Runner:SecretFolder: {top} can't be used: {exception.Message} The service makes it by RuntimeDirectory=sevensa-secrets.",
                exception
            );
        }
    }

    public string Of(HandedSecret secret) => Path.Combine(top, secret.Full);

    /// <summary>The folder of a secret, so that it is there before a container that mounts it.</summary>
    public void Make(HandedSecret secret)
    {
        var place = top;
        foreach (var part in secret.Full.Split('/'))
        {
            place = Path.Combine(place, part);
            Make(place, Entered);
        }
    }

    /// <summary>Lays its values down; keys that it has no more go.</summary>
    /// <returns>Whether anything is another now, and keys that are no names of files and were left out.</returns>
    /// <exception cref="SecretException">The folder can't be written.</exception>
    public (bool Changed, IReadOnlyList<string> LeftOut) Put(
        HandedSecret secret,
        IReadOnlyDictionary<string, string> values
    )
    {
        var place = Of(secret);
        try
        {
            Make(secret);
            var changed = false;
            foreach (var (key, value) in values.Where(pair => SecretMounts.IsPlain(pair.Key)))
            {
                changed |= Put(Path.Combine(place, key), Encoding.UTF8.GetBytes(value));
            }
            foreach (var file in Directory.GetFiles(place).Where(file => !values.ContainsKey(Path.GetFileName(file))))
            {
                File.Delete(file);
                changed = true;
            }
            return (changed, [.. values.Keys.Where(key => !SecretMounts.IsPlain(key))]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SecretException(
                $"{place} can't be written: {exception.Message} Where Docker made it as root for a container that came first, end that container, remove the folder, and start it again.",
                exception
            );
        }
    }

    private static bool Put(string file, byte[] value)
    {
        if (File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(value))
        {
            return false;
        }
        // A reader has the former file or the new one, and never a part of either. Hidden names are nobody's key.
        var fresh = Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetFileName(file)}");
        File.Delete(fresh);
        File.WriteAllBytes(fresh, value);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(fresh, All);
        }
        File.Move(fresh, file, overwrite: true);
        return true;
    }

    private static void Make(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, mode);
        }
    }
}
