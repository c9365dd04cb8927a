using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>What a plan to change a policy says to its executor.</summary>
/// <param name="Version">Of the policy as it was planned: no other is changed.</param>
internal sealed record PolicyRevised(
    string Policy,
    int Version,
    JsonElement Definition,
    string? Text,
    IReadOnlyList<string> Unread
)
{
    public const string Kind = "policy.change";

    public static PolicyRevised Of(ActionPlan plan) =>
        plan
            .Steps.Single(step => step.Verb == Kind)
            .Arguments!.Value.Deserialize<PolicyRevised>(JsonSerializerOptions.Web)!;

    public PolicyRead Read(string tenant) =>
        new(tenant, PolicyJson.Read<PolicyDefinition>(Definition.GetRawText()), Text, Unread, []);
}

/// <summary>
/// <c>policy.change</c>: what a model, a program or a person without a form would have a policy say, as YAML, stands in place of what it said
/// once a person approved it, member by member. One that is enforced goes back to shadow, as whoever changes it.
/// </summary>
internal sealed class ChangePolicy(PolicyStore store, IServiceProvider services, TimeProvider time) : IActionKind
{
    private const string Yaml = "yaml";
    private const string NameOfChange = "policy";

    public string Name => PolicyRevised.Kind;

    public string Title(string target) => $"Change the policy {target}";

    public string TitleOf(ActionPlan plan) =>
        Title(plan.Changes.FirstOrDefault(change => change.What == NameOfChange)?.After ?? plan.Target);

    public IReadOnlyCollection<string> ToldInTitle => [Yaml];

    public string Description =>
        "Puts what a policy says in place of what it said (yaml: the whole policy). The target is its id. One that is enforced goes back to shadow.";

    public Risk Risk => Risk.Low;

    public string Undo => "Change it back: its former version is kept.";

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "yaml": {"type": "string", "minLength": 1, "maxLength": 20000, "description": "The whole policy as it is to be, with tenant, name, trigger and action."}
              }
            }
            """
        );

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var row = await store.FindAsync(request.Target.Trim(), cancellation);
        if (row is null || row.Tenant != request.Tenant)
        {
            throw new CannotPlanException($"{request.Tenant} has no policy with that id. The target is a policy's id.");
        }
        var read = await ReadAsync(request, cancellation);
        if (PolicyFiling.IsSame(row, read))
        {
            throw new CannotPlanException($"\"{row.Name}\" says that already: nothing would be changed.");
        }
        var enforced = row.Stage == PolicyStage.Enforced;
        var plan = new ActionPlan(
            request.ProposalId,
            Name,
            request.Tenant,
            row.Id,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange(NameOfChange, null, row.Name),
                .. enforced ? (PlanChange[])[new PlanChange("stage", "enforced", "shadow")] : [],
                .. Differences(row, read).Select(one => new PlanChange(one.At, one.Before, one.After)),
                new PlanChange("does", null, SentenceOf(read)),
                new PlanChange("looks at", null, PolicySentence.Bare(read.Definition.Trigger)),
                .. read.Unread.Select(part => new PlanChange("not understood", null, part)),
                new PlanChange(
                    "version",
                    row.Version.ToString(CultureInfo.InvariantCulture),
                    (row.Version + 1).ToString(CultureInfo.InvariantCulture)
                ),
            ],
            [
                new PlanStep(
                    1,
                    PolicyRevised.Kind,
                    row.Id,
                    $"Change \"{row.Name}\"",
                    JsonSerializer.SerializeToElement(
                        new PolicyRevised(
                            row.Id,
                            row.Version,
                            JsonElement.Parse(PolicyJson.Write(read.Definition)),
                            read.Text,
                            read.Unread
                        ),
                        JsonSerializerOptions.Web
                    )
                ),
            ],
            [
                enforced ? "Nothing acts: it is watched in shadow, and its enforcement approved anew" : "Its stage",
                "Other policies",
            ],
            new PlanVerification("version", 10, "The policy reads back as it was approved"),
            PlanUndo.None("Change it back: its former version is kept."),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["policy"] = row.DefinitionJson, ["version"] = row.Version }
                )
            )
        );
        return new PlanDraft(
            plan,
            new PlanEstimate(
                null,
                [],
                null,
                time.GetUtcNow(),
                Notes: ["What it agreed with people on counts anew, and so does what it came to on the past."]
            )
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var planned = PolicyRevised.Of(plan);
        var row = await store.FindAsync(planned.Policy, cancellation);
        return row is null ? ["The policy is not there any more"]
            : row.Version != planned.Version ? [$"\"{row.Name}\" was changed since this was planned"]
            : [];
    }

    private IReadOnlyList<PolicyDifference> Differences(PolicyRow row, PolicyRead read)
    {
        using var scope = services.CreateScope();
        var shown = scope.ServiceProvider.GetRequiredService<PolicyShown>();
        return PolicyDifferences.Of(
            PolicyNode.Of(shown.Said(row.Tenant, row.Definition, row.Text, row.Unread)),
            PolicyNode.Of(shown.Said(row.Tenant, read.Definition, read.Text ?? row.Text, read.Unread))
        );
    }

    private string SentenceOf(PolicyRead read) =>
        PolicySentence.Of(
            read.Definition,
            read.Tenant,
            services.GetRequiredService<IActionCatalogue>().Find(read.Definition.Action.Kind)
        );

    private async Task<PolicyRead> ReadAsync(PlanRequest request, CancellationToken cancellation)
    {
        // Not said in the schema: whoever reads the names of all kinds would read that too.
        if (
            request.Parameters.ValueKind != JsonValueKind.Object
            || !request.Parameters.TryGetProperty(Yaml, out var yaml)
        )
        {
            throw new CannotPlanException($"{Name} takes {Yaml}: the whole policy as it is to be.");
        }
        await using var scope = services.CreateAsyncScope();
        try
        {
            var read = await scope
                .ServiceProvider.GetRequiredService<PolicyExchange>()
                .ReadOneAsync(request.Caller, yaml.GetString(), cancellation);
            return read.Tenant == request.Tenant
                ? read
                : throw new CannotPlanException(
                    $"The policy is for {read.Tenant}, and it was asked for {request.Tenant}. A policy stays with its tenant."
                );
        }
        catch (Exception exception) when (exception is UnfitPolicyException or UnknownTenantException)
        {
            throw new CannotPlanException($"The YAML makes no policy: {exception.Message}", exception);
        }
    }
}
