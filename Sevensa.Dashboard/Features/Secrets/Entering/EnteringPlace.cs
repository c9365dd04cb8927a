using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Entering;

/// <summary>From a plan that waits for a value to the page where it is typed in.</summary>
internal sealed class EnteringPlace : IAwaitedDeed
{
    public AwaitedDeed? Of(Proposal proposal) =>
        proposal.Kind == EnterSecret.Kind
            ? new AwaitedDeed(
                "Where the value is entered",
                $"/tenants/{Uri.EscapeDataString(proposal.Tenant)}/secrets?secret={Uri.EscapeDataString(proposal.Target)}"
            )
            : null;
}
