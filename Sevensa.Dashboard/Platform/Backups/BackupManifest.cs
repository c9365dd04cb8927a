using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>What a backup says of itself, in <c>manifest.json</c>.</summary>
/// <param name="Format">2; archives of the form before noted neither parts nor rows.</param>
/// <param name="Version">Of the program that wrote it.</param>
/// <param name="Provider"><c>sqlite</c> or <c>postgres</c>.</param>
/// <param name="Schema">The newest migration of the store.</param>
/// <param name="Keys">Whether the key file is in it.</param>
/// <param name="Record">The newest row of the audit record when it was made.</param>
/// <param name="Tables">Rows of each table.</param>
/// <param name="Parts">Every other file in the archive.</param>
/// <param name="LeftOut">What is not in it, and why.</param>
internal sealed record BackupManifest(
    int Format,
    string Version,
    string Provider,
    DateTimeOffset CreatedAt,
    bool Keys,
    BackupMark? Record = null,
    string? Schema = null,
    IReadOnlyDictionary<string, long>? Tables = null,
    IReadOnlyList<BackupPart>? Parts = null,
    IReadOnlyList<string>? LeftOut = null
)
{
    public const string Entry = "manifest.json";
    public const string Database = Storage.Storage.SqliteFile;
    public const string Key = "store.key";
    public const string Settings = "settings.json";
    public const string Marks = "marks/";
    public const int Newest = 2;

    public long Rows => Tables?.Values.Sum() ?? 0;
}

/// <param name="Name">Its path in the archive.</param>
/// <param name="Sha256">Of its content, hex.</param>
internal sealed record BackupPart(string Name, long Bytes, string Sha256);

/// <summary>The newest row of the record when a backup was made.</summary>
/// <param name="Hash">SHA-256, hex.</param>
public sealed record BackupMark(long Number, string Hash, DateTimeOffset At);
