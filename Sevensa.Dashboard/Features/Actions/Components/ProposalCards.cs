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

    public RenderFragment Line(string proposalId, bool chosen, Action? choose) =>
        builder =>
        {
            builder.OpenComponent<ProposalLine>(0);
            builder.SetKey(proposalId);
            builder.AddComponentParameter(1, nameof(ProposalLine.Id), proposalId);
            builder.AddComponentParameter(2, nameof(ProposalLine.Chosen), chosen);
            builder.AddComponentParameter(3, nameof(ProposalLine.OnChoose), choose);
            builder.CloseComponent();
        };
}
