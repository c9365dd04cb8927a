namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>Whether what was approved once, and is acted on long after, still rests on what it was approved by.</summary>
public interface IApprovalsToday
{
    /// <summary>
    /// False when the account, or the token or program by which somebody approved a proposal, was taken back or has ended. What
    /// they may do otherwise is not looked at. True of a proposal that is not kept any more.
    /// </summary>
    ValueTask<bool> StandsAsync(string proposalId, string personId, CancellationToken cancellation);
}
