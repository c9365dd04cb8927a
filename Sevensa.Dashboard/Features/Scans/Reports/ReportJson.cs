using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Reads JSON that somebody else wrote: what is not as it should be is named, nothing is guessed.</summary>
internal static class ReportJson
{
    private const int Deepest = 64;
    private const int MostFindings = 100_000;

    public static async Task<ScanReport> ReadAsync(
        Stream body,
        Func<JsonElement, ScanReport> read,
        CancellationToken cancellation
    )
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(
                body,
                new JsonDocumentOptions { MaxDepth = Deepest },
                cancellation
            );
            return read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new UnreadableReportException(
                $"The report is no JSON, or nested deeper than {Deepest}: {exception.Message}",
                exception
            );
        }
    }

    public static void AddWithinLimit(this List<ReportedFinding> findings, ReportedFinding finding)
    {
        if (findings.Count == MostFindings)
        {
            throw new UnreadableReportException($"The report has more than {MostFindings} findings.");
        }
        findings.Add(finding);
    }

    /// <summary>By the words of the scanners; a word that none of them has is Unknown.</summary>
    public static Severity SeverityOf(string? word) =>
        word?.Trim().ToUpperInvariant() switch
        {
            "CRITICAL" or "DEFCON1" => Severity.Critical,
            "HIGH" or "IMPORTANT" => Severity.High,
            "MEDIUM" or "MODERATE" => Severity.Medium,
            "LOW" or "NEGLIGIBLE" or "INFO" or "NONE" => Severity.Low,
            _ => Severity.Unknown,
        };

    /// <summary>CVSS' own bands.</summary>
    public static Severity SeverityOf(double score) =>
        score switch
        {
            >= 9 => Severity.Critical,
            >= 7 => Severity.High,
            >= 4 => Severity.Medium,
            > 0 => Severity.Low,
            _ => Severity.Unknown,
        };

    public static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at.ToUniversalTime()
            : null;

    /// <summary>An object's member that is an object; undefined when there is none.</summary>
    public static JsonElement Member(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Object
            ? value
            : default;

    /// <summary>A text where one is, else null: for members that are only shown.</summary>
    public static string? Hint(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static IEnumerable<JsonElement> List(
        JsonElement owner,
        string name,
        string where,
        JsonValueKind of = JsonValueKind.Object
    )
    {
        if (
            owner.ValueKind != JsonValueKind.Object
            || !owner.TryGetProperty(name, out var list)
            || list.ValueKind == JsonValueKind.Null
        )
        {
            yield break;
        }
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw new UnreadableReportException($"{name} of {where} is no list but {Shown(list)}.");
        }
        foreach (var item in list.EnumerateArray())
        {
            yield return item.ValueKind == of
                ? item
                : throw new UnreadableReportException($"{name} of {where} holds {Shown(item)}.");
        }
    }

    public static string Required(JsonElement found, string name) =>
        Text(found, name) is { Length: > 0 } text
            ? text
            : throw new UnreadableReportException($"A vulnerability has no {name}.");

    public static string? Text(JsonElement owner, string name) =>
        !owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new UnreadableReportException($"{name} is no text but {Shown(value)}.");

    /// <summary>Only what a browser may follow without harm.</summary>
    public static string? Link(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme is "https" or "http"
        && text!.Length <= 500
            ? text
            : null;

    public static string Shown(JsonElement element) => Cut(element.GetRawText(), 60);

    public static string Cut(string text, int most) => text.Length > most ? text[..most] : text;
}
