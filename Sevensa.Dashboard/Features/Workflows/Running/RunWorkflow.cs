using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary><c>n8n.workflow.run</c>: runs a workflow of the tenant once, with what the plan shows.</summary>
internal sealed class RunWorkflow(N8nInstances instances, ITenants tenants, TimeProvider time) : IActionKind
{
    public const string Kind = "n8n.workflow.run";

    private const int LongestInput = 16_000;
    private const int LongestName = 80;
    private const int MostNamed = 10;

    public string Name => Kind;

    public string Title(string target) => $"Run the workflow {target}";

    public string Description =>
        "Runs an n8n workflow of the tenant once. The target is its name or id. What it does can't be taken back.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        JsonElement.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "input": {"type": "object", "description": "JSON that it is called with; no secrets, since the plan shows it"},
                "trigger": {"type": "string", "maxLength": 200, "description": "Name of the trigger, where several can be called"},
                "by": {"type": "string", "enum": ["webhook", "mcp"], "description": "How it is called; left out: as it can be"},
                "waitSeconds": {"type": "integer", "minimum": 5, "maximum": 600, "default": 60, "description": "How long its end is waited for"}
              }
            }
            """
        );

    public string Undo => "None: what a workflow did can't be taken back from here.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var input = request.Parameters.TryGetProperty("input", out var given) ? given : JsonElement.Parse("{}");
        if (input.GetRawText().Length > LongestInput)
        {
            throw new CannotPlanException(
                Text($"The input has {input.GetRawText().Length} characters; at most {LongestInput} are taken.")
            );
        }
        var known = await KnownAsync(cancellation);
        var (instance, workflow) = await FindAsync(request, known, cancellation);
        var trigger = request.Parameters.TryGetProperty("trigger", out var named) ? named.GetString() : null;
        RunBy? by = request.Parameters.TryGetProperty("by", out var asked)
            ? Enum.Parse<RunBy>(asked.GetString()!, true)
            : null;
        var (found, why) = instance.Ways.Find(workflow, trigger, by);
        var way = found ?? throw new CannotPlanException(why!);
        var takesInput = way.Trigger.Kind == "webhook";
        if (!takesInput && input.EnumerateObject().Any())
        {
            throw new CannotPlanException($"Its trigger \"{Shown(way.Trigger.Name)}\" takes no input.");
        }
        var order = new RunOrder(
            workflow.Id,
            workflow.ActiveVersionId,
            instance.Owners.Of(workflow, known).Tenant is not null,
            way.By,
            way.Trigger.Name,
            way.By == RunBy.Webhook ? way.Trigger.Path : null,
            way.Trigger.Authentication == "headerAuth",
            input,
            takesInput,
            request.Parameters.GetProperty("waitSeconds").GetInt32(),
            instance.Set.Instance
        );
        return new PlanDraft(Plan(request, instance, workflow, order), Estimate(workflow, order.Owned));
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var order = RunOrder.Of(plan);
        if (instances.Find(order.Instance) is not { } instance)
        {
            return [NoInstance(order)];
        }
        try
        {
            return Differences(
                instance,
                plan,
                order,
                await instance.Client().WorkflowAsync(order.Workflow, cancellation),
                await KnownAsync(cancellation)
            );
        }
        catch (UpstreamException exception)
        {
            return [$"n8n can't say how the workflow stands: {exception.Told}"];
        }
    }

    /// <summary>Why nothing can be asked or begun: settings have changed since it was planned.</summary>
    internal static string NoInstance(RunOrder order) =>
        $"There is no n8n {order.Instance ?? N8nInstance.Main} in the settings any more";

    /// <summary>What of the workflow is no longer as it was planned.</summary>
    internal static IReadOnlyList<string> Differences(
        N8nInstance instance,
        ActionPlan plan,
        RunOrder order,
        N8nWorkflow? workflow,
        IReadOnlySet<string> known
    )
    {
        if (workflow is null || workflow.IsArchived == true)
        {
            return ["The workflow is not there any more"];
        }
        var owner = instance.Owners.Of(workflow, known).Tenant;
        if (order.Owned ? owner != plan.Tenant : owner is not null)
        {
            return [$"The workflow is no longer {plan.Tenant}'s"];
        }
        return !workflow.Active ? ["The workflow is no longer active"]
            : workflow.ActiveVersionId != order.Version
                ? ["Another version of the workflow was published since this was planned"]
            : instance.Ways.Find(workflow, order.Trigger, order.By) is { Way: null, Why: { } why } ? [why]
            : [];
    }

    internal async Task<IReadOnlySet<string>> KnownAsync(CancellationToken cancellation) =>
        (await tenants.AllAsync(cancellation)).Select(tenant => tenant.Id).ToHashSet(StringComparer.Ordinal);

    private async Task<Workflow> FindAsync(
        PlanRequest request,
        IReadOnlySet<string> known,
        CancellationToken cancellation
    )
    {
        var (own, away) = await OwnAsync(request, known, cancellation);
        var target = request.Target.Trim();
        var byId = own.Where(one => one.In.Means(target, one.Told.Id)).ToList();
        if (byId.Count == 0 && away is not null)
        {
            // What can't be asked now may have one of that name too.
            throw new CannotPlanException($"n8n can't say what there is: {away.Told}", away);
        }
        return (byId.Count > 0 ? byId : [.. own.Where(one => one.IsCalled(target))]) switch
        {
            // What is begun is read by itself: only that says for sure which version is published.
            [var one] => await NowAsync(request, known, one, cancellation),
            [] => throw new CannotPlanException($"{request.Tenant} has no workflow of that name or id. {Named(own)}"),
            var several => throw new CannotPlanException(
                $"{several.Count} workflows have that name: give the id. {Named(several)}"
            ),
        };
    }

    /// <summary>The tenant's in every n8n that can be asked, and why the others can't.</summary>
    private async Task<(List<Workflow> Own, UpstreamException? Away)> OwnAsync(
        PlanRequest request,
        IReadOnlySet<string> known,
        CancellationToken cancellation
    )
    {
        var own = new List<Workflow>();
        UpstreamException? away = null;
        foreach (var instance in instances.All)
        {
            try
            {
                own.AddRange(
                    (await instance.Client().WorkflowsAsync(cancellation))
                        .Where(told => IsFor(instance, request, known, told))
                        .Select(told => new Workflow(instance, told))
                );
            }
            catch (UpstreamException exception)
            {
                away ??= exception;
            }
        }
        return instances.All.Count > 0
            ? (own, away)
            : throw new CannotPlanException("n8n can't say what there is: n8n has no address. Set N8n:Url.");
    }

    private static async Task<Workflow> NowAsync(
        PlanRequest request,
        IReadOnlySet<string> known,
        Workflow one,
        CancellationToken cancellation
    )
    {
        try
        {
            return
                await one.In.Client().WorkflowAsync(one.Told.Id, cancellation) is { } read
                && IsFor(one.In, request, known, read)
                ? one with
                {
                    Told = read,
                }
                : throw new CannotPlanException(
                    $"That workflow was {request.Tenant}'s a moment ago, and is not any more."
                );
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"n8n can't say what there is: {exception.Told}", exception);
        }
    }

    private static bool IsFor(
        N8nInstance instance,
        PlanRequest request,
        IReadOnlySet<string> known,
        N8nWorkflow workflow
    ) =>
        instance.Owners.Of(workflow, known).Tenant is { } owner
            ? owner == request.Tenant
            : request.Tenant == instance.Set.PlatformTenant && request.Caller.Tenants.IsAll;

    private static ActionPlan Plan(PlanRequest request, N8nInstance instance, N8nWorkflow workflow, RunOrder order)
    {
        var name = Shown(workflow.Name);
        var (state, behind) = WorkflowReading.State(workflow);
        var how =
            order.By == RunBy.Mcp
                ? "by execute_workflow of n8n's MCP server"
                : $"by its webhook, POST /webhook/{order.Path}";
        return new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            [
                new PlanChange($"Runs of {name}", null, $"one more, begun at \"{Shown(order.Trigger)}\""),
                new PlanChange("What it is made of", null, WorkflowReading.MadeOf(workflow)),
                .. instance.Set.Instance is { } named
                    ? [new PlanChange("Which n8n has it", null, named)]
                    : (PlanChange[])[],
                .. state == WorkflowState.DraftDiffers
                    ? [new PlanChange("Version that runs", null, behind)]
                    : (PlanChange[])[],
            ],
            [
                new PlanStep(
                    1,
                    RunOrder.Look,
                    instance.IdOf(workflow.Id),
                    $"See that {name} is as it was planned, and {request.Tenant}'s"
                ),
                new PlanStep(
                    2,
                    RunOrder.Start,
                    instance.IdOf(workflow.Id),
                    $"Run {name} once {how}",
                    JsonSerializer.SerializeToElement(order, RunOrder.Json)
                ),
                new PlanStep(
                    3,
                    RunOrder.Outcome,
                    instance.IdOf(workflow.Id),
                    "Read from n8n's executions how it ended"
                ),
            ],
            [
                "Other workflows, and those of other tenants",
                "The workflow itself: nothing of it is changed, and its draft does not run",
            ],
            new PlanVerification(
                VerificationKinds.Version,
                order.WaitSeconds,
                "n8n's executions have the run of this action, and say how it ended"
            ),
            PlanUndo.None("What a workflow did can't be taken back from here."),
            CanonicalJson.Hash(
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["workflow"] = instance.IdOf(workflow.Id), ["version"] = workflow.ActiveVersionId }
                )
            )
        );
    }

    /// <summary>A workflow that is nobody's is listed for those over all tenants alone: they alone decide on its run.</summary>
    private PlanEstimate Estimate(N8nWorkflow workflow, bool owned) =>
        new(
            null,
            [],
            null,
            time.GetUtcNow(),
            Notes: WorkflowReading.KeepsNoRuns(workflow)
                ? ["The workflow's settings keep not every run: how this one ended may not be told."]
                : null
        )
        {
            OfNobody = !owned,
        };

    private static string Named(IReadOnlyList<Workflow> workflows) =>
        workflows.Count == 0
            ? "It has none."
            : $"There {(workflows.Count == 1 ? "is" : "are")} {string.Join(", ", workflows.Take(MostNamed).Select(one => $"{Shown(one.Told.Name)} ({one.Id})"))}{(workflows.Count > MostNamed ? " and more" : "")}.";

    /// <summary>A workflow and the n8n that has it.</summary>
    private sealed record Workflow(N8nInstance In, N8nWorkflow Told)
    {
        public string Id => In.IdOf(Told.Id);

        /// <summary>By its name, alone or behind that of its instance.</summary>
        public bool IsCalled(string name) =>
            Told.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || $"{In.Name}:{Told.Name}".Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Names are anybody's text in n8n.</summary>
    private static string Shown(string name) => StoreText.Shorten(UpstreamTerms.OneLine(name), LongestName);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
