using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Releases;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>service.deploy</c></summary>
internal sealed class ServiceDeploy(PlanBench bench, IEnumerable<IImageGate> gates, LeftReleases left) : IActionKind
{
    public const string Kind = "service.deploy";

    public string Name => Kind;

    public string Title(string target) => $"Deploy {target}";

    public string TitleOf(ActionPlan plan) => $"{Title(plan.Place())} {ImageTitle.Of(plan)}";

    public IReadOnlyCollection<string> ToldInTitle => ["image"];

    public string Description =>
        "Puts another image (image: repo:tag or repo@sha256:…, resolved to a digest) to work in all containers of a service. Configuration, networks and volumes stay.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "image": { "type": "string", "minLength": 1, "maxLength": 500,
              "pattern": "^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$",
              "description": "repo:tag, repo@sha256:… or sha256:… of an image on the host." },
            {{Schemas.Grace}},
            {{Schemas.Host}},
            {{Schemas.OnBreach}}
            """,
            "\"image\""
        );

    public string Undo => "The former containers are put back under their names.";

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var reference = PlanBench.Text(request.Parameters, "image")!;
        var all = NamespaceSharers.InOrder(bench.Service(request), container => container.Facts);
        var along = bench.Along(request, all);
        var (service, hostId) = (all[0].Facts.Service, all[0].HostId);
        bench.Refuse(
            all,
            [StepVerbs.ContainerRecreate],
            own => $"docker compose pull {own.Service} && docker compose up -d {own.Service}"
        );
        var image = await bench.ResolveAsync(hostId, reference, cancellation);
        if (image.ImageId is null)
        {
            bench.Refuse(hostId, [StepVerbs.ImagePull]);
        }
        var digest = image.Digest ?? image.ImageId!;
        if (
            all.All(container =>
                container.Facts.ImageId == image.ImageId
                || (image.Digest is not null && container.Facts.ImageDigest == image.Digest)
            )
        )
        {
            throw new CannotPlanException(
                $"{service} runs {reference} ({PlanBench.Short(digest)}) already.{(reference.Contains('@', StringComparison.Ordinal) ? "" : " If its registry has a newer image under this tag, fetch it with image.pull first.")}"
            );
        }
        foreach (var gate in gates)
        {
            if (await gate.ObjectionAsync(request.Caller, request.Tenant, digest, cancellation) is { } objection)
            {
                throw new CannotPlanException($"The scan gate does not let {reference} run: {objection}");
            }
        }
        var grace = request.Parameters.GetProperty(StepVerbs.GraceSeconds).GetInt32();
        var before = await left.OfAsync(request, service, bench.Host(hostId).Name, digest, image.ImageId, cancellation);
        return bench.Draft(
            request,
            Kind,
            service,
            bench.Host(hostId),
            new PlanParts(all)
            {
                Along = along,
                AtLeast = before.Count > 0 ? Risk.High : Risk.Low,
                Changes =
                [
                    .. all.Select(container => new PlanChange(
                        $"image of {container.Facts.Name}",
                        $"{container.Facts.Image} ({PlanBench.Short(container.Facts.ImageDigest)})",
                        $"{reference} ({PlanBench.Short(digest)})"
                    )),
                    .. PlanBench.ChangesOf(along),
                ],
                Steps =
                [
                    .. image.ImageId is null
                        ?
                        [
                            PlanBench.Step(
                                StepVerbs.ImagePull,
                                image.Digest!,
                                $"Pull {reference} ({PlanBench.Short(digest)})",
                                StepJson.Of(new PullArguments(Bare(image.Digest!)))
                            ),
                        ]
                        : Array.Empty<PlanStep>(),
                    .. all.Select(container =>
                        PlanBench.Step(
                            StepVerbs.ContainerRecreate,
                            container.Facts.Id,
                            $"Create {container.Facts.Name} anew from {ReleaseLabels.TagOf(reference, digest)}",
                            StepJson.Of(
                                new RecreateArguments(Image: image.ImageId ?? image.Digest, GraceSeconds: grace)
                            )
                        )
                    ),
                    .. PlanBench.StepsOf(along, grace),
                ],
                Untouched = bench.Untouched(
                    request.Tenant,
                    [.. all, .. along.All],
                    PlanBench.Volumes(all),
                    "environment, secrets, limits and labels",
                    "the Compose file: its next \"up\" brings the image back that is written there"
                ),
                Undo = new PlanUndo(
                    UndoKinds.Reverse,
                    "The former containers, which are kept until then, are put back under their names, and you are told."
                ),
                Notes =
                [
                    .. before,
                    .. image.ImageId is null
                        ? [$"{reference} is not on the host yet: it is pulled first."]
                        : Array.Empty<string>(),
                    .. bench.NotesOf(all, along),
                ],
            }
        );
    }

    private static string Bare(string digest) => digest[(digest.IndexOf('@', StringComparison.Ordinal) + 1)..];
}
