using Sevensa.Dashboard.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class ProposalStatesTests
{
    [Theory]
    [InlineData(ProposalState.Proposed, "Approved Rejected Withdrawn Expired")]
    [InlineData(ProposalState.Approved, "Dispatched Rejected Withdrawn Expired Refused")]
    [InlineData(ProposalState.Dispatched, "Running Succeeded Failed RolledBack Cancelled Refused Unknown Expired")]
    [InlineData(ProposalState.Running, "Succeeded Failed RolledBack Cancelled Refused Unknown")]
    [InlineData(ProposalState.Unknown, "Running Succeeded Failed RolledBack Cancelled Refused Expired")]
    [InlineData(ProposalState.Rejected, "")]
    [InlineData(ProposalState.Withdrawn, "")]
    [InlineData(ProposalState.Expired, "")]
    [InlineData(ProposalState.Succeeded, "")]
    [InlineData(ProposalState.Failed, "")]
    [InlineData(ProposalState.RolledBack, "")]
    [InlineData(ProposalState.Cancelled, "")]
    [InlineData(ProposalState.Refused, "")]
    public void Only_these_may_follow(ProposalState from, string next)
    {
        var allowed = next.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(Enum.Parse<ProposalState>)
            .ToHashSet();
        foreach (var to in Enum.GetValues<ProposalState>())
        {
            Assert.Equal(allowed.Contains(to), ProposalStates.MayBecome(from, to));
        }
        Assert.Equal(allowed.Count == 0, ProposalStates.IsEnd(from));
    }
}
