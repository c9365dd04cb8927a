using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Judging;

/// <summary>How pages call what is held of a finding.</summary>
internal static class JudgedWords
{
    public static string Of(VexStatus status) =>
        status switch
        {
            VexStatus.NotAffected => "not affected",
            VexStatus.UnderInvestigation => "under investigation",
            VexStatus.Fixed => "fixed",
            _ => "affected",
        };

    /// <summary>Its state, and while it is open what was said of it.</summary>
    public static string Of(Finding finding) =>
        finding.State == FindingState.NotAffected ? "not affected"
        : finding is { State: FindingState.Open, Judged: { } judged } ? $"open, {Of(judged.Status)}"
        : finding.State.ToString().ToLowerInvariant();
}
