using Microsoft.AspNetCore.Components;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>What is looked at after an action is done. Implemented by whoever watches; shown on the proposal.</summary>
public interface IAftermath
{
    /// <summary>Null when the action is not one that is watched.</summary>
    Task<AftermathReport?> OfAsync(Proposal proposal, CancellationToken cancellation);

    /// <summary>How it is drawn, live, under the proposal's outcome.</summary>
    RenderFragment Card(Proposal proposal);
}

/// <param name="State"><c>watching</c>, <c>well</c>, <c>breached</c>, <c>unknown</c> (nothing could be measured), or in the API <c>notWatched</c>.</param>
/// <param name="Text">In words for people.</param>
/// <param name="UndoId">The proposal that undoes it, when one was made.</param>
public sealed record AftermathReport(
    string State,
    DateTimeOffset Until,
    string Text,
    IReadOnlyList<AftermathFigure> Figures,
    string? UndoId = null
);

/// <param name="What"><c>error share</c>, <c>latency p95</c> or <c>restarts</c>.</param>
/// <param name="Before">As it was before the action; null when it was not measured.</param>
public sealed record AftermathFigure(
    string Service,
    string What,
    double? Before,
    double? Now,
    string Unit,
    bool Breach
);

/// <summary>Sets off an undo that was approved together with the action that it undoes.</summary>
public interface IApprovedUndo
{
    /// <summary>
    /// Counts the approvals of <paramref name="originalId"/>, whose plan said <c>onBreach: undo</c>, for the proposal that undoes it.
    /// False when they are not enough, or it is not what was approved: then a person decides.
    /// </summary>
    Task<bool> ApproveAsync(string originalId, string undoId, CancellationToken cancellation);
}

/// <summary>Who proposes undos after a watch.</summary>
public static class WatchCaller
{
    public const string Subject = "watch";

    public const string OnBreach = "onBreach";

    public const string Undo = "undo";
}
