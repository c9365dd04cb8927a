using System.Text;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Statements;
using Sevensa.Dashboard.Features.Scans.Watched;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Counts of findings by severity.</summary>
internal sealed record SeverityCounts(int Critical, int High, int Medium, int Low, int Unknown, int Total)
{
    internal static SeverityCounts Of(IEnumerable<Severity> severities)
    {
        Span<int> counts = stackalloc int[5];
        foreach (var severity in severities)
        {
            counts[(int)severity]++;
        }
        return new(
            counts[4],
            counts[3],
            counts[2],
            counts[1],
            counts[0],
            counts[0] + counts[1] + counts[2] + counts[3] + counts[4]
        );
    }
}

/// <summary>How many findings of a kind a report has.</summary>
/// <param name="Scanned">Whether the report counts as a scan for this kind.</param>
internal sealed record KindFound(FindingKind Kind, bool Scanned, SeverityCounts Counts);

/// <param name="Digest">The bare digest under which the gate is asked.</param>
/// <param name="Scanner">The program that made the report; null when it does not say.</param>
/// <param name="Platform"><c>linux/amd64</c>; null when nobody says.</param>
/// <param name="IsNew">False when this very report was taken in before, or when nothing of it was taken in (the warnings say why).</param>
/// <param name="Counts">Of vulnerabilities, and of what a linter says of source code; suppressed ones left aside.</param>
/// <param name="Kinds">Every kind that it has findings of or is a scan of.</param>
/// <param name="Warnings">What the sender should know, and what was left out, in words.</param>
internal sealed record IntakeAnswer(
    string Id,
    string Image,
    string Digest,
    string? Scanner,
    string? Platform,
    DateTimeOffset ScannedAt,
    bool IsNew,
    SeverityCounts Counts,
    IReadOnlyList<KindFound> Kinds,
    GateVerdict Gate,
    IReadOnlyList<string> Warnings
);

/// <summary>Takes reports in, from those whose image it is.</summary>
internal sealed class ScanDesk(ReportIntake intake, Gate gate, ScanRights rights, IAuditLog audit)
{
    /// <exception cref="UnreadableReportException">422: unknown format, no such report, or no digest.</exception>
    /// <exception cref="UnknownKindException">422</exception>
    /// <exception cref="UnknownEncodingException">415</exception>
    /// <exception cref="ForbiddenException">403: reports are not the caller's to hand in, or the image is others'.</exception>
    public async Task<IntakeAnswer> TakeInAsync(Caller caller, ReportSent sent, CancellationToken cancellation)
    {
        if (!caller.MayWriteScans)
        {
            throw new ForbiddenException(
                "Handing in scan reports needs the role Operator, or a token with scans:write."
            );
        }
        if (sent.Tenant is { } tenant && !caller.MaySee(tenant))
        {
            throw new ForbiddenException("That tenant is not one of yours.");
        }
        using var original = new PackedOriginal();
        var read = await intake.ReadAsync(sent, original, cancellation);
        var owners = ImageOwners.Of(caller, sent.Tenant);
        var taken = await intake.KeepAsync(
            new ReportIntake.Sender(caller.Name, owners, IsSenders, MayTakeBackAsync),
            sent,
            read,
            CheckAsync,
            AuditAsync,
            cancellation
        );
        var verdict = await gate.JudgeAsync(caller, read.Names.Shown, sent.Tenant, cancellation);
        return new IntakeAnswer(
            taken.Report.Id,
            taken.Name,
            read.Names.Shown,
            read.Report.Scanner,
            taken.Image.Platform,
            taken.Report.ScannedAt,
            taken.IsNew,
            read.Counts(kind => kind is FindingKind.Vulnerability or FindingKind.Code),
            [
                .. read
                    .Findings.Select(found => found.Finding.Kind)
                    .Union(taken.Scanned)
                    .Order()
                    .Select(kind => new KindFound(kind, taken.Scanned.Contains(kind), read.Counts(one => one == kind))),
            ],
            verdict,
            [.. read.Warnings, .. verdict.Warnings]
        );

        bool IsSenders(string? tenant) =>
            sent.Tenant is { } one
                ? tenant == one
                : caller.Tenants.IsAll || (tenant is not null && caller.MaySee(tenant));

        async Task CheckAsync(IReadOnlyList<KnownImage> known)
        {
            rights.MustKnow(caller, known);
            var mayReport = rights.MayReport(caller, read.Names.Digests, known);
            if (
                mayReport
                && (read.Report.Vex is not { Clears: true } || rights.SeesAllOf(caller, read.Names.Digests, known))
            )
            {
                return;
            }
            await RefuseAsync(
                mayReport
                    ? "It says that something in this image does not count, which concerns tenants that you don't see too. Ask somebody who sees them all."
                    : "This image belongs to tenants that you don't see. Reports of it are taken in from those who see them."
            );
        }

        async Task MayTakeBackAsync(VexDocumentRow former, IReadOnlyList<KnownImage> known)
        {
            if (!ImageOwners.AreAllSeen(former.Owners, caller) || !rights.SeesAllOf(caller, read.Names.Digests, known))
            {
                await RefuseAsync(
                    "It takes back what a former version of this document said against this image, which concerns tenants that you don't see too. Ask somebody who sees them all."
                );
            }
        }

        async Task RefuseAsync(string why)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "scan.refused",
                    Target: read.Names.Shown,
                    Outcome: AuditOutcome.Refused,
                    Detail: "A report of an image that belongs to other tenants"
                ),
                cancellation
            );
            throw new ForbiddenException(why);
        }

        Task AuditAsync(string name, ScanReportRow report, IReadOnlyCollection<string> all) =>
            audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "scan.received",
                    sent.Tenant ?? rights.TenantOf(caller, all),
                    read.Names.Shown,
                    Detail: read.Told(name, report, report.Kinds.Length > 0 ? report.Kinds : "no scan")
                ),
                cancellation
            );
    }

    /// <summary>From the folder that is watched: whoever may write there speaks for all tenants.</summary>
    /// <param name="file">Its name, for the record.</param>
    /// <exception cref="UnreadableReportException">As of a report that is sent.</exception>
    /// <exception cref="UnknownKindException">The same.</exception>
    public async Task<FolderReport> TakeFromFolderAsync(ReportSent sent, string file, CancellationToken cancellation)
    {
        using var original = new PackedOriginal();
        var read = await intake.ReadAsync(sent, original, cancellation);
        var taken = await intake.KeepAsync(
            new ReportIntake.Sender("folder", ImageOwners.All, _ => true, (_, _) => Task.CompletedTask),
            sent,
            read,
            _ => Task.CompletedTask,
            (name, report, _) =>
                audit.AppendAsync(
                    new AuditEntry(
                        AuditActor.System,
                        "scan.received",
                        Target: read.Names.Shown,
                        Detail: read.Told(name, report, $"from the folder, {ReportJson.Cut(file, 200)}")
                    ),
                    cancellation
                ),
            cancellation
        );
        return new FolderReport(
            taken.Report.Id,
            taken.Name,
            read.Names.Shown,
            taken.IsNew,
            read.Findings.Count,
            [.. taken.Scanned.Order()],
            read.Warnings
        );
    }

    /// <summary>What the Sandbox begins with: scans for vulnerabilities that are everybody's.</summary>
    public async Task PlantAsync(string image, string digest, string report, CancellationToken cancellation)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(report));
        var sent = new ReportSent(body, image, digest, Kinds: FindingKinds.Word(FindingKind.Vulnerability));
        using var original = new PackedOriginal();
        var read = await intake.ReadAsync(sent, original, cancellation);
        await intake.KeepAsync(
            new ReportIntake.Sender("Sandbox", ImageOwners.All, _ => true, (_, _) => Task.CompletedTask),
            sent,
            read,
            _ => Task.CompletedTask,
            (_, _, _) => Task.CompletedTask,
            cancellation
        );
    }
}
