using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Section <c>Actions</c>.</summary>
public sealed class ActionsOptions
{
    /// <summary>How long a proposal can be decided on and, once approved, begun.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan ProposalLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Different people who must approve an action of low risk.</summary>
    [Range(1, 9)]
    public int ApprovalsForLowRisk { get; set; } = 1;

    /// <summary>Different people who must approve an action of medium risk.</summary>
    [Range(1, 9)]
    public int ApprovalsForMediumRisk { get; set; } = 1;

    /// <summary>Different people, the requester not among them, who must approve an action of high risk.</summary>
    [Range(1, 9)]
    public int ApprovalsForHighRisk { get; set; } = 1;

    /// <summary>How often expiry, waiting approvals and unclear outcomes are looked at. Approvals don't wait for it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence of an action under way after which its host is asked what became of it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan AskAfterSilence { get; set; } = TimeSpan.FromSeconds(30);

    public int ApprovalsFor(Risk risk) =>
        risk switch
        {
            Risk.Low => ApprovalsForLowRisk,
            Risk.Medium => ApprovalsForMediumRisk,
            _ => ApprovalsForHighRisk,
        };
}
