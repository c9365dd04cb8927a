using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>What of a proposal's evidence stands otherwise now, by all who can look.</summary>
internal static class EvidenceNow
{
    public static async Task<IReadOnlyList<EvidenceDifference>> OfAsync(
        this IEnumerable<IEvidenceAgain> looks,
        Caller caller,
        Proposal proposal,
        CancellationToken cancellation
    )
    {
        var all = new List<EvidenceDifference>();
        foreach (var look in looks)
        {
            all.AddRange(await look.DifferencesAsync(caller, proposal, cancellation));
        }
        return all;
    }
}
