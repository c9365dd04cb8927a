using System.IO.Pipelines;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans.Judging;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Exports;

/// <summary>
/// A CycloneDX 1.6 document (ECMA-424) that says of each vulnerability what was decided: <c>in_triage</c> while it is open,
/// <c>exploitable</c> with <c>will_not_fix</c> where somebody accepted it, <c>resolved</c> where it is gone, <c>not_affected</c> with its
/// justification where somebody says so, that or <c>false_positive</c> where its scanner was told just that, or a statement says so. What a scanner was told to ignore nobody has judged.
/// </summary>
internal sealed class FindingsVex(PipeWriter body) : IFindingsWriter
{
    private readonly Utf8JsonWriter json = new(body);

    // They stand behind the vulnerabilities, and are known only then.
    private readonly Dictionary<string, (string Name, string Version, string Image)> parts = new(
        StringComparer.Ordinal
    );

    public string ContentType => "application/vnd.cyclonedx+json; version=1.6; charset=utf-8";

    public string Ending => "cdx.json";

    public void Begin(string tenant, DateTimeOffset at)
    {
        json.WriteStartObject();
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.6");
        json.WriteString("serialNumber", $"urn:uuid:{Guid.NewGuid()}");
        json.WriteNumber("version", 1);
        json.WriteStartObject("metadata");
        json.WriteString("timestamp", at.UtcDateTime);
        json.WriteStartObject("tools");
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("name", "Sevensa Dashboard");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("component");
        json.WriteString("type", "platform");
        json.WriteString("name", tenant);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("vulnerabilities");
    }

    public void Write(Finding finding)
    {
        var part = $"{finding.ImageDigest}/{finding.Package}@{finding.Installed}";
        parts.TryAdd(part, (finding.Package, finding.Installed, finding.ImageDigest));
        json.WriteStartObject();
        json.WriteString("bom-ref", finding.Id);
        json.WriteString("id", finding.Vulnerability);
        WriteRating(finding);
        if (finding.FixedVersion is { } version)
        {
            json.WriteString("recommendation", $"Upgrade {finding.Package} to version {version}");
        }
        json.WriteString("created", finding.FirstSeenAt.UtcDateTime);
        json.WriteString("updated", finding.LastSeenAt.UtcDateTime);
        WriteAnalysis(finding);
        json.WriteStartArray("affects");
        json.WriteStartObject();
        json.WriteString("ref", part);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public void Pass() => json.Flush();

    public void End()
    {
        json.WriteEndArray();
        json.WriteStartArray("components");
        foreach (var (reference, part) in parts)
        {
            json.WriteStartObject();
            json.WriteString("type", "library");
            json.WriteString("bom-ref", reference);
            json.WriteString("name", part.Name);
            json.WriteString("version", part.Version);
            json.WriteStartArray("properties");
            json.WriteStartObject();
            json.WriteString("name", "sevensa:image");
            json.WriteString("value", part.Image);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    public void Dispose() => json.Dispose();

    private void WriteRating(Finding finding)
    {
        json.WriteStartArray("ratings");
        json.WriteStartObject();
        if (finding.Score is { } score)
        {
            json.WriteNumber("score", score);
        }
        json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteAnalysis(Finding finding)
    {
        json.WriteStartObject("analysis");
        json.WriteString("state", StateOf(finding));
        if (
            finding is { State: FindingState.NotAffected, Judged.Justification: { } said }
            && Justifications.CycloneDx(said) is { } justification
        )
        {
            json.WriteString("justification", justification);
        }
        if (finding.State == FindingState.Accepted)
        {
            json.WriteStartArray("response");
            json.WriteStringValue("will_not_fix");
            json.WriteEndArray();
        }
        // Its own words are fewer than those that were chosen from.
        var detail = finding is { State: FindingState.NotAffected, Judged.Justification: { } chosen }
            ? string.Join(": ", new[] { chosen, finding.Reason }.OfType<string>())
            : finding.Reason;
        if (detail is { Length: > 0 } reason)
        {
            json.WriteString(
                "detail",
                finding is { State: FindingState.Accepted, Until: { } until }
                    ? $"{reason} (until {until.UtcDateTime:yyyy-MM-dd})"
                    : reason
            );
        }
        json.WriteEndObject();
    }

    private static string StateOf(Finding finding) =>
        finding.State switch
        {
            FindingState.Accepted => "exploitable",
            FindingState.Fixed => "resolved",
            FindingState.NotAffected => "not_affected",
            FindingState.Suppressed => Judged(finding.Reason ?? ""),
            // What a person says goes before what was stated elsewhere.
            _ => (finding.Judged?.Status ?? finding.Stated?.Status) == VexStatus.Affected ? "exploitable" : "in_triage",
        };

    private static string Judged(string why)
    {
        if (Begins("false positive"))
        {
            return "false_positive";
        }
        return Begins("resolved") || Begins("fixed") || Begins("VEX: fixed") ? "resolved"
            : Begins("not affected")
            || Begins("not_affected")
            || Begins("VEX: not_affected")
            || Begins("unaffected")
            || Begins("rejected")
                ? "not_affected"
            : "in_triage";

        bool Begins(string words) => why.StartsWith(words, StringComparison.OrdinalIgnoreCase);
    }
}
