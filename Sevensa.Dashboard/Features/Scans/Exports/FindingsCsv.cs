using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Scans.Exports;

/// <summary>
/// A table by RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe: a scanner's words are others' words.
/// </summary>
internal sealed class FindingsCsv(PipeWriter body) : IFindingsWriter
{
    private static readonly string[] Columns =
    [
        "severity",
        "state",
        "kind",
        "vulnerability",
        "aliases",
        "package",
        "installed",
        "fixedVersion",
        "score",
        "epss",
        "exploited",
        "image",
        "imageDigest",
        "platform",
        "place",
        "services",
        "scanners",
        "firstSeenAt",
        "lastSeenAt",
        "reason",
        "until",
        "decidedBy",
        "owner",
        "openSince",
        "dueAt",
        "overdue",
        "exposure",
        "running",
        "runsAsRoot",
        "judged",
        "justification",
        "comment",
        "title",
        "url",
    ];

    public string ContentType => "text/csv; charset=utf-8; header=present";

    public string Ending => "csv";

    public void Begin(string tenant, DateTimeOffset at) => Row(Columns);

    public void Write(Finding finding) =>
        Row([
            Word(finding.Severity),
            Word(finding.State),
            Word(finding.Kind),
            finding.Vulnerability,
            string.Join(' ', finding.Aliases),
            finding.Package,
            finding.Installed,
            finding.FixedVersion,
            Number(finding.Score),
            Number(finding.Epss),
            finding.Exploited ? "true" : "false",
            finding.Image,
            finding.ImageDigest,
            finding.Platform,
            finding.Place,
            string.Join(' ', finding.Containers.Select(one => one.Service).Distinct().Order(StringComparer.Ordinal)),
            string.Join(' ', finding.Scanners),
            Time(finding.FirstSeenAt),
            Time(finding.LastSeenAt),
            finding.Reason,
            finding.Until is { } until ? Time(until) : null,
            finding.DecidedBy,
            finding.Owner?.Name,
            Time(finding.OpenSince),
            finding.DueAt is { } due ? Time(due) : null,
            finding.Overdue ? "true" : "false",
            JsonNamingPolicy.CamelCase.ConvertName(finding.Exposure.ToString()),
            finding.Running.ToString(CultureInfo.InvariantCulture),
            finding.RunsAsRoot ? "true" : "false",
            finding.Judged is { } judged ? JsonNamingPolicy.CamelCase.ConvertName(judged.Status.ToString()) : null,
            finding.Judged?.Justification,
            finding.Comment,
            finding.Title,
            finding.Url,
        ]);

    // The text is in the body's own buffer already.
    public void Pass() { }

    public void End() { }

    public void Dispose() { }

    private void Row(IEnumerable<string?> cells) =>
        Encoding.UTF8.GetBytes(string.Join(',', cells.Select(Cell)) + "\r\n", body);

    private static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }
        var safe = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? $"'{text}" : text;
        return safe.AsSpan().ContainsAny("\",\r\n")
            ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : safe;
    }

    private static string Word<T>(T word)
        where T : struct, Enum => word.ToString().ToLowerInvariant();

    private static string? Number(double? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
