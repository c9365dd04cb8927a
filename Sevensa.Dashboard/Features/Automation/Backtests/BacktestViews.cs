using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Backtests;

/// <summary>Once that a policy would have acted.</summary>
/// <param name="Since">When its trigger began to hold.</param>
/// <param name="Until">When it held no more after that; null when it held at the end still.</param>
/// <param name="Operators">What people did in the hour before and after, newest first.</param>
internal sealed record BacktestAct(
    DateTimeOffset At,
    string Service,
    double? Value,
    DateTimeOffset Since,
    DateTimeOffset? Until,
    IReadOnlyList<BacktestDeed> Operators
);

/// <summary>What a person, or a program for one, asked for.</summary>
/// <param name="Same">Of the same kind as the policy's; beside an act, and of what scales, the same way too.</param>
internal sealed record BacktestDeed(
    string Proposal,
    DateTimeOffset At,
    string Kind,
    string Title,
    string By,
    ProposalState State,
    bool Same
);

/// <summary>How often something kept it from acting.</summary>
/// <param name="Reason"><c>cooldown</c>, <c>rearm</c>, <c>window</c>, <c>condition</c>, <c>service</c>, <c>hourBudget</c> or <c>dayBudget</c>.</param>
internal sealed record BacktestHeld(string Reason, int Times);

/// <summary>What a policy would have done in the past.</summary>
/// <param name="Query">What was asked; null where nothing was.</param>
/// <param name="HeldMinutes">How long the trigger held, of all services together.</param>
/// <param name="Episodes">How often it began to hold.</param>
/// <param name="Acts">Newest first, the last <see cref="PolicyBacktest.MostActs"/>.</param>
/// <param name="Operators">What people did on its services meanwhile, newest first.</param>
/// <param name="SameAsPeople">Acts that people did too, in the hour before or after; what they did once counts once.</param>
/// <param name="PeopleAlone">What people did of the same kind where it would not have.</param>
/// <param name="Notes">What could not be tried, and what is to be known of the rest.</param>
internal sealed record BacktestResult(
    DateTimeOffset From,
    DateTimeOffset To,
    int StepSeconds,
    int Version,
    string? Query,
    double HeldMinutes,
    int Episodes,
    int Acted,
    IReadOnlyList<BacktestAct> Acts,
    IReadOnlyList<BacktestHeld> Held,
    IReadOnlyList<BacktestDeed> Operators,
    int SameAsPeople,
    int PeopleAlone,
    IReadOnlyList<string> Notes
);
