using System.Net;
using System.Text.Json;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>One workload as the API server has it now.</summary>
/// <param name="Object">As stored, with values that never leave the cluster.</param>
internal sealed record LiveWorkload(WorkloadFacts Facts, JsonElement Object)
{
    public JsonElement? Template => Object.At("spec", "template");

    public string RestartedAt => Object.Text("spec", "template", "metadata", "annotations", TemplateHash.RestartedAt);
}

/// <summary>Workloads read and changed through the API server; what it refuses is told in its words.</summary>
internal sealed class WorkloadDoor(KubeApi api, ClusterState state)
{
    private const int MostConflicts = 5;

    /// <summary>Null when it is not there any more, or another has come under its name.</summary>
    /// <exception cref="EngineException">The API server can't tell.</exception>
    public async Task<LiveWorkload?> FindAsync(string uid, CancellationToken cancellation)
    {
        if (state.WorkloadOf(uid) is not { } known || PathOf(known) is not { } path)
        {
            return null;
        }
        return await FindAsync(known, path, cancellation);
    }

    /// <summary>The pods that its selector means, as they are now.</summary>
    public async Task<IReadOnlyList<PodFacts>> PodsAsync(WorkloadFacts workload, CancellationToken cancellation)
    {
        if (workload.Selector.Count == 0)
        {
            return [];
        }
        var selector = string.Join(",", workload.Selector.Select(label => $"{label.Key}={label.Value}"));
        return await AskAsync(async () =>
        {
            var list = await api.GetAsync(
                $"api/v1/namespaces/{Uri.EscapeDataString(workload.Namespace)}/pods?labelSelector={Uri.EscapeDataString(selector)}",
                cancellation
            );
            return (IReadOnlyList<PodFacts>)
                [.. list.Items("items").Select(pod => PodReader.Read(pod, workload.Tenant))];
        });
    }

    /// <summary>
    /// Changes it, bound to the version that was planned for. Refused as changed meanwhile, it is read again: equal in specification
    /// and template (and in replicas, where they matter) it is done to the object as it is now.
    /// </summary>
    /// <exception cref="StepException"><c>stale</c>: it is another than was planned for.</exception>
    /// <exception cref="EngineException">Refused or not answered.</exception>
    public async Task<LiveWorkload> ChangeAsync(
        LiveWorkload planned,
        string version,
        WorkloadPatch patch,
        bool replicasMatter,
        Action<string> tell,
        CancellationToken cancellation
    )
    {
        var now = version;
        for (var tries = 0; ; tries++)
        {
            try
            {
                var answer = await PatchAsync(planned.Facts, patch, now, dryRun: false, cancellation);
                foreach (var warning in answer.Warnings)
                {
                    tell($"The API server warns: {warning}");
                }
                return patch.Part.Length == 0
                    ? Read(planned.Facts, answer.Body)
                    : await FindAsync(planned.Facts.Uid, cancellation) ?? throw Gone(planned.Facts);
            }
            catch (KubeException conflict)
                when (conflict is { Status: HttpStatusCode.Conflict, Reason: "Conflict" } && tries < MostConflicts)
            {
                var live =
                    await FindAsync(planned.Facts, PathOf(planned.Facts)!, cancellation) ?? throw Gone(planned.Facts);
                if (Differences(planned.Facts, live.Facts, replicasMatter) is { Count: > 0 } differences)
                {
                    throw new StepException(
                        "stale",
                        $"{planned.Facts.Name} was changed meanwhile: {string.Join("; ", differences)}. Nothing was done; propose it again."
                    );
                }
                now = live.Facts.ResourceVersion;
            }
            catch (KubeException exception)
            {
                throw Told(exception);
            }
        }
    }

    /// <summary>What the server would store, by its dry run with strict validation; nothing is changed.</summary>
    /// <exception cref="KubeException">It would refuse.</exception>
    public async Task<KubeAnswer> PreviewAsync(
        WorkloadFacts workload,
        WorkloadPatch patch,
        CancellationToken cancellation
    ) => await PatchAsync(workload, patch, workload.ResourceVersion, dryRun: true, cancellation);

    public static IReadOnlyList<string> Differences(WorkloadFacts planned, WorkloadFacts now, bool replicasMatter)
    {
        var before = PlannedWorkloads.Planned(planned);
        return
        [
            .. World.Differences(before, PlannedWorkloads.Planned(now)),
            .. replicasMatter && planned.Wanted != now.Wanted
                ? new[] { $"{now.Name}: replicas were {planned.Wanted} and are {now.Wanted}" }
                : [],
        ];
    }

    /// <summary>In the words of steps: what was not answered may or may not have been done.</summary>
    public static EngineException Told(KubeException exception) =>
        new(
            exception.Status is { } status && (int)status < 500 ? status : null,
            exception.Status is null
                ? exception.Message
                : $"The API server answered {(int)exception.Status}: {exception.Message}",
            exception
        );

    /// <summary>Null for a kind that is not rolled out.</summary>
    public static string? PathOf(WorkloadFacts workload)
    {
        var resource = workload.Kind switch
        {
            WorkloadKinds.Deployment => "deployments",
            WorkloadKinds.StatefulSet => "statefulsets",
            WorkloadKinds.DaemonSet => "daemonsets",
            _ => null,
        };
        return resource is null
            ? null
            : $"apis/apps/v1/namespaces/{Uri.EscapeDataString(workload.Namespace)}/{resource}/{Uri.EscapeDataString(workload.Name)}";
    }

    private async Task<LiveWorkload?> FindAsync(WorkloadFacts known, string path, CancellationToken cancellation) =>
        await AskAsync(() => api.FindAsync(path, cancellation)) is { } found
        && found.Text("metadata", "uid") == known.Uid
        && found.Text("metadata", "deletionTimestamp").Length == 0
            ? Read(known, found)
            : null;

    private async Task<KubeAnswer> PatchAsync(
        WorkloadFacts workload,
        WorkloadPatch patch,
        string version,
        bool dryRun,
        CancellationToken cancellation
    )
    {
        var path = PathOf(workload) ?? throw new StepException("kind", $"A {workload.Kind} is not rolled out.");
        return await api.SendAsync(
            HttpMethod.Patch,
            $"{path}{(patch.Part.Length > 0 ? "/" + patch.Part : "")}?fieldManager={KubeApi.FieldManager}&fieldValidation=Strict{(dryRun ? "&dryRun=All" : "")}",
            patch.Media,
            patch.Bytes(version),
            cancellation
        );
    }

    private static LiveWorkload Read(WorkloadFacts known, JsonElement found) =>
        new(WorkloadReader.Read(known.Kind, found, known.Tenant), found);

    private static StepException Gone(WorkloadFacts workload) =>
        new("stale", $"{workload.Name} is gone, or another has come under its name. Nothing was done.");

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (KubeException exception)
        {
            throw Told(exception);
        }
    }
}
