using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>The gate, asked while a plan is made.</summary>
internal sealed class ScanGate(Gate gate) : IImageGate
{
    private const int Shown = 5;

    public async Task<string?> ObjectionAsync(
        Caller caller,
        string tenant,
        string digest,
        CancellationToken cancellation
    )
    {
        if (ImageDigest.Bare(digest) is null)
        {
            return "It has no digest by which it could have been scanned.";
        }
        var verdict = await gate.AskAsync(caller, digest, null, cancellation, tenant);
        if (verdict.Verdict == "allow")
        {
            return null;
        }
        var findings = string.Join(
            ", ",
            verdict.Findings.Take(Shown).Select(finding => $"{finding.Vulnerability} in {finding.Package}")
        );
        return findings.Length > 0 ? $"{verdict.Reason} {findings}." : verdict.Reason;
    }
}
