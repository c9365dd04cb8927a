using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Kinds;

/// <summary><c>workload.deploy</c></summary>
internal sealed class DeployWorkload(WorkloadPlanner planner, IEnumerable<IImageGate> gates) : IActionKind
{
    private const string Image = "image";
    private const string Container = "container";
    private const string Digest = "@sha256:";

    public string Name => WorkloadVerbs.Deploy;

    public string Title(string target) => $"Deploy {target}";

    public string TitleOf(ActionPlan plan) => $"{Title(plan.Place())} {WorkloadPlanner.Text(plan.Parameters, Image)}";

    public IReadOnlyCollection<string> ToldInTitle => [Image];

    public string Description => "Gives a cluster workload another image.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        WorkloadPlanner.Schema(
            $$"""
            "{{Image}}": { "type": "string", "minLength": 1, "maxLength": 500,
              "pattern": "^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$",
              "description": "repo@sha256:… or repo:tag." },
            "{{Container}}": { "type": "string", "minLength": 1, "maxLength": 63, "description": "Container of the template, where it has several." }
            """,
            $"\"{Image}\""
        );

    public string Undo => "The whole former pod template is put back.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var one = planner.Meant(request);
        var facts = one.Facts;
        var container = WorkloadContainers.Meant(facts, WorkloadPlanner.Text(request.Parameters, Container));
        var asked = WorkloadPlanner.Text(request.Parameters, Image)!;
        var image = Resolved(one, asked);
        if (container.Image == image || (container.Image == asked && asked.Contains(Digest, StringComparison.Ordinal)))
        {
            throw new CannotPlanException($"{facts.Name} runs {asked} already.");
        }
        foreach (var gate in gates)
        {
            if (await gate.ObjectionAsync(request.Caller, request.Tenant, image, cancellation) is { } objection)
            {
                throw new CannotPlanException($"The scan gate does not let {asked} run: {objection}");
            }
        }
        return await planner.DraftAsync(
            request,
            one,
            new WorkloadDeed(
                Name,
                $"Give {container.Name} of {facts.Name} the image {image}",
                arguments =>
                    arguments with
                    {
                        Images = new Dictionary<string, string>(StringComparer.Ordinal) { [container.Name] = image },
                    }
            )
            {
                Notes = WorkloadNotes.OfPods(one),
            },
            cancellation
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));

    /// <summary>
    /// By digest. What a tag means a cluster tells only through pods that have pulled it, so what is approved and scanned is what
    /// such a pod runs, whatever the tag means later.
    /// </summary>
    private static string Resolved(TenantWorkload one, string asked)
    {
        if (asked.Contains(Digest, StringComparison.Ordinal))
        {
            return asked;
        }
        var digests = one
            .Cluster.Pods.SelectMany(pod => pod.Containers)
            .Where(container =>
                container.Image == asked && container.ImageDigest.Contains(Digest, StringComparison.Ordinal)
            )
            .Select(container =>
                container.ImageDigest[(container.ImageDigest.IndexOf('@', StringComparison.Ordinal) + 1)..]
            )
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return digests switch
        {
            [var digest] => $"{asked}@{digest}",
            [] => throw new CannotPlanException(
                $"What {asked} means is known in a cluster only when a pod has pulled it, and none of {one.Cluster.HostName}'s has. Name the image by its digest (repo@sha256:…), as the registry or the build tells it."
            ),
            _ => throw new CannotPlanException(
                $"Pods run {asked} with {digests.Count} digests: the tag was moved. Name the image by its digest (repo@sha256:…)."
            ),
        };
    }
}
