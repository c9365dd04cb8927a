using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Releases;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>
/// Whole pod templates for the way back, sealed like the specifications of containers: they hold values of the environment, which
/// never leave the cluster. The cluster's own history is no way back: its numbers move, and it forgets.
/// </summary>
internal sealed class KeptTemplates(SpecificationStore specifications)
{
    private const string Replicas = "replicas";

    /// <summary>On the disk when this returns.</summary>
    /// <returns>Its id, which says nothing of the content.</returns>
    public string Keep(LiveWorkload workload) =>
        specifications.Keep(
            new Specification(
                workload.Facts.Key,
                workload.Facts.TemplateHash,
                PlannedWorkloads.ImagesOf(workload.Facts),
                JsonNode.Parse((workload.Template ?? default).GetRawText()) as JsonObject ?? [],
                new JsonObject { [Replicas] = workload.Facts.Wanted },
                [],
                null,
                null,
                new Dictionary<string, string>(),
                new Dictionary<string, string>()
            )
        );

    /// <summary>Null when it was never kept here, or no longer.</summary>
    /// <exception cref="RunnerException">It can't be opened.</exception>
    public (JsonObject Template, int Replicas)? Find(string id) =>
        specifications.Find(id) is { } kept ? (kept.Config, kept.HostConfig[Replicas]?.GetValue<int>() ?? 0) : null;

    public static bool IsSame(JsonObject kept, LiveWorkload now) =>
        now.Template is { } template && JsonNode.DeepEquals(kept, JsonNode.Parse(template.GetRawText()));
}
