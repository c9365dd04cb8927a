using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Statements;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <param name="Verdict"><c>allow</c>, <c>deny</c> or <c>unknown</c>.</param>
/// <param name="Findings">The first of those that deny, the most severe first; at most a hundred.</param>
/// <param name="Total">How many deny.</param>
/// <param name="Warnings">What speaks against the image without denying it, in words.</param>
internal sealed record GateVerdict(
    string Verdict,
    string Policy,
    string Rule,
    string Reason,
    DateTimeOffset? ScannedAt,
    IReadOnlyList<GateFinding> Findings,
    int Total = 0,
    IReadOnlyList<string>? Warnings = null
)
{
    public IReadOnlyList<string> Warnings { get; init; } = Warnings ?? [];
}

internal sealed record GateFinding(
    string Id,
    FindingKind Kind,
    string Vulnerability,
    string Package,
    string Installed,
    string? FixedVersion,
    Severity Severity
);

/// <summary>May this image run?</summary>
internal sealed class Gate(
    ScanStore scans,
    ImageStore imageStore,
    FindingStore findings,
    ScanRights rights,
    GatePolicies policies,
    StatementReach reach,
    TimeProvider time
)
{
    private const int MostFindings = 100;
    private const int MostBytes = 15_000;
    private const string FolderOnly =
        "Only a folder or files were scanned, not the image: the packages of the image's system were not looked at.";
    private static readonly JsonSerializerOptions Sent = new(JsonSerializerDefaults.Web);

    /// <param name="policy">In words; null: the tenants' own, and the strictest verdict where several have a say.</param>
    /// <param name="tenant">For which it is asked; null: the tenants whose image it is.</param>
    /// <exception cref="BadHttpRequestException">No such policy, or no digest.</exception>
    public async Task<GateVerdict> AskAsync(
        Caller caller,
        string digest,
        string? policy,
        CancellationToken cancellation,
        string? tenant = null
    )
    {
        var asked = string.IsNullOrWhiteSpace(policy) ? null : policy.Trim();
        var named = asked is null
            ? null
            : GatePolicy.Find(asked)
                ?? throw new BadHttpRequestException($"There is no policy \"{asked}\". There are {GatePolicy.Names}.");
        var bare =
            ImageDigest.Bare(digest)
            ?? throw new BadHttpRequestException(
                "That is no digest. It is repo@sha256: or sha256: with 64 hex digits."
            );
        return named is null
            ? await JudgeAsync(caller, bare, tenant, cancellation)
            : await JudgeAsync(caller, bare, named, cancellation, tenant);
    }

    /// <summary>By the policies of the tenants whose image it is; the strictest verdict holds.</summary>
    public async Task<GateVerdict> JudgeAsync(
        Caller caller,
        string bare,
        string? tenant,
        CancellationToken cancellation
    )
    {
        var images = await SeenAsync(caller, bare, cancellation);
        var uncleared = await reach.UnclearedAsync(images, tenant, cancellation);
        GateVerdict? strictest = null;
        foreach (var policy in await policies.ForAsync(caller, tenant, bare, images, cancellation))
        {
            var verdict = await JudgeAsync(images, policy, uncleared, cancellation);
            if (strictest is null || Strictness(verdict) > Strictness(strictest))
            {
                strictest = verdict;
            }
        }
        return strictest!;
    }

    /// <summary>By all images of that digest which the caller may see: an index is denied while any of its platforms is.</summary>
    /// <param name="bare">A bare digest.</param>
    /// <param name="tenant">For which it is asked beside those whose image it is; null for none.</param>
    public async Task<GateVerdict> JudgeAsync(
        Caller caller,
        string bare,
        GatePolicy policy,
        CancellationToken cancellation,
        string? tenant = null
    )
    {
        var images = await SeenAsync(caller, bare, cancellation);
        var uncleared = await reach.UnclearedAsync(images, tenant ?? policy.Tenant, cancellation);
        return await JudgeAsync(images, policy, uncleared, cancellation);
    }

    private async Task<IReadOnlyList<KnownImage>> SeenAsync(Caller caller, string bare, CancellationToken cancellation)
    {
        var known = await imageStore.KnownAsync([bare], cancellation);
        rights.MustKnow(caller, known);
        return [.. known.Where(image => rights.MaySee(caller, image))];
    }

    private async Task<GateVerdict> JudgeAsync(
        IReadOnlyList<KnownImage> known,
        GatePolicy policy,
        IReadOnlyCollection<string> uncleared,
        CancellationToken cancellation
    )
    {
        var images = known.Select(image => image.Row).ToList();
        if (images.Count == 0)
        {
            return Unscanned(policy, null);
        }
        var now = time.GetUtcNow();
        string[] ids = [.. images.Select(image => image.Id)];
        var open = await findings.OpenCountsAsync(ids, uncleared, now, cancellation);
        var related = await RelatedAsync(images, policy, cancellation);
        var (total, denying) = await findings.DenyingAsync(
            ids,
            uncleared,
            policy,
            related,
            MostFindings,
            now,
            cancellation
        );
        var warnings = GateWarnings.Of(images, open, policy);
        if (await findings.AcceptedAgainstAsync(ids, policy, related, now, cancellation) is { Count: > 0 } accepted)
        {
            warnings.Insert(0, GateWarnings.Accepted(accepted));
        }
        string[] unscanned = [.. images.Where(image => image.ScannedAt is null).Select(image => image.Id)];
        if (unscanned.Length > 0 && await scans.AnyOfAFolderAsync(unscanned, cancellation))
        {
            warnings.Add(FolderOnly);
        }
        var scannedAt = images.Max(image => image.ScannedAt);
        if (total > 0)
        {
            return new GateVerdict(
                "deny",
                policy.Name,
                policy.Rule,
                $"{total} open finding{(total == 1 ? "" : "s")} against the rule \"{policy.Rule}\".",
                scannedAt,
                Within(denying),
                total,
                warnings
            );
        }
        if (policy.DeniesEndOfLife && images.Find(image => image.EndOfLife is not null) is { } old)
        {
            return new GateVerdict(
                "deny",
                policy.Name,
                policy.Rule,
                $"Its system, {old.EndOfLife}, is past its end of life.",
                scannedAt,
                [],
                0,
                warnings
            );
        }
        var oldest = images.Min(image => image.ScannedAt);
        var stale = oldest is { } at && policy.StaleAfterDays is { } days && at < now.AddDays(-days);
        // By the same rule as a finding of one of its platforms denies an index.
        string[] silent =
        [
            .. images
                .Where(image => image.ScannedAt is null)
                .Select(image => image.Platform)
                .OfType<string>()
                .Distinct(),
        ];
        return scannedAt is null || stale ? Unscanned(policy, warnings, oldest)
            : silent.Length > 0 ? Unscanned(policy, warnings, scannedAt, silent)
            : new GateVerdict(
                "allow",
                policy.Name,
                policy.Rule,
                warnings.Count == 0
                    ? "Nothing speaks against it."
                    : $"No finding breaks the rule. {string.Join(' ', warnings)}",
                scannedAt,
                [],
                0,
                warnings
            );
    }

    /// <summary>What is known of the repositories of these images beside them, as far as the policy asks for it.</summary>
    private async Task<RelatedImages> RelatedAsync(
        List<ScannedImageRow> images,
        GatePolicy policy,
        CancellationToken cancellation
    )
    {
        if (!policy.NewOnly && policy.GraceDays == 0)
        {
            return RelatedImages.None;
        }
        string[] repositories =
        [
            .. images.Select(image => ImageDigest.Repository(image.Image)).OfType<string>().Distinct(),
        ];
        var known = await imageStore.OfRepositoriesAsync(repositories, cancellation);
        return new RelatedImages(
            [.. known.Where(image => rights.Runs(policy.Tenant, image.Digests)).Select(image => image.Row.Id)],
            [.. known.Select(image => image.Row.Id)]
        );
    }

    private static int Strictness(GateVerdict verdict) =>
        verdict.Verdict switch
        {
            "deny" => 2,
            "unknown" => 1,
            _ => 0,
        };

    /// <summary>The first hundred, or as many as an answer of 20 kB has room for.</summary>
    private static List<GateFinding> Within(IReadOnlyList<FindingRow> denying)
    {
        var within = new List<GateFinding>(denying.Count);
        var bytes = 0;
        foreach (var row in denying)
        {
            var finding = new GateFinding(
                row.Id,
                row.Kind,
                row.Vulnerability,
                row.Package,
                row.Installed,
                row.FixedVersion,
                row.Severity
            );
            bytes += JsonSerializer.SerializeToUtf8Bytes(finding, Sent).Length + 24;
            if (bytes > MostBytes)
            {
                break;
            }
            within.Add(finding);
        }
        return within;
    }

    /// <param name="last">When it was scanned last; a scan that is too old is none.</param>
    /// <param name="silent">The platforms that nobody scanned, where others of the image were.</param>
    private static GateVerdict Unscanned(
        GatePolicy policy,
        IReadOnlyList<string>? warnings,
        DateTimeOffset? last = null,
        IReadOnlyList<string>? silent = null
    )
    {
        var folder = last is null && warnings?.Contains(FolderOnly) == true ? $" {FolderOnly}" : "";
        var why =
            silent is not null ? $"Nobody scanned it for vulnerabilities on {string.Join(" and ", silent)}"
            : last is { } at
                ? $"Its last scan for vulnerabilities, of {at.UtcDateTime:yyyy-MM-dd}, is older than the policy allows"
            : "Nobody scanned this image for vulnerabilities";
        return policy.UnscannedPasses
            ? new GateVerdict(
                "allow",
                policy.Name,
                policy.Rule,
                $"{why}; this policy lets it pass.{folder}",
                last,
                [],
                0,
                warnings
            )
            : new GateVerdict(
                "unknown",
                policy.Name,
                policy.Rule,
                $"{why}, so it is not let pass. Hand in a report: POST /api/v1/scans?kinds=vulnerability.{folder}",
                last,
                [],
                0,
                warnings
            );
    }
}
