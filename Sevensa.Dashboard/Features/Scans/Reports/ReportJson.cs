using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Reads JSON that somebody else wrote: what is not as it should be is named, nothing is guessed.</summary>
internal static class ReportJson
{
    private const int Deepest = 64;
    private const int MostFindings = 100_000;
    private const int LookForCancellationEvery = 1024;

    /// <summary>No scanner that is read here is older.</summary>
    private const int FirstYear = 2000;

    /// <exception cref="UnreadableReportException">No JSON, or text in it that is none.</exception>
    public static async Task<T> ReadAsync<T>(Stream body, Func<JsonElement, T> read, CancellationToken cancellation)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(
                body,
                // Of two members of one name readers choose by chance: one could hide what the other shows.
                new JsonDocumentOptions { MaxDepth = Deepest, AllowDuplicateProperties = false },
                cancellation
            );
            return read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new UnreadableReportException(
                $"The report is no JSON, nested deeper than {Deepest}, or has a member twice: {exception.Message}",
                exception
            );
        }
        catch (InvalidOperationException exception)
        {
            // What the parser lets through and no text can be made of.
            throw new UnreadableReportException(
                "The report holds bytes or escapes that are no Unicode text. Write it as UTF-8.",
                exception
            );
        }
    }

    public static Task<ScanReport> ReadAsync(this IReportReader reader, Stream body, CancellationToken cancellation) =>
        ReadAsync(body, root => reader.Read(root, cancellation), cancellation);

    public static void AddWithinLimit(
        this List<ReportedFinding> findings,
        ReportedFinding finding,
        CancellationToken cancellation
    )
    {
        if (findings.Count % LookForCancellationEvery == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
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
    public static Severity SeverityOf(double? score) =>
        score switch
        {
            >= 9 => Severity.Critical,
            >= 7 => Severity.High,
            >= 4 => Severity.Medium,
            > 0 => Severity.Low,
            _ => Severity.Unknown,
        };

    /// <summary>Null for what is no time with its day, and for the times that programs write when they know none (of the year 1 or 1970).</summary>
    public static DateTimeOffset? Time(string? text) =>
        text is [>= '0' and <= '9', >= '0' and <= '9', >= '0' and <= '9', >= '0' and <= '9', '-', ..]
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
        && at.Year >= FirstYear
            ? at.ToUniversalTime()
            : null;

    /// <summary>An object's member that is an object; undefined when there is none.</summary>
    public static JsonElement Member(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Object
            ? value
            : default;

    public static bool Has(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out _);

    /// <summary>A text where one is, else null: for members that are only shown.</summary>
    public static string? Hint(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? Whole(value, name)
            : null;

    /// <summary>The same; null when it is empty.</summary>
    public static string? Said(JsonElement owner, string name) =>
        Hint(owner, name) is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    /// <summary>A number, or a text that is one.</summary>
    public static double? Number(JsonElement owner, string name)
    {
        if (owner.ValueKind != JsonValueKind.Object || !owner.TryGetProperty(name, out var value))
        {
            return null;
        }
        var number =
            value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var given) ? given
            : value.ValueKind == JsonValueKind.String
            && double.TryParse(Whole(value, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var written)
                ? written
            : double.NaN;
        return double.IsFinite(number) ? number : null;
    }

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

    /// <summary>The texts of a list; what is no text in it is passed over.</summary>
    public static IEnumerable<string> Words(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var list)
        && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
                .Where(item => item.ValueKind == JsonValueKind.String)
                .Select(item => Whole(item, name))
            : [];

    public static string Required(JsonElement found, string name) =>
        Text(found, name) is { Length: > 0 } text
            ? text
            : throw new UnreadableReportException($"A vulnerability has no {name}.");

    public static string? Text(JsonElement owner, string name) =>
        owner.ValueKind != JsonValueKind.Object
        || !owner.TryGetProperty(name, out var value)
        || value.ValueKind == JsonValueKind.Null
            ? null
        : value.ValueKind == JsonValueKind.String ? Whole(value, name)
        : throw new UnreadableReportException($"{name} is no text but {Shown(value)}.");

    /// <summary>Only what a browser may follow without harm.</summary>
    public static string? Link(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme is "https" or "http"
        && text!.Length <= 500
            ? text
            : null;

    public static string Shown(JsonElement element) => Cut(element.GetRawText(), 60);

    public static string Cut(string text, int most) => StoreText.Cut(text, most);

    /// <summary>The same, null for an empty text.</summary>
    public static string? CutOrNone(string? text, int most) =>
        string.IsNullOrWhiteSpace(text) ? null : Cut(text.Trim(), most);

    private static string Whole(JsonElement value, string name)
    {
        try
        {
            return StoreText.Whole(value.GetString()!);
        }
        catch (InvalidOperationException exception)
        {
            throw new UnreadableReportException(
                $"{name} holds bytes or escapes that are no Unicode text, such as half of a surrogate pair.",
                exception
            );
        }
    }
}
