using System.Text.Json;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>
/// When the last backup of an instance ended: what <c>pgbackrest info --output=json</c> or <c>wal-g backup-list --detail --json</c>
/// wrote, or else the time of a file that the backup itself writes anew.
/// </summary>
internal static class BackupReport
{
    /// <summary>What such a tool lists of a year; more is no report.</summary>
    private const long Largest = 8 << 20;

    /// <returns>Null when there is none: no file, or a report without a backup that went well.</returns>
    public static DateTimeOffset? LastIn(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                return null;
            }
            var written = new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero);
            if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || file.Length > Largest)
            {
                return written;
            }
            using var read = file.OpenRead();
            using var report = JsonDocument.Parse(read);
            return report.RootElement.ValueKind == JsonValueKind.Array
                ? report.RootElement.EnumerateArray().SelectMany(EndsOf).Max()
                : null;
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static IEnumerable<DateTimeOffset?> EndsOf(JsonElement entry) =>
        entry.ValueKind != JsonValueKind.Object ? []
        : entry.TryGetProperty("backup", out var backups) && backups.ValueKind == JsonValueKind.Array
            ? backups.EnumerateArray().Where(one => !IsTrue(one, "error")).Select(PgBackRestEnd)
        : [TimeIn(entry, "finish_time") ?? TimeIn(entry, "time") ?? TimeIn(entry, "modified")];

    private static DateTimeOffset? PgBackRestEnd(JsonElement backup) =>
        backup.TryGetProperty("timestamp", out var times)
        && times.ValueKind == JsonValueKind.Object
        && times.TryGetProperty("stop", out var stop)
        && stop.TryGetInt64(out var seconds)
        && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static DateTimeOffset? TimeIn(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.TryGetDateTimeOffset(out var at)
            ? at.ToUniversalTime()
            : null;

    private static bool IsTrue(JsonElement entry, string name) =>
        entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
