using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy as pages and the API show it. Durations are texts such as <c>10m</c>.</summary>
/// <param name="Version">Of what it says.</param>
/// <param name="Sentence">What it says, in plain English.</param>
/// <param name="Text">The sentence that it was read from; null when there was none.</param>
/// <param name="Unread">Words of that sentence that could not be read; with any it can't be enforced until it is saved as it is meant.</param>
/// <param name="Notes">How something of that sentence was read that could be read otherwise, until it is saved as it is meant.</param>
/// <param name="Proposal">The proposal that asks for its enforcement, as long as that is open.</param>
internal sealed record PolicyView(
    string? Id,
    string Tenant,
    string Name,
    PolicyStage Stage,
    int Version,
    string Sentence,
    IReadOnlyList<string> Services,
    TriggerView Trigger,
    IReadOnlyList<PolicyCondition> Conditions,
    PolicyAction Action,
    string For,
    string Cooldown,
    BudgetView Budget,
    PolicyWindows Windows,
    OutcomeView Outcome,
    PolicyStop Stop,
    Risk UpTo,
    string Rearm,
    int Agreements,
    string? Text,
    IReadOnlyList<string> Unread,
    IReadOnlyList<string> Notes,
    PolicyState? State,
    PolicyProposal? Proposal
);

/// <inheritdoc cref="PolicyTrigger"/>
internal sealed record TriggerView(
    TriggerKind Kind,
    string? Query,
    double? Above,
    string? Within,
    ContainerTrouble? State,
    int? Count,
    string? Alert,
    string? Cron,
    string? TimeZone,
    string? Words,
    ScaleWish? Scale
)
{
    internal static TriggerView Of(PolicyTrigger trigger) =>
        new(
            trigger.Kind,
            trigger.Query,
            trigger.Above,
            trigger.Within is { } within ? PolicyDuration.Short(within) : null,
            trigger.State,
            trigger.Count,
            trigger.Alert,
            trigger.Cron,
            trigger.TimeZone,
            trigger.Words,
            trigger.Scale is { } scale ? ScaleWish.Of(scale) : null
        );
}

/// <param name="UsedThisHour">In shadow: how often it would have acted.</param>
internal sealed record BudgetView(int PerHour, int PerDay, int UsedThisHour, int UsedToday);

/// <inheritdoc cref="PolicyOutcome"/>
internal sealed record OutcomeView(string Within, bool Cleared);

/// <summary>What is known of a policy beside what it says.</summary>
/// <param name="StageWhy">Why it is in its stage, in the words of whoever brought it there.</param>
/// <param name="LookedAt">When policies were last looked at; null for one that is not looked at.</param>
/// <param name="NextLookAt">When it is looked at next; null for one that is not looked at.</param>
/// <param name="DueAt">When its schedule comes next; null for one that has none, or is not looked at.</param>
/// <param name="HeldBy">What holds all policies now, in words; null when nothing does.</param>
/// <param name="SameAsPeople">How often people did the same as this version in shadow, since it is there.</param>
/// <param name="Compared">How often it was compared.</param>
/// <param name="OtherThanPeople">How often they did something else there.</param>
/// <param name="Missed">How often they did what it does, and it would not have.</param>
/// <param name="AgreementsNeeded">So often they must have done the same before it may be enforced.</param>
/// <param name="Acted">How often it acted in the last 30 days.</param>
/// <param name="Helped">How often of those its trigger held no more afterwards.</param>
/// <param name="BlindSince">Since when it can't be told whether its trigger holds; null while it can, and for less than a quarter of an hour.</param>
/// <param name="BlindWhy">Why not, in words.</param>
/// <param name="Tried">What this version came to when it was tried on the past last; null when it was not.</param>
internal sealed record PolicyState(
    string StageBy,
    DateTimeOffset StageAt,
    string? StageWhy,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    string ChangedBy,
    DateTimeOffset ChangedAt,
    IReadOnlyList<PolicyApprover> ApprovedBy,
    DateTimeOffset? LookedAt,
    DateTimeOffset? NextLookAt,
    DateTimeOffset? DueAt,
    string? HeldBy,
    int SameAsPeople,
    int Compared,
    int OtherThanPeople,
    int Missed,
    int AgreementsNeeded,
    int Acted,
    int Helped,
    DateTimeOffset? BlindSince,
    string? BlindWhy,
    PolicyTrial? Tried
);

/// <summary>Where the proposal is that enforces a policy, and what it waits for.</summary>
internal sealed record PolicyProposal(
    string Id,
    ProposalState State,
    Risk Risk,
    string PlanHash,
    int ApprovalsNeeded,
    string Url
);

/// <summary>What became of one look.</summary>
/// <param name="Proposal">What it proposed; for <c>missed</c>, what a person did without it.</param>
/// <param name="AgreedWith">What a person did, where that is what it would have done itself.</param>
internal sealed record EvaluationView(
    string Id,
    DateTimeOffset At,
    int Version,
    PolicyStage Stage,
    PolicyVerdict Verdict,
    string Service,
    double? Value,
    string Words,
    string? Proposal,
    OutcomeVerdict? Outcome,
    ShadowAgreement? Agreement,
    string? AgreedWith
)
{
    internal static EvaluationView Of(PolicyEvaluationRow row) =>
        new(
            row.Id,
            row.At,
            row.Version,
            row.Stage,
            row.Verdict,
            row.Service,
            row.Value is { } value && double.IsFinite(value) ? value : null,
            row.Words,
            row.Agreement is null ? row.ProposalId : null,
            row.Outcome,
            row.Agreement,
            row.Agreement is ShadowAgreement.Same ? row.ProposalId : null
        );
}

/// <summary>The brake of all policies; the emergency stop holds them too.</summary>
internal sealed record BrakeView(bool Held, string? By, DateTimeOffset? At, string? Reason, bool EmergencyStop);
