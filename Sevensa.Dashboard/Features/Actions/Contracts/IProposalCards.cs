using Microsoft.AspNetCore.Components;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>How a proposal is drawn, wherever it appears: plan, evidence, decision, steps and outcome, live.</summary>
public interface IProposalCards
{
    RenderFragment Card(string proposalId);

    /// <summary>In one line: what it would do, its risk and its state, live; chosen by a click where it can be.</summary>
    /// <param name="chosen">Whether its card is the one that is shown.</param>
    /// <param name="choose">Shows its card; null when there is none beside it.</param>
    RenderFragment Line(string proposalId, bool chosen, Action? choose);
}
