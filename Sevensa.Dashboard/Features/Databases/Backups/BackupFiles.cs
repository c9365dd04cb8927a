using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>The newest backup of a setting as it lies on disk.</summary>
internal sealed record BackupFile(
    BackupOptions Setting,
    string? Path,
    DateTimeOffset? At,
    long? SizeBytes,
    string? Trouble
);

/// <summary>Looks at the backups that the settings name. An archive's contents are not looked at: only a restore says what it is worth.</summary>
internal sealed class BackupFiles(IOptions<List<BackupOptions>> settings)
{
    public IReadOnlyList<BackupFile> Of(string instance) =>
        [.. settings.Value.Where(one => one.Instance == instance).Select(Look)];

    public BackupFile? Find(string name) =>
        settings.Value.FirstOrDefault(one => one.Name == name) is { } found ? Look(found) : null;

    public IReadOnlyList<string> Names => [.. settings.Value.Select(one => one.Name)];

    private static BackupFile Look(BackupOptions setting)
    {
        try
        {
            var newest =
                setting.File is { } file ? Entry(file)
                : new DirectoryInfo(setting.Folder!) is { Exists: true } folder
                    ? folder.EnumerateFileSystemInfos(setting.Pattern).MaxBy(one => one.LastWriteTimeUtc)
                : null;
            return newest is null
                ? new BackupFile(
                    setting,
                    null,
                    null,
                    null,
                    $"There is none at {setting.File ?? $"{setting.Folder}/{setting.Pattern}"}."
                )
                : new BackupFile(
                    setting,
                    newest.FullName,
                    new DateTimeOffset(newest.LastWriteTimeUtc, TimeSpan.Zero),
                    newest is DirectoryInfo whole
                        ? whole.EnumerateFiles("*", SearchOption.AllDirectories).Sum(one => one.Length)
                        : ((FileInfo)newest).Length,
                    null
                );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new BackupFile(setting, null, null, null, $"It can't be read: {exception.Message}");
        }
    }

    private static FileSystemInfo? Entry(string path) =>
        File.Exists(path) ? new FileInfo(path)
        : Directory.Exists(path) ? new DirectoryInfo(path)
        : null;
}
