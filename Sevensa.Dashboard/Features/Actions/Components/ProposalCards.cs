using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Components;

internal sealed class ProposalCards : IProposalCards
{
    public RenderFragment Card(string proposalId) =>
        builder =>
        {
            builder.OpenComponent<ProposalCard>(0);
            builder.SetKey(proposalId);
            builder.AddComponentParameter(1, nameof(ProposalCard.Id), proposalId);
            builder.AddComponentParameter(2, nameof(ProposalCard.Linked), true);
            builder.CloseComponent();
        };
}
