using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>
/// One kind of action. A feature adds a kind by registering an implementation as a singleton <see cref="IActionKind"/>;
/// whatever is not in the catalogue cannot be done.
/// </summary>
public interface IActionKind
{
    /// <summary>Dotted name, <c>container.restart</c>.</summary>
    string Name { get; }

    /// <summary>Verb with object for a button, given the target: "Restart rentguy-api".</summary>
    string Title(string target);

    /// <summary>What one plan will do, in a line: "Scale rentguy/worker 1 → 4". Two plans that differ read differently.</summary>
    string TitleOf(ActionPlan plan) => Title(plan.Place());

    /// <summary>Parameters that <see cref="TitleOf"/> tells of; what else was chosen is added to it.</summary>
    IReadOnlyCollection<string> ToldInTitle => [];

    /// <summary>One sentence for people and for the model: what it does.</summary>
    string Description { get; }

    Risk Risk { get; }

    /// <summary>Risk of one plan, where choices in it make it riskier than the kind is.</summary>
    Risk RiskOf(ActionPlan plan) => Risk;

    /// <summary>JSON Schema (2020-12 object) of the parameters.</summary>
    JsonElement ParametersSchema { get; }

    /// <summary>How it is undone, in words.</summary>
    string Undo { get; }

    /// <summary>
    /// Whether it may be planned while another action is at work on the same thing. Where it may not, a plan that rests on what is
    /// half done is never made: whoever asks is told what is under way.
    /// </summary>
    bool PlansOnUnfinished => true;

    /// <summary>Resolves a request against the world as it is now. Changes nothing.</summary>
    /// <exception cref="CannotPlanException">It cannot be planned; the message says why and what to do (422).</exception>
    Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation);

    /// <summary>
    /// Plans again what was proposed and says in words what differs in the world; empty when the plan still fits.
    /// Called when somebody approves and again when it is dispatched.
    /// </summary>
    Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation);
}

/// <summary>The kinds that there are, for features that keep a wish for later: it is checked when it is made, not when it is due.</summary>
public interface IActionCatalogue
{
    /// <summary>In order of name.</summary>
    IReadOnlyList<IActionKind> All { get; }

    /// <summary>Null when there is no such kind.</summary>
    IActionKind? Find(string name);

    /// <summary>Holds parameters against the kind's schema as a proposal does: whole, with defaults filled in.</summary>
    /// <exception cref="CannotPlanException">Says which parameter is wrong and what is allowed.</exception>
    JsonElement Check(IActionKind kind, JsonElement parameters);
}

/// <summary>Carries out plans whose executor is the dashboard itself (Vault, rule files). Registered per kind.</summary>
public interface IDashboardExecutor
{
    string Kind { get; }

    /// <summary>
    /// Runs an approved plan whose time is not over; reports steps as it goes. Never throws for a failed step: that is an outcome.
    /// </summary>
    Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    );
}

/// <summary>
/// Finds out what became of an action that the dashboard was carrying out when it died. Registered per kind; without one
/// such an action stays unknown and says so.
/// </summary>
public interface IDashboardReconciler
{
    string Kind { get; }

    /// <summary>Reads the world and changes nothing; null when it can't be told yet.</summary>
    Task<ActionOutcome?> ReconcileAsync(ActionPlan plan, DateTimeOffset dispatchedAt, CancellationToken cancellation);
}

/// <param name="Target">As asked: a container id or name, a service's name, a secret's path.</param>
public sealed record PlanRequest(
    string ProposalId,
    TenantScope Scope,
    string Tenant,
    string Target,
    JsonElement Parameters,
    Caller Caller
);

/// <summary>A plan and what is known about it that is not part of its hash.</summary>
/// <param name="AtLeast">The risk, where what is known of the world makes it greater than the kind's.</param>
public sealed record PlanDraft(ActionPlan Plan, PlanEstimate Estimate, Risk AtLeast = Risk.Low);

public sealed class CannotPlanException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What passes through a service now, for the blast radius. Implemented by Metrics.</summary>
public interface ITrafficGauge
{
    /// <summary>Requests per minute, or null when it cannot be told.</summary>
    Task<double?> RequestsPerMinuteAsync(TenantScope scope, string service, CancellationToken cancellation);
}
