using Sevensa.Dashboard.Features.Databases.Backups;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>When the last backup ended, as the tools that make them say it.</summary>
public sealed class BackupReportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;

    [Theory]
    // As pgbackrest info --output=json writes it: the newest failed.
    [InlineData(
        """[{"name":"main","status":{"code":0},"backup":[{"label":"20261128-010000F","type":"full","error":false,"timestamp":{"start":1796000000,"stop":1796000600}},{"label":"20261129-010000F_20261129-020000I","type":"incr","error":true,"timestamp":{"start":1796090000,"stop":1796090100}}]}]""",
        "2026-11-30T01:03:20Z"
    )]
    // As wal-g backup-list --detail --json writes it.
    [InlineData(
        """[{"backup_name":"base_000000010000000000000002","time":"2026-11-28T01:00:00Z","finish_time":"2026-11-28T00:59:58.5Z"},{"backup_name":"base_000000010000000000000009","time":"2026-11-29T01:00:00+01:00"}]""",
        "2026-11-29T00:00:00Z"
    )]
    [InlineData("""[{"name":"main","status":{"code":2},"backup":[]}]""", null)]
    [InlineData("""[{"backup_name":"base","time":"soon"}, 7, null]""", null)]
    [InlineData("""{"error":"no stanza"}""", null)]
    [InlineData("cut off [", null)]
    public void The_end_of_the_newest_that_went_well_counts(string report, string? ended)
    {
        var file = Path.Combine(folder, "info.json");
        File.WriteAllText(file, report);
        Assert.Equal(
            ended is null ? null : DateTimeOffset.Parse(ended, System.Globalization.CultureInfo.InvariantCulture),
            BackupReport.LastIn(file)
        );
    }

    [Fact]
    public void The_time_of_any_other_file_counts_and_none_is_none()
    {
        var file = Path.Combine(folder, "done");
        Assert.Null(BackupReport.LastIn(file));
        File.WriteAllText(file, "[]");
        var at = new DateTime(2026, 11, 29, 1, 30, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, at);
        Assert.Equal(new DateTimeOffset(at), BackupReport.LastIn(file));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
