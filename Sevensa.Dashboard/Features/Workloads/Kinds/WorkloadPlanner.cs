using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary>What one kind does to a workload.</summary>
internal sealed record WorkloadDeed(string Verb, string Title, Func<WorkloadArguments, WorkloadArguments> Arguments)
{
    /// <summary>What is different afterwards, where the server's own dry run does not tell it best.</summary>
    public IReadOnlyList<PlanChange>? Shown { get; init; }

    /// <summary>Arguments of the step where they are not the workload's.</summary>
    public JsonElement? Other { get; init; }

    public PlanVerification? Verification { get; init; }

    public PlanUndo? Undo { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];

    public Risk AtLeast { get; init; } = Risk.Low;
}

/// <summary>What the kinds of this feature have in common: finding what is meant, refusing what can't be done, and asking the server what it would store.</summary>
internal sealed class WorkloadPlanner(IFleet fleet, IRunnerLink runners, TimeProvider time)
{
    private const int LeastSeconds = 120;
    private const int UsualDeadlineSeconds = 600;
    private const int MostChanges = 30;

    /// <exception cref="CannotPlanException">Nothing or several are meant, or it is one that is not rolled out.</exception>
    public TenantWorkload Meant(PlanRequest request)
    {
        var all = WorkloadDesk.Of(fleet, request.Tenant);
        if (all.Count == 0)
        {
            fleet.MustKnow(request.Tenant);
        }
        var found = WorkloadDesk.Meant(all, request.Target);
        return found switch
        {
            [{ Facts.Kind: WorkloadKinds.CronJob } job] => throw new CannotPlanException(
                $"{job.Facts.Name} is a CronJob: it runs by its schedule and is not rolled out."
            ),
            [var one] => one,
            [] => throw new CannotPlanException(
                all.Count == 0
                    ? $"{request.Tenant} has no workload on a cluster."
                    : $"{request.Tenant} has no workload \"{request.Target}\". There are {string.Join(", ", all.Select(one => one.Facts.Key))}."
            ),
            _ => throw new CannotPlanException(
                $"\"{request.Target}\" could be {string.Join(" or ", found.Select(one => one.Facts.Key))}. Say which by that name."
            ),
        };
    }

    /// <exception cref="CannotPlanException">It can't be done, or the cluster would refuse it; in its words.</exception>
    public async Task<PlanDraft> DraftAsync(
        PlanRequest request,
        TenantWorkload one,
        WorkloadDeed deed,
        CancellationToken cancellation
    )
    {
        var facts = one.Facts;
        Refuse(one, deed.Verb);
        var within = Math.Max(
            LeastSeconds,
            (facts.ProgressDeadlineSeconds > 0 ? facts.ProgressDeadlineSeconds : UsualDeadlineSeconds) + 60
        );
        var step = new PlanStep(
            1,
            deed.Verb,
            facts.Uid,
            deed.Title,
            deed.Other
                ?? WorkloadJson.Of(deed.Arguments(new WorkloadArguments(facts.Key, facts.ResourceVersion, within)))
        );
        var preview = await PreviewAsync(one, step, cancellation);
        var planned = PlannedWorkloads.Planned(facts);
        IReadOnlyList<string> notes =
        [
            .. preview.Warnings.Select(warning => $"The API server warns: {warning}"),
            .. deed.Notes,
        ];
        return new PlanDraft(
            new ActionPlan(
                request.ProposalId,
                deed.Verb,
                request.Tenant,
                facts.Key,
                request.Parameters,
                new PlanExecutor(PlanExecutor.Runner, one.Cluster.HostId, one.Cluster.HostName),
                [planned],
                deed.Shown ?? Changes(facts, preview),
                [step],
                [
                    "other workloads of its namespace; other tenants",
                    "services, routes, volume claims and network policies",
                    "secrets and configuration that it refers to",
                ],
                deed.Verification
                    ?? new PlanVerification(
                        VerificationKinds.None,
                        within,
                        $"its controller has seen the change, every pod wanted is of it and ready by its own condition, and none of before is left, within {within} s"
                    ),
                deed.Undo
                    ?? new PlanUndo(
                        UndoKinds.Reverse,
                        deed.Verb == WorkloadVerbs.Scale
                            ? "The replicas are set back, and you are told."
                            : "The whole former pod template, which the runner keeps until then, is put back, and you are told. The cluster itself takes nothing back."
                    ),
                World.Fingerprint([planned])
            ),
            new PlanEstimate(null, [], null, time.GetUtcNow(), Notes: notes.Count > 0 ? notes : null),
            deed.AtLeast
        );
    }

    /// <summary>What differs from the plan by now.</summary>
    public IReadOnlyList<string> Differences(ActionPlan plan)
    {
        var now = WorkloadDesk
            .Of(fleet, plan.Tenant)
            .Where(one => one.Cluster.HostId == plan.Executor.HostId)
            .ToDictionary(one => one.Facts.Uid, one => one.Facts, StringComparer.Ordinal);
        return
        [
            .. plan.Containers.SelectMany(planned =>
                World.Differences(
                    planned,
                    now.GetValueOrDefault(planned.Id) is { } facts ? PlannedWorkloads.Planned(facts) : null
                )
            ),
            .. plan.Steps.SelectMany(step =>
                step.Verb != WorkloadVerbs.Autoscaler
                && step.Arguments?.Deserialize(WorkloadJson.Default.WorkloadArguments) is { ReplicasBefore: { } before }
                && now.GetValueOrDefault(step.On) is { } facts
                && facts.Wanted != before
                    ? new[] { $"{facts.Name}: replicas were {before} and are {facts.Wanted}" }
                    : []
            ),
        ];
    }

    private void Refuse(TenantWorkload one, string verb)
    {
        var (cluster, facts) = one;
        if (facts.SelfOf is { } own)
        {
            throw new CannotPlanException(
                $"{facts.Name} is this product's own {own}: it would cut off the one who watches over it. Do it with kubectl."
            );
        }
        if (!cluster.Connected)
        {
            throw new CannotPlanException(
                $"{cluster.HostName} is not connected, so what runs there now is not known. Bring its runner back, then propose again."
            );
        }
        if (cluster.Summary?.Trouble is { } trouble)
        {
            throw new CannotPlanException($"{cluster.HostName} does not see its cluster as it is now: {trouble}");
        }
        if (
            cluster.Summary?.Missing.FirstOrDefault(right =>
                right.Namespace == facts.Namespace && right.Verbs.Contains(verb, StringComparer.Ordinal)
            ) is
            { } missing
        )
        {
            throw new CannotPlanException(
                $"The runner on {cluster.HostName} may not \"{missing.Right}\" in {facts.Namespace}: {missing.Costs} Add the right to its role there, then propose again."
            );
        }
        var host = fleet.Hosts.FirstOrDefault(host => host.Id == cluster.HostId);
        if (host?.Facts?.Kinds.Contains(verb, StringComparer.Ordinal) != true)
        {
            throw new CannotPlanException(
                $"The runner on {cluster.HostName} ({host?.Facts?.RunnerVersion}) can't do {verb}. Update it, then propose again."
            );
        }
        if (facts.Paused)
        {
            throw new CannotPlanException(
                $"{facts.Name} is paused: the cluster would take the change and do nothing until somebody resumes it (kubectl rollout resume). Resume it, then propose again."
            );
        }
    }

    private async Task<WorkloadPreview> PreviewAsync(TenantWorkload one, PlanStep step, CancellationToken cancellation)
    {
        try
        {
            var preview = await runners.PreviewAsync(one.Cluster.HostId, step, cancellation);
            return preview.Trouble is { } trouble
                    ? throw new CannotPlanException($"The cluster would refuse it. {trouble}")
                : preview.Changes.Count == 0
                    ? throw new CannotPlanException(
                        $"{one.Facts.Name} is so already: the cluster would store nothing new, and no pod would be made."
                    )
                : preview;
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            throw new CannotPlanException(
                $"{one.Cluster.HostName} could not ask its cluster what it would make of this: {exception.Message}",
                exception
            );
        }
    }

    /// <summary>What the server would store, not what was asked for.</summary>
    private static IReadOnlyList<PlanChange> Changes(WorkloadFacts facts, WorkloadPreview preview) =>
        [
            .. preview
                .Changes.Take(MostChanges)
                .Select(change => new PlanChange($"{change.Path} of {facts.Name}", change.Before, change.After)),
            .. preview.Changes.Count > MostChanges
                ? new[]
                {
                    new PlanChange(
                        $"{preview.Changes.Count - MostChanges} more of {facts.Name}",
                        null,
                        "see the preview"
                    ),
                }
                : [],
        ];

    public static JsonElement Schema(string properties, string required = "")
    {
        using var document = JsonDocument.Parse(
            $$"""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": { {{properties}} },
              "required": [{{required}}],
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }

    public static string? Text(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
