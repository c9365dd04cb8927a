using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Trivy's JSON report, schema version 2 (<c>trivy image --format json</c>): its vulnerabilities.</summary>
internal sealed class TrivyReader : IReportReader
{
    private const int Deepest = 64;
    private const int MostFindings = 100_000;

    public string Format => "trivy";

    public async Task<ScanReport> ReadAsync(Stream body, CancellationToken cancellation)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(
                body,
                new JsonDocumentOptions { MaxDepth = Deepest },
                cancellation
            );
            return Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new UnreadableReportException(
                $"The report is no JSON, or nested deeper than {Deepest}: {exception.Message}",
                exception
            );
        }
    }

    private static ScanReport Read(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            throw new UnreadableReportException(
                "This is Trivy's first form of report, a plain list. Make it anew with Trivy 0.20 or later."
            );
        }
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("SchemaVersion", out var schema))
        {
            throw new UnreadableReportException(
                "This is not a report of Trivy: it has no SchemaVersion. Make one with `trivy image --format json`."
            );
        }
        if (schema.ValueKind != JsonValueKind.Number || !schema.TryGetInt32(out var version) || version != 2)
        {
            throw new UnreadableReportException($"Reports of schema version {Shown(schema)} are not known; 2 is.");
        }
        var findings = new List<ReportedFinding>();
        foreach (var result in List(root, "Results", "the report"))
        {
            var target = Text(result, "Target") ?? "";
            var isSystem = Text(result, "Class") == "os-pkgs";
            foreach (var found in List(result, "Vulnerabilities", $"the result {Cut(target, 80)}"))
            {
                if (findings.Count == MostFindings)
                {
                    throw new UnreadableReportException($"The report has more than {MostFindings} findings.");
                }
                findings.Add(Finding(found, isSystem ? "" : target));
            }
        }
        var metadata = root.TryGetProperty("Metadata", out var told) ? told : default;
        return new ScanReport(
            Text(root, "ArtifactName"),
            DateTimeOffset.TryParse(
                Text(root, "CreatedAt"),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var at
            )
                ? at.ToUniversalTime()
                : null,
            [.. Digests(metadata).Distinct()],
            findings
        );
    }

    private static ReportedFinding Finding(JsonElement found, string target)
    {
        var place = Text(found, "PkgPath") is { Length: > 0 } path ? $"{target}:{path}" : target;
        return new ReportedFinding(
            Cut(Required(found, "VulnerabilityID"), 100),
            Cut(Required(found, "PkgName"), 300),
            Cut(Text(found, "InstalledVersion") ?? "", 200),
            Text(found, "FixedVersion") is { Length: > 0 } version ? Cut(version, 500) : null,
            Enum.TryParse<Severity>(Text(found, "Severity"), ignoreCase: true, out var severity)
            && Enum.IsDefined(severity)
                ? severity
                : Severity.Unknown,
            Cut(place, 500),
            Text(found, "Title") is { } title ? Cut(title, 500) : null,
            Link(Text(found, "PrimaryURL"))
        );
    }

    /// <summary>Repository digests first: they name the image for everybody, its id only where it was built or pulled.</summary>
    private static IEnumerable<string> Digests(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            yield break;
        }
        foreach (var digest in List(metadata, "RepoDigests", "Metadata", JsonValueKind.String))
        {
            if (ImageDigest.Bare(digest.GetString()) is { } bare)
            {
                yield return bare;
            }
        }
        if (ImageDigest.Bare(Text(metadata, "ImageID")) is { } id)
        {
            yield return id;
        }
    }

    private static IEnumerable<JsonElement> List(
        JsonElement owner,
        string name,
        string where,
        JsonValueKind of = JsonValueKind.Object
    )
    {
        if (!owner.TryGetProperty(name, out var list) || list.ValueKind == JsonValueKind.Null)
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

    private static string Required(JsonElement found, string name) =>
        Text(found, name) is { Length: > 0 } text
            ? text
            : throw new UnreadableReportException($"A vulnerability has no {name}.");

    private static string? Text(JsonElement owner, string name) =>
        !owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new UnreadableReportException($"{name} is no text but {Shown(value)}.");

    /// <summary>Only what a browser may follow without harm.</summary>
    private static string? Link(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.Scheme is "https" or "http"
        && text!.Length <= 500
            ? text
            : null;

    private static string Shown(JsonElement element) => Cut(element.GetRawText(), 60);

    private static string Cut(string text, int most) => text.Length > most ? text[..most] : text;
}
