using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Counts of a report's findings by severity.</summary>
public sealed record SeverityCounts(int Critical, int High, int Medium, int Low, int Unknown, int Total);

/// <param name="IsNew">False when this very report was taken in before, or when it is no scan (the warnings say why).</param>
/// <param name="Warnings">What the sender should know, in words.</param>
public sealed record ScanTaken(
    string Id,
    string Image,
    string Digest,
    DateTimeOffset ScannedAt,
    bool IsNew,
    SeverityCounts Counts,
    GateVerdict Gate,
    IReadOnlyList<string> Warnings
);

/// <summary>Takes reports in. Whoever hands one in may; whose image it is shows when a container runs it.</summary>
internal sealed class ScanDesk(
    IEnumerable<IReportReader> readers,
    ScanStore store,
    Gate gate,
    IAuditLog audit,
    IOptions<ScansOptions> options,
    TimeProvider time
)
{
    /// <param name="image">Name as people write it; from the report when null.</param>
    /// <param name="digest"><c>repo@sha256:…</c> or <c>sha256:…</c>; from the report when null.</param>
    /// <exception cref="UnreadableReportException">Unknown format, no such report, or no digest.</exception>
    public async Task<ScanTaken> TakeInAsync(
        Caller caller,
        string? image,
        string? digest,
        string? format,
        Stream body,
        CancellationToken cancellation
    )
    {
        if (!caller.MayWriteScans)
        {
            throw new ForbiddenException(
                "Handing in scan reports needs the role Operator, or a token with scans:write."
            );
        }
        var (row, name, digests, findings, isScan, warnings) = await ReadAsync(
            caller.Name,
            image,
            digest,
            format,
            body,
            cancellation
        );
        if (!isScan)
        {
            return new ScanTaken(
                row.Id,
                name,
                row.ImageId,
                row.ScannedAt,
                false,
                Counts(row),
                await JudgeAsync(),
                warnings
            );
        }
        if (await store.ReportAsync(row.Id, cancellation) is null)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "scan.received",
                    Target: row.ImageId,
                    Detail: $"{name}: {findings.Count} findings, {row.Critical} critical, {row.High} high ({row.Format})"
                ),
                cancellation
            );
        }
        var taken = await store.TakeInAsync(row, name, digests, findings, cancellation);
        return new ScanTaken(
            row.Id,
            name,
            row.ImageId,
            row.ScannedAt,
            taken.IsNew,
            Counts(row),
            await JudgeAsync(),
            warnings
        );

        Task<GateVerdict> JudgeAsync() =>
            gate.JudgeAsync(row.ImageId, GatePolicy.Find(options.Value.Policy)!, cancellation);
    }

    /// <summary>What the Sandbox begins with.</summary>
    public async Task PlantAsync(string image, string digest, string report, CancellationToken cancellation)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(report));
        var read = await ReadAsync("Sandbox", image, digest, "trivy", body, cancellation);
        await store.TakeInAsync(read.Row, read.Image, read.Digests, read.Findings, cancellation);
    }

    private async Task<Read> ReadAsync(
        string by,
        string? image,
        string? digest,
        string? format,
        Stream body,
        CancellationToken cancellation
    )
    {
        var named = string.IsNullOrWhiteSpace(format) ? "trivy" : format.Trim().ToLowerInvariant();
        var reader =
            readers.FirstOrDefault(known => known.Format == named)
            ?? throw new UnreadableReportException(
                $"Reports of the format \"{Cut(named)}\" can't be read. There is {string.Join(", ", readers.Select(known => known.Format))}."
            );
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var hashed = new HashedStream(body, hash);
        var report = await reader.ReadAsync(hashed, cancellation);

        var warnings = new List<string>(report.Notes ?? []);
        if (report.NoScan is { } why)
        {
            warnings.Add(why);
        }
        var digests = Digests(digest, report, warnings);
        var known = await store.ImageAsync(digests, cancellation);
        var id = known?.Id ?? digests[0];
        var name = Cut(string.IsNullOrWhiteSpace(image) ? report.Image ?? known?.Image ?? id : image.Trim());
        hash.AppendData(Encoding.UTF8.GetBytes($"\n{id}\n{named}"));
        var findings = new Dictionary<string, ReportedFinding>(StringComparer.Ordinal);
        foreach (var finding in report.Findings)
        {
            // The same vulnerability in two copies of a package at one place is told apart by its number.
            var copy = 0;
            while (!findings.TryAdd(FindingId(id, finding, copy), finding))
            {
                copy++;
            }
        }
        int Count(Severity severity) => findings.Values.Count(finding => finding.Severity == severity);
        var row = new ScanReportRow
        {
            Id = Convert.ToHexStringLower(hash.GetHashAndReset()),
            ImageId = id,
            Format = named,
            ScannedAt = report.ScannedAt ?? time.GetUtcNow(),
            ReceivedAt = time.GetUtcNow(),
            ReceivedBy = by,
            Critical = Count(Severity.Critical),
            High = Count(Severity.High),
            Medium = Count(Severity.Medium),
            Low = Count(Severity.Low),
            Unknown = Count(Severity.Unknown),
        };
        return new Read(row, name, digests, findings, report.NoScan is null, warnings);
    }

    /// <summary>A digest that was given rules. The report's own names are taken over only when they include it.</summary>
    private static IReadOnlyList<string> Digests(string? given, ScanReport report, List<string> warnings)
    {
        if (string.IsNullOrWhiteSpace(given))
        {
            return report.Digests.Count > 0
                ? report.Digests
                : throw new UnreadableReportException(
                    "The report does not say which image it is of. Give ?digest=, as repo@sha256:… or sha256:…."
                );
        }
        var bare =
            ImageDigest.Bare(given)
            ?? throw new UnreadableReportException(
                $"\"{Cut(given)}\" is no digest. It is repo@sha256: or sha256: with 64 hex digits."
            );
        if (report.Digests.Contains(bare))
        {
            return [bare, .. report.Digests.Where(other => other != bare)];
        }
        if (report.Digests.Count > 0)
        {
            warnings.Add($"The report names {string.Join(" and ", report.Digests)}, not the digest that was given.");
        }
        return [bare];
    }

    private static string FindingId(string image, ReportedFinding finding, int copy)
    {
        var parts = new JsonArray(
            image,
            finding.Vulnerability,
            finding.Package,
            finding.Installed,
            finding.Place,
            copy
        );
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToJsonString())))[..24];
    }

    private static SeverityCounts Counts(ScanReportRow row) =>
        new(
            row.Critical,
            row.High,
            row.Medium,
            row.Low,
            row.Unknown,
            row.Critical + row.High + row.Medium + row.Low + row.Unknown
        );

    private static string Cut(string text) => text.Length > 300 ? text[..300] : text;

    private sealed record Read(
        ScanReportRow Row,
        string Image,
        IReadOnlyList<string> Digests,
        IReadOnlyDictionary<string, ReportedFinding> Findings,
        bool IsScan,
        IReadOnlyList<string> Warnings
    );
}
