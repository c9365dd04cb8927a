using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Judging;

/// <summary>How pages call what VEX says of a finding.</summary>
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
}
