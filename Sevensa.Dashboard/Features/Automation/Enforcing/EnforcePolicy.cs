using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Enforcing;

/// <summary>What a plan to enforce a policy says to its executor.</summary>
/// <param name="Version">Of the policy as it was planned: no other is enforced.</param>
/// <param name="StageAt">When it came to shadow, in milliseconds: one that was taken back since began its trial anew.</param>
internal sealed record PolicyEnforcement(string Policy, int Version, long StageAt)
{
    public const string Kind = "policy.enforce";
    public const string Verb = "policy.enforce";

    public static PolicyEnforcement Of(ActionPlan plan) =>
        plan
            .Steps.Single(step => step.Verb == Verb)
            .Arguments!.Value.Deserialize<PolicyEnforcement>(JsonSerializerOptions.Web)!;

    public static PolicyEnforcement Of(PolicyRow row) => new(row.Id, row.Version, row.StageAt.ToUnixTimeMilliseconds());
}

/// <summary>
/// <c>policy.enforce</c>: a policy that was watched in shadow acts from now on, within its budget. Who approves it approves beforehand
/// what it does, as far as they may when it comes.
/// </summary>
internal sealed class EnforcePolicy(PolicyStore store, IServiceProvider services, TimeProvider time) : IActionKind
{
    public string Name => PolicyEnforcement.Kind;

    public string Title(string target) => $"Enforce the policy {target}";

    public string TitleOf(ActionPlan plan)
    {
        var title = Title(plan.Changes.FirstOrDefault(change => change.What == NameOfChange)?.After ?? plan.Target);
        return plan.Changes.Any(change => change.What == Trial)
            ? $"{title}, without the agreements that it takes"
            : title;
    }

    public IReadOnlyCollection<string> ToldInTitle => [WaiveAgreements];

    public string Description =>
        "Lets a policy in shadow act within its budget: who approves this approves beforehand what it does. The target is the policy's id.";

    public Risk Risk => Risk.High;

    public string Undo => "Demote it: at once, without an approval.";

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "waiveAgreements": {
                  "type": "boolean",
                  "default": false,
                  "description": "Enforce it though people have not done the same in shadow as often as it takes. An administrator's only."
                }
              }
            }
            """
        );

    private const string NameOfChange = "policy";

    /// <summary>What is changed where the agreements are left out.</summary>
    private const string Trial = "trial";

    /// <summary>The parameter by which an administrator leaves the trial out.</summary>
    public const string WaiveAgreements = "waiveAgreements";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var row = await store.FindAsync(request.Target.Trim(), cancellation);
        if (row is null || row.Tenant != request.Tenant)
        {
            throw new CannotPlanException($"{request.Tenant} has no policy with that id. The target is a policy's id.");
        }
        if (row.Stage != PolicyStage.Shadow)
        {
            throw new CannotPlanException(
                row.Stage == PolicyStage.Enforced
                    ? $"\"{row.Name}\" is enforced already."
                    : $"\"{row.Name}\" is {row.Stage.ToString().ToLowerInvariant()}. It is watched in shadow first: promote it to shadow."
            );
        }
        if (row.Unread.Count > 0)
        {
            throw new CannotPlanException(
                $"Of the sentence that it came from this could not be read: {string.Join("; ", row.Unread.Select(part => $"\"{part}\""))}. Save the policy as it is meant first."
            );
        }
        var policy = row.Definition;
        var catalogue = services.GetRequiredService<IActionCatalogue>();
        var kind = catalogue.Find(policy.Action.Kind);
        var tally = await store.TallyAsync(row, cancellation);
        var isTried = tally.Same >= policy.Agreements;
        if (!isTried && !IsWaived(request.Parameters))
        {
            throw new CannotPlanException(
                $"\"{row.Name}\" is not tried yet: in shadow people did the same {tally.Same} of the {policy.Agreements} times that it takes. Wait until they have, or have an administrator propose it with {WaiveAgreements}, which the plan then says."
            );
        }
        if (!isTried && !request.Caller.IsAdmin)
        {
            throw new CannotPlanException(
                $"\"{row.Name}\" is not tried yet ({tally.Same} of {policy.Agreements} agreements), and only an administrator proposes to leave that out."
            );
        }
        var plan = new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            row.Id,
            isTried ? Tried : request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange(NameOfChange, null, row.Name),
                new PlanChange("stage", "shadow", "enforced"),
                new PlanChange("does", null, PolicySentence.Of(policy, row.Tenant, kind)),
                new PlanChange("looks at", null, PolicySentence.Bare(policy.Trigger)),
                .. policy.Conditions.Select(condition => new PlanChange("only while", null, condition.Query)),
                new PlanChange(
                    "budget",
                    null,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{policy.Budget.PerHour} an hour, {policy.Budget.PerDay} a day"
                    )
                ),
                new PlanChange(
                    "agreements",
                    null,
                    string.Create(CultureInfo.InvariantCulture, $"{tally.Same} of {policy.Agreements}")
                ),
                .. isTried
                    ? (PlanChange[])[]
                    :
                    [
                        new PlanChange(
                            Trial,
                            "the agreements that it takes",
                            $"left out, as {request.Caller.Name} asks"
                        ),
                    ],
                new PlanChange("version", null, row.Version.ToString(CultureInfo.InvariantCulture)),
            ],
            [
                new PlanStep(
                    1,
                    PolicyEnforcement.Verb,
                    row.Id,
                    $"Let \"{row.Name}\" act within its budget",
                    JsonSerializer.SerializeToElement(PolicyEnforcement.Of(row), JsonSerializerOptions.Web)
                ),
            ],
            [
                "What it does is proposed, approved by who approves this, and recorded like everything else",
                "The emergency stop and the brake of policies hold it",
                "Other policies",
            ],
            new PlanVerification("stage", 10, "The policy reads back as enforced, in this version"),
            PlanUndo.None("Demote it: at once, without an approval."),
            World(row)
        );
        return new PlanDraft(
            plan,
            new PlanEstimate(
                null,
                [],
                null,
                time.GetUtcNow(),
                Notes:
                [
                    row.Tried is { } tried
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $"Tried on the {tried.Days} days before {tried.At:yyyy-MM-dd HH:mm} UTC it would have acted {tried.Acted} times; people did the same {tried.SameAsPeople} times, and {tried.PeopleAlone} times where it would not have."
                        )
                        : "This version was not tried on the past.",
                    tally.Compared + tally.Missed == 0
                        ? "In shadow it has not been compared with anything that people did yet."
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"In shadow people did the same in {tally.Same} of {tally.Compared} cases, and something else in {tally.Other}; {tally.Missed} times they did it where it would not have."
                        ),
                ]
            ),
            Risk.High
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var planned = PolicyEnforcement.Of(plan);
        var row = await store.FindAsync(planned.Policy, cancellation);
        return row is null ? ["The policy is not there any more"]
            : row.Version != planned.Version ? [$"\"{row.Name}\" was changed since this was planned"]
            : row.Stage != PolicyStage.Shadow
                ? [$"\"{row.Name}\" is {row.Stage.ToString().ToLowerInvariant()} and no longer in shadow"]
            : PolicyEnforcement.Of(row) != planned
                ? [$"\"{row.Name}\" was taken back since this was planned: its trial in shadow began anew"]
            : !IsWaived(plan.Parameters)
            && await store.TallyAsync(row, cancellation) is var tally
            && tally.Same < row.Definition.Agreements
                ? [$"\"{row.Name}\" has {tally.Same} of the {row.Definition.Agreements} agreements that it takes"]
            : [];
    }

    /// <summary>What is tried leaves nothing out, however it was asked for.</summary>
    private static readonly JsonElement Tried = JsonSerializer.SerializeToElement(
        new Dictionary<string, bool> { [WaiveAgreements] = false }
    );

    private static bool IsWaived(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty(WaiveAgreements, out var waived)
        && waived.ValueKind == JsonValueKind.True;

    private static string World(PolicyRow row) =>
        CanonicalJson.Hash(
            JsonSerializer.SerializeToElement(
                new JsonObject
                {
                    ["policy"] = row.DefinitionJson,
                    ["version"] = row.Version,
                    ["stage"] = row.Stage.ToString(),
                    ["stageAt"] = row.StageAt.ToUnixTimeMilliseconds(),
                }
            )
        );
}

/// <summary>Carries out an approved enforcement, for the version that was approved.</summary>
internal sealed class EnforcePolicyExecutor(PolicyStore store, PolicyStages stages, TimeProvider time)
    : IDashboardExecutor,
        IDashboardReconciler
{
    public const string EnforcedAction = "policy.enforced";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public string Kind => PolicyEnforcement.Kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var planned = PolicyEnforcement.Of(action.Plan);
        await report(new ActionReport("", 0, default, "step", 1, "started"));
        var approvers = action
            .Approvals.Select(approval => new PolicyApprover(approval.ById, approval.ByName))
            .DistinctBy(approver => approver.Id)
            .ToList();
        var last = approvers[^1];
        var moved =
            await store.FindAsync(planned.Policy, cancellation) is { Stage: PolicyStage.Shadow } row
            && PolicyEnforcement.Of(row) == planned
                ? await stages.MoveAsync(
                    row,
                    PolicyStage.Enforced,
                    EnforcedAction,
                    new("person", last.Id, last.Name),
                    $"Approved by {string.Join(", ", approvers.Select(approver => approver.Name))} (proposal {action.ActionId})",
                    cancellation,
                    one => (one.ApproversJson, one.ProposalId) = (PolicyJson.Write(approvers), action.ActionId)
                )
                : null;
        if (moved is null)
        {
            await report(new ActionReport("", 0, default, "step", 1, "failed", "The policy was changed meanwhile."));
            return new ActionOutcome(
                ProposalState.Refused,
                "The policy was changed since this was planned. It stays as it is; propose again.",
                "stale"
            );
        }
        await report(new ActionReport("", 0, default, "step", 1, "done"));
        return Done(moved);
    }

    /// <summary>Whether the policy is enforced by this proposal.</summary>
    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        var row = await store.FindAsync(PolicyEnforcement.Of(plan).Policy, cancellation);
        return row is { Stage: PolicyStage.Enforced } && row.ProposalId == plan.ProposalId ? Done(row)
            : time.GetUtcNow() - dispatchedAt < Patience ? null
            : new ActionOutcome(ProposalState.Failed, "The policy is not enforced by this proposal.", Undo: "none");
    }

    private static ActionOutcome Done(PolicyRow row) =>
        new(ProposalState.Succeeded, $"\"{row.Name}\" acts from now on, within its budget.");
}
