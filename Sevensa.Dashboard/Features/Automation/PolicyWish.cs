using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy as it is asked for. What is left out has its default; durations are texts such as <c>10m</c>.</summary>
/// <param name="Version">Of what was looked at; when another stands by now, nothing is changed (409). Null: whatever stands.</param>
/// <param name="Stage">A new one begins as a draft; further it comes by promote.</param>
/// <param name="Text">The sentence that it came from.</param>
/// <param name="Id">As the answer has it, so that it can be sent back, as the members after it; nothing of them is read.</param>
/// <param name="Unread">As the answer has it too; read only where a policy is written down as text: there it stays what was not understood until it is taken out.</param>
internal sealed record PolicyWish(
    string? Tenant,
    string? Name = null,
    IReadOnlyList<string>? Services = null,
    TriggerWish? Trigger = null,
    IReadOnlyList<ConditionWish>? Conditions = null,
    ActionWish? Action = null,
    string? For = null,
    string? Cooldown = null,
    BudgetWish? Budget = null,
    WindowsWish? Windows = null,
    OutcomeWish? Outcome = null,
    StopWish? Stop = null,
    Risk? UpTo = null,
    int? Version = null,
    PolicyStage? Stage = null,
    string? Text = null,
    string? Rearm = null,
    int? Agreements = null,
    JsonElement? Id = null,
    JsonElement? Sentence = null,
    JsonElement? Unread = null,
    JsonElement? Notes = null,
    JsonElement? State = null,
    JsonElement? Proposal = null
);

/// <inheritdoc cref="PolicyTrigger"/>
internal sealed record TriggerWish(
    TriggerKind? Kind,
    string? Query = null,
    double? Above = null,
    string? Within = null,
    ContainerTrouble? State = null,
    int? Count = null,
    string? Alert = null,
    string? Cron = null,
    string? TimeZone = null,
    string? Words = null,
    ScaleWish? Scale = null
);

/// <inheritdoc cref="PolicyCondition"/>
internal sealed record ConditionWish(string? Query, string? Words = null);

/// <inheritdoc cref="PolicyAction"/>
internal sealed record ActionWish(string? Kind, string? Target = null, JsonElement? Parameters = null);

/// <inheritdoc cref="PolicyBudget"/>
/// <param name="UsedThisHour">As the answer has it, like <paramref name="UsedToday"/>; nothing of them is read.</param>
internal sealed record BudgetWish(
    int? PerHour = null,
    int? PerDay = null,
    JsonElement? UsedThisHour = null,
    JsonElement? UsedToday = null
);

/// <inheritdoc cref="PolicyWindow"/>
internal sealed record WindowWish(IReadOnlyList<DayOfWeek>? Days, string? From, string? To);

/// <inheritdoc cref="PolicyWindows"/>
internal sealed record WindowsWish(
    string? TimeZone = null,
    IReadOnlyList<WindowWish>? Allowed = null,
    IReadOnlyList<WindowWish>? Forbidden = null
);

/// <inheritdoc cref="PolicyOutcome"/>
internal sealed record OutcomeWish(string? Within = null, bool? Cleared = null);

/// <inheritdoc cref="PolicyStop"/>
internal sealed record StopWish(int? AfterBadOutcomes = null, SpentBudget? WhenBudgetSpent = null);
