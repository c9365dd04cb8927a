using Microsoft.AspNetCore.Components;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>How a proposal is drawn, wherever it appears: plan, evidence, decision, steps and outcome, live.</summary>
public interface IProposalCards
{
    RenderFragment Card(string proposalId);
}
