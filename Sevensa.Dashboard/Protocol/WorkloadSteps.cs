using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// Verbs of plan steps that a cluster's runner knows. Each is done to a workload's uid, which is also the only thing in the plan's
/// containers, and takes <see cref="WorkloadArguments"/>. All are undone by <see cref="UndoKinds.Reverse"/>: the runner keeps the
/// whole former template and the replicas, and puts them back.
/// </summary>
public static class WorkloadVerbs
{
    /// <summary>Makes all pods anew, by a note of the time in the template.</summary>
    public const string Restart = "workload.restart";

    /// <summary>Sets the replicas (<see cref="WorkloadArguments.Replicas"/>), by the right to scale alone.</summary>
    public const string Scale = "workload.scale";

    /// <summary>Gives containers other images (<see cref="WorkloadArguments.Images"/>).</summary>
    public const string Deploy = "workload.deploy";

    /// <summary>Gives one container other requests and limits (<see cref="WorkloadArguments.Resources"/>).</summary>
    public const string Resources = "workload.resources";

    /// <summary>Sets the bounds of the autoscaler whose target the workload is. Takes <see cref="AutoscalerArguments"/>.</summary>
    public const string Autoscaler = "autoscaler.edit";
}

/// <param name="Key">The workload that it scales.</param>
/// <param name="Name">Of the autoscaler, in the workload's namespace.</param>
/// <param name="Uid">Of the autoscaler that was planned for; another of that name is not changed.</param>
public sealed record AutoscalerArguments(
    string Key,
    string Name,
    string Uid,
    int MinimumBefore,
    int MaximumBefore,
    int Minimum,
    int Maximum
);

/// <param name="Key">The workload, <c>Deployment/rentguy/web</c>.</param>
/// <param name="ResourceVersion">Of the object that was planned for. Where it is another by now, the object is read again: equal in specification and template it goes on.</param>
/// <param name="ReplicasBefore">As planned; another number makes the plan stale. Null where it does not matter.</param>
/// <param name="WithinSeconds">How long the rollout may take; it ends sooner when the cluster gives it up.</param>
public sealed record WorkloadArguments(
    string Key,
    string ResourceVersion,
    int WithinSeconds,
    int? ReplicasBefore = null,
    int? Replicas = null,
    IReadOnlyDictionary<string, string>? Images = null,
    ResourceWishes? Resources = null
);

/// <summary>What one container of a template is to have, in the cluster's writing. Null leaves it.</summary>
/// <param name="Container">Its name in the template.</param>
public sealed record ResourceWishes(
    string Container,
    string? CpuRequest = null,
    string? CpuLimit = null,
    string? MemoryRequest = null,
    string? MemoryLimit = null
);

/// <summary>What the API server would make of a step, by its own dry run.</summary>
/// <param name="After">The workload as it would be stored; null when it was refused.</param>
/// <param name="Changes">What differs in the stored object from the one that is there: path, before and after. Values of the environment are left out.</param>
/// <param name="Warnings">In the server's words.</param>
/// <param name="Trouble">Why it was refused, in the server's words; null when it was not.</param>
public sealed record WorkloadPreview(
    WorkloadFacts? After,
    IReadOnlyList<PreviewedChange> Changes,
    IReadOnlyList<string> Warnings,
    string? Trouble = null
);

/// <param name="Before">Null when it was not there.</param>
/// <param name="After">Null when it is not there any more.</param>
public sealed record PreviewedChange(string Path, string? Before, string? After);

/// <summary>A workload in the words of a plan, the same for who plans and who executes.</summary>
public static class PlannedWorkloads
{
    /// <summary>
    /// What of it a plan rests on: its template, and how it is rolled out. Replicas are not part of it, since an autoscaler changes
    /// them while nobody looks; a plan that rests on their number says so in its step.
    /// </summary>
    public static PlanContainer Planned(WorkloadFacts workload) =>
        new(
            workload.Uid,
            workload.Name,
            workload.Service,
            ImagesOf(workload),
            ImagesOf(workload),
            ConfigHashOf(workload),
            workload.Paused ? "paused" : "running",
            [],
            [.. Main(workload).SelectMany(container => container.Ports ?? []).Distinct(StringComparer.Ordinal)]
        );

    public static string ConfigHashOf(WorkloadFacts workload) => $"{workload.SpecHash}.{workload.TemplateHash}";

    public static string ImagesOf(WorkloadFacts workload) =>
        string.Join(", ", Main(workload).Select(container => container.Image));

    private static IEnumerable<WorkloadContainer> Main(WorkloadFacts workload) =>
        workload.Containers.Where(container => !container.Init);
}

/// <summary>Arguments of a cluster's steps; a member that the record does not have is refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(WorkloadArguments))]
[JsonSerializable(typeof(AutoscalerArguments))]
public sealed partial class WorkloadJson : JsonSerializerContext
{
    public static JsonElement Of(WorkloadArguments arguments) =>
        JsonSerializer.SerializeToElement(arguments, Default.WorkloadArguments);

    public static JsonElement Of(AutoscalerArguments arguments) =>
        JsonSerializer.SerializeToElement(arguments, Default.AutoscalerArguments);
}
