using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>The bounds between which an autoscaler sets a workload's replicas: one patch, taken back by another.</summary>
internal sealed class AutoscalerVerb(KubeApi api) : IStepVerb
{
    private const string Begun = "begun";
    private const int MostConflicts = 5;

    public string Verb => WorkloadVerbs.Autoscaler;

    public async ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (!StepArguments.TryRead(step, WorkloadJson.Default.AutoscalerArguments, out var arguments, out var refusal))
        {
            return refusal;
        }
        if (PathOf(arguments) is null || arguments.Minimum < 0 || arguments.Maximum < Math.Max(1, arguments.Minimum))
        {
            return new Refusal("malformed", $"Step {step.Number} ({Verb}) does not say which bounds.");
        }
        return Stale(await FindAsync(arguments, cancellation), arguments) is { } words
            ? new Refusal("stale", words, [words])
            : null;
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(WorkloadJson.Default.AutoscalerArguments);
        if (Stale(await FindAsync(arguments, cancellation), arguments) is { } words)
        {
            throw new StepException("stale", $"{words}. Nothing was done; propose it again.");
        }
        work.Note(Begun);
        await SetAsync(
            arguments,
            (arguments.MinimumBefore, arguments.MaximumBefore),
            (arguments.Minimum, arguments.Maximum),
            work.Progress,
            cancellation
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{arguments.Name} sets {arguments.Minimum} to {arguments.Maximum} replicas"
        );
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(WorkloadJson.Default.AutoscalerArguments);
        if (work.Phase is null || await FindAsync(arguments, cancellation) is not { } now)
        {
            return null;
        }
        var before = (arguments.MinimumBefore, arguments.MaximumBefore);
        var made = (arguments.Minimum, arguments.Maximum);
        if (BoundsOf(now) == before)
        {
            return null;
        }
        if (BoundsOf(now) != made)
        {
            throw new StepException("changedSince", $"{arguments.Name} was changed by somebody else since");
        }
        await SetAsync(arguments, made, before, work.Progress, cancellation);
        return $"{arguments.Name} has its former bounds again";
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What the server would store; nothing is changed.</summary>
    /// <exception cref="KubeException">It would refuse.</exception>
    public async Task<WorkloadPreview> PreviewAsync(PlanStep step, CancellationToken cancellation)
    {
        if (
            !StepArguments.TryRead(step, WorkloadJson.Default.AutoscalerArguments, out var arguments, out var refusal)
            || PathOf(arguments) is null
        )
        {
            return new WorkloadPreview(null, [], [], refusal?.Text ?? "It does not say which autoscaler.");
        }
        var found = await FindAsync(arguments, cancellation);
        if (Stale(found, arguments) is { } words)
        {
            return new WorkloadPreview(null, [], [], words);
        }
        var answer = await PatchAsync(
            arguments,
            found!.Value,
            (arguments.Minimum, arguments.Maximum),
            dryRun: true,
            cancellation
        );
        var (before, after) = (BoundsOf(found.Value), BoundsOf(answer.Body));
        return new WorkloadPreview(
            null,
            [
                .. Change("spec.minReplicas", before.Minimum, after.Minimum),
                .. Change("spec.maxReplicas", before.Maximum, after.Maximum),
            ],
            answer.Warnings
        );
    }

    private static IEnumerable<PreviewedChange> Change(string path, int before, int after) =>
        before == after
            ? []
            :
            [
                new PreviewedChange(
                    path,
                    before.ToString(CultureInfo.InvariantCulture),
                    after.ToString(CultureInfo.InvariantCulture)
                ),
            ];

    private async Task SetAsync(
        AutoscalerArguments arguments,
        (int Minimum, int Maximum) from,
        (int Minimum, int Maximum) to,
        Action<string> tell,
        CancellationToken cancellation
    )
    {
        for (var tries = 0; ; tries++)
        {
            var now =
                await FindAsync(arguments, cancellation)
                ?? throw new StepException("stale", $"{arguments.Name} is gone");
            if (BoundsOf(now) != from)
            {
                throw new StepException("stale", $"The bounds of {arguments.Name} were changed meanwhile");
            }
            try
            {
                var answer = await PatchAsync(arguments, now, to, dryRun: false, cancellation);
                foreach (var warning in answer.Warnings)
                {
                    tell($"The API server warns: {warning}");
                }
                return;
            }
            catch (KubeException conflict)
                when (conflict is { Status: HttpStatusCode.Conflict, Reason: "Conflict" } && tries < MostConflicts)
            {
                // Its controller writes its status all the time; what is read next says whether the bounds are the same.
                continue;
            }
            catch (KubeException exception)
            {
                throw WorkloadDoor.Told(exception);
            }
        }
    }

    private Task<KubeAnswer> PatchAsync(
        AutoscalerArguments arguments,
        JsonElement now,
        (int Minimum, int Maximum) to,
        bool dryRun,
        CancellationToken cancellation
    )
    {
        var patch = new WorkloadPatch(
            "",
            KubeApi.Merge,
            version => new JsonObject
            {
                ["metadata"] = new JsonObject { ["resourceVersion"] = version },
                ["spec"] = new JsonObject { ["minReplicas"] = to.Minimum, ["maxReplicas"] = to.Maximum },
            }
        );
        return api.SendAsync(
            HttpMethod.Patch,
            $"{PathOf(arguments)}?fieldManager={KubeApi.FieldManager}&fieldValidation=Strict{(dryRun ? "&dryRun=All" : "")}",
            patch.Media,
            patch.Bytes(now.Text("metadata", "resourceVersion")),
            cancellation
        );
    }

    /// <exception cref="EngineException">The API server can't tell.</exception>
    private async Task<JsonElement?> FindAsync(AutoscalerArguments arguments, CancellationToken cancellation)
    {
        try
        {
            return
                await api.FindAsync(PathOf(arguments)!, cancellation) is { } found
                && found.Text("metadata", "uid") == arguments.Uid
                ? found
                : null;
        }
        catch (KubeException exception)
        {
            throw WorkloadDoor.Told(exception);
        }
    }

    private static string? Stale(JsonElement? found, AutoscalerArguments arguments)
    {
        if (found is not { } now)
        {
            return $"The autoscaler {arguments.Name} is gone, or another has come under its name";
        }
        var target = ClusterKeys.Of(
            now.Text("spec", "scaleTargetRef", "kind"),
            now.Text("metadata", "namespace"),
            now.Text("spec", "scaleTargetRef", "name")
        );
        var bounds = BoundsOf(now);
        return target != arguments.Key ? $"The autoscaler {arguments.Name} scales {target}, and not {arguments.Key}"
            : bounds != (arguments.MinimumBefore, arguments.MaximumBefore)
                ? $"The bounds of {arguments.Name} were {arguments.MinimumBefore} to {arguments.MaximumBefore} and are {bounds.Minimum} to {bounds.Maximum}"
            : null;
    }

    private static (int Minimum, int Maximum) BoundsOf(JsonElement autoscaler) =>
        (autoscaler.Count("spec", "minReplicas") ?? 1, autoscaler.Count("spec", "maxReplicas") ?? 0);

    private static string? PathOf(AutoscalerArguments arguments) =>
        arguments.Key?.Split('/') is [_, { Length: > 0 } @namespace, _] && !string.IsNullOrEmpty(arguments.Name)
            ? $"apis/autoscaling/v2/namespaces/{Uri.EscapeDataString(@namespace)}/horizontalpodautoscalers/{Uri.EscapeDataString(arguments.Name)}"
            : null;
}
