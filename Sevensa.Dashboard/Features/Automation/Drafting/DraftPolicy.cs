using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>What a plan to write a policy down says to its executor.</summary>
internal sealed record PolicyDrafted(
    JsonElement Definition,
    string? Text,
    IReadOnlyList<string> Unread,
    IReadOnlyList<string> Notes
)
{
    public const string Kind = "policy.draft";

    public static PolicyDrafted Of(ActionPlan plan) =>
        plan
            .Steps.Single(step => step.Verb == Kind)
            .Arguments!.Value.Deserialize<PolicyDrafted>(JsonSerializerOptions.Web)!;

    /// <summary>The policy's id, once it is written down: the same however often it is.</summary>
    public static string IdOf(string proposal) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"policy of {proposal}")))[..32];
}

/// <summary>
/// <c>policy.draft</c>: a policy that a model, a program or a person without a form wrote, as YAML or as a sentence, becomes a draft once a person
/// approved it as it was read. A draft does nothing.
/// </summary>
internal sealed class DraftPolicy(PolicyStore store, IServiceProvider services, TimeProvider time) : IActionKind
{
    private const string Sentence = "text";
    private const string Yaml = "yaml";

    public string Name => PolicyDrafted.Kind;

    public string Title(string target) => $"Write down the policy {target}";

    public IReadOnlyCollection<string> ToldInTitle => [Sentence, Yaml];

    public string Description =>
        "Writes a policy down as a draft, which does nothing until it was watched in shadow and its enforcement was approved: yaml (tenant, name, trigger, action, for, budget) or text, a sentence. The target is its name.";

    public Risk Risk => Risk.Low;

    public string Undo => "Remove the draft.";

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "text": {"type": "string", "minLength": 1, "maxLength": 1000, "description": "What is to be done and when, in a sentence."},
                "yaml": {"type": "string", "minLength": 1, "maxLength": 20000, "description": "In its place: the policy itself, with tenant, name, trigger and action."}
              }
            }
            """
        );

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var read = await ReadAsync(request, cancellation);
        var policy = read.Definition;
        if ((await store.CalledAsync(read.Tenant, policy.Name, cancellation)).Count > 0)
        {
            throw new CannotPlanException(
                $"{read.Tenant} has a policy \"{policy.Name}\" already. Give it another name, or change that one on its page."
            );
        }
        var kind = services.GetRequiredService<IActionCatalogue>().Find(policy.Action.Kind);
        var plan = new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            policy.Name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange("policy", null, policy.Name),
                new PlanChange("stage", null, "draft"),
                new PlanChange("does", null, PolicySentence.Of(policy, read.Tenant, kind)),
                new PlanChange("looks at", null, PolicySentence.Bare(policy.Trigger)),
                .. policy.Conditions.Select(condition => new PlanChange("only while", null, condition.Query)),
                .. read.Unread.Select(part => new PlanChange("not understood", null, part)),
                .. read.Notes.Select(note => new PlanChange("read so", null, note)),
            ],
            [
                new PlanStep(
                    1,
                    PolicyDrafted.Kind,
                    policy.Name,
                    $"Write \"{policy.Name}\" down as a draft",
                    JsonSerializer.SerializeToElement(
                        new PolicyDrafted(
                            JsonElement.Parse(PolicyJson.Write(policy)),
                            read.Text,
                            read.Unread,
                            read.Notes
                        ),
                        JsonSerializerOptions.Web
                    )
                ),
            ],
            ["Nothing acts: a draft is not looked at", "Other policies"],
            new PlanVerification("draft", 10, "The draft reads back"),
            PlanUndo.None("Remove the draft."),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(new JsonObject { ["policy"] = policy.Name, ["there"] = false })
            )
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
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"It acts at most {policy.Budget.PerDay} times a day, once it is enforced; that takes {policy.Agreements} agreements with people, and an approval of its own."
                    ),
                ]
            )
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        (await store.CalledAsync(plan.Tenant, plan.Target, cancellation)).Count > 0
            ? [$"{plan.Tenant} has a policy \"{plan.Target}\" by now"]
            : [];

    private async Task<PolicyRead> ReadAsync(PlanRequest request, CancellationToken cancellation)
    {
        var (sentence, yaml) = (TextOf(request.Parameters, Sentence), TextOf(request.Parameters, Yaml));
        if ((sentence is null) == (yaml is null))
        {
            throw new CannotPlanException(
                $"{Name} takes {Yaml}, the policy itself, or {Sentence}, a sentence; one of them."
            );
        }
        await using var scope = services.CreateAsyncScope();
        try
        {
            var read = sentence is not null
                ? await scope
                    .ServiceProvider.GetRequiredService<PolicyDrafts>()
                    .ReadAsync(request.Caller, sentence, request.Tenant, cancellation)
                : await scope
                    .ServiceProvider.GetRequiredService<PolicyExchange>()
                    .ReadOneAsync(request.Caller, yaml, cancellation);
            return read.Tenant == request.Tenant
                ? read
                : throw new CannotPlanException(
                    $"The policy is for {read.Tenant}, and it was asked for {request.Tenant}."
                );
        }
        catch (Exception exception)
            when (exception is UnfitPolicyException or UnreadSentenceException or UnknownTenantException)
        {
            throw new CannotPlanException(
                sentence is null ? $"The YAML makes no policy: {exception.Message}" : exception.Message,
                exception
            );
        }
    }

    private static string? TextOf(JsonElement parameters, string name) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(name, out var value)
            ? value.GetString()
            : null;
}

/// <summary>Writes an approved draft down.</summary>
internal sealed class DraftPolicyExecutor(PolicyStore store, PolicyFiling filing, TimeProvider time)
    : IDashboardExecutor,
        IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public string Kind => PolicyDrafted.Kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        await report(new ActionReport("", 0, default, "step", 1, "started"));
        var (id, drafted) = (PolicyDrafted.IdOf(action.ActionId), PolicyDrafted.Of(action.Plan));
        if (await store.FindAsync(id, cancellation) is not { } row)
        {
            var by = action.Approvals[^1];
            try
            {
                row = await filing.KeepAsync(
                    new PolicyRead(
                        action.Plan.Tenant,
                        PolicyJson.Read<PolicyDefinition>(drafted.Definition.GetRawText()),
                        drafted.Text,
                        drafted.Unread,
                        drafted.Notes
                    ),
                    new("person", by.ById, by.ByName),
                    cancellation,
                    id,
                    $"approved (proposal {action.ActionId})"
                );
            }
            catch (PolicyConflictException exception)
            {
                await report(new ActionReport("", 0, default, "step", 1, "failed", exception.Message));
                return new ActionOutcome(ProposalState.Refused, exception.Message, "full");
            }
        }
        await report(new ActionReport("", 0, default, "step", 1, "done"));
        return Done(row);
    }

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    ) =>
        await store.FindAsync(PolicyDrafted.IdOf(plan.ProposalId), cancellation) is { } row ? Done(row)
        : time.GetUtcNow() - dispatchedAt < Patience ? null
        : new ActionOutcome(ProposalState.Failed, "The draft was not written down.", Undo: "none");

    private static ActionOutcome Done(PolicyRow row) =>
        new(
            ProposalState.Succeeded,
            $"\"{row.Name}\" is written down as a draft, at /policies/{row.Id}. It does nothing until it is watched in shadow."
        );
}
