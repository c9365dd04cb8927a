using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>Lines as the page shows and addresses them.</summary>
internal static class LogRows
{
    private static readonly string[] SourceLabels = ["service", "service_name", "container", "job"];

    private static readonly string[] StreamLabels =
    [
        LogQlScoper.TenantIdLabel,
        "service",
        "service_name",
        "container",
        "host",
        "instance",
        "stream",
        "filename",
    ];

    public static LogRow Row(this LogLine line, bool isContext = false) =>
        new(
            Id(line),
            LokiTime.FromUnixNs(line.TimeUnixNs),
            Level(line),
            Source(line),
            line.Text,
            line.Labels,
            isContext
        )
        {
            Stream = Stream(line),
        };

    /// <summary>
    /// The line's address: its nanosecond, and a digest that tells it from others of that nanosecond. Lines are anybody's
    /// words, so the digest must not be one that can be met on purpose.
    /// </summary>
    public static string Id(LogLine line)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in line.Labels)
        {
            text.Append(name).Append('\0').Append(value).Append('\0');
        }
        text.Append('\0').Append(line.Text);
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{line.TimeUnixNs}-{Convert.ToHexStringLower(digest.AsSpan(0, 8))}"
        );
    }

    /// <summary>Nanoseconds since 1970 from a line's address; null when it is none.</summary>
    public static long? TimeOf(string? id) =>
        id is not null
        && long.TryParse(id.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var time)
        && time > 0
            ? time
            : null;

    private static string? Source(LogLine line)
    {
        var source = SourceLabels
            .Select(name => line.Labels.GetValueOrDefault(name))
            .FirstOrDefault(value => value is not null);
        return line.Labels.GetValueOrDefault(LogQlScoper.TenantIdLabel) is { } tenant ? $"{tenant} {source}" : source;
    }

    // Not all labels: the lines of a stack trace differ in their level.
    private static string Stream(LogLine line) =>
        string.Join('\0', StreamLabels.Select(name => line.Labels.GetValueOrDefault(name)));

    private static LogLevelName Level(LogLine line) =>
        LogLevels.Of(line.Labels.GetValueOrDefault(LogSearch.LevelLabel) ?? line.Labels.GetValueOrDefault("level"));
}
