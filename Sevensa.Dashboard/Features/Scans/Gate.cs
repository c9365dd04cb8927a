using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Verdict"><c>allow</c>, <c>deny</c> or <c>unknown</c>.</param>
/// <param name="Findings">Those that deny.</param>
public sealed record GateVerdict(
    string Verdict,
    string Policy,
    string Rule,
    string Reason,
    DateTimeOffset? ScannedAt,
    IReadOnlyList<GateFinding> Findings
);

public sealed record GateFinding(
    string Id,
    string Vulnerability,
    string Package,
    string Installed,
    string? FixedVersion,
    Severity Severity
);

/// <summary>May this image run?</summary>
internal sealed class Gate(ScanStore store, IFleet fleet, IOptions<ScansOptions> options, TimeProvider time)
{
    /// <exception cref="BadHttpRequestException">No such policy, or no digest.</exception>
    public async Task<GateVerdict> AskAsync(
        Caller caller,
        string digest,
        string? policy,
        CancellationToken cancellation
    )
    {
        var asked = string.IsNullOrWhiteSpace(policy) ? options.Value.Policy : policy.Trim();
        var rule =
            GatePolicy.Find(asked)
            ?? throw new BadHttpRequestException($"There is no policy \"{asked}\". There are {GatePolicy.Names}.");
        var bare =
            ImageDigest.Bare(digest)
            ?? throw new BadHttpRequestException(
                "That is no digest. It is repo@sha256: or sha256: with 64 hex digits."
            );
        var image = await store.ImageAsync([bare], cancellation);
        return image is null || !await MaySeeAsync(caller, image.Id, cancellation)
            ? Unscanned(rule)
            : await JudgeAsync(image.Id, rule, cancellation);
    }

    public async Task<GateVerdict> JudgeAsync(string imageId, GatePolicy policy, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (await store.ImageAsync([imageId], cancellation) is not { } image)
        {
            return Unscanned(policy);
        }
        var denying = (await store.FindingsAsync([image.Id], cancellation))
            .Select(found => found.Finding)
            .Where(finding => finding.StateAt(now) == FindingState.Open)
            .Where(finding => policy.Denies(finding.Severity, finding.FixedVersion is not null))
            .Select(finding => new GateFinding(
                finding.Id,
                finding.Vulnerability,
                finding.Package,
                finding.Installed,
                finding.FixedVersion,
                finding.Severity
            ))
            .ToList();
        return denying.Count == 0
            ? new GateVerdict("allow", policy.Name, policy.Rule, "Nothing speaks against it.", image.ScannedAt, [])
            : new GateVerdict(
                "deny",
                policy.Name,
                policy.Rule,
                $"{denying.Count} open finding{(denying.Count == 1 ? "" : "s")} against the rule \"{policy.Rule}\".",
                image.ScannedAt,
                denying
            );
    }

    private static GateVerdict Unscanned(GatePolicy policy) =>
        policy.UnscannedPasses
            ? new GateVerdict(
                "allow",
                policy.Name,
                policy.Rule,
                "Nobody scanned it; this policy lets it pass.",
                null,
                []
            )
            : new GateVerdict(
                "unknown",
                policy.Name,
                policy.Rule,
                "Nobody scanned this image, so it is not let pass. Hand in a report: POST /api/v1/scans.",
                null,
                []
            );

    /// <summary>An image that runs for other tenants only is nobody else's business; one that runs nowhere yet is asked about before it does.</summary>
    private async Task<bool> MaySeeAsync(Caller caller, string imageId, CancellationToken cancellation)
    {
        var digests = (await store.DigestsOfAsync(imageId, cancellation)).ToHashSet(StringComparer.Ordinal);
        var owners = fleet
            .Containers.Where(container => FindingDesk.DigestsOf(container.Facts).Any(digests.Contains))
            .Select(container => container.Facts.Tenant)
            .Distinct()
            .ToList();
        return caller.Tenants.IsAll
            || owners.Count == 0
            || owners.Exists(owner => owner is not null && caller.MaySee(owner));
    }
}
