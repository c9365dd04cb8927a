using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>Looks again at what the assistant saw before it proposed.</summary>
public interface IEvidenceAgain
{
    /// <summary>
    /// What stands otherwise now than among the proposal's evidence, as this person sees it, within a few seconds. What can't be
    /// looked at any more is among it, with why.
    /// </summary>
    Task<IReadOnlyList<EvidenceDifference>> DifferencesAsync(
        Caller caller,
        Proposal proposal,
        CancellationToken cancellation
    );
}

/// <param name="Title">What was looked at.</param>
/// <param name="Then">What it said when it was proposed, in a sentence.</param>
/// <param name="Now">What it says now.</param>
public sealed record EvidenceDifference(string Title, string Then, string Now);
