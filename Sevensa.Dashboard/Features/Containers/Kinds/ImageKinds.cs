using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>image.pull</c></summary>
internal sealed class ImagePull(PlanBench bench) : IActionKind
{
    public string Name => StepVerbs.ImagePull;

    public string Title(string target) => $"Pull {target}";

    public string TitleOf(ActionPlan plan) =>
        $"{Title(plan.Target)} for {plan.Tenant}{(plan.Target.Contains('@', StringComparison.Ordinal) ? "" : $" ({plan.Changes[0].After})")} onto {plan.Executor.HostName}";

    public IReadOnlyCollection<string> ToldInTitle => ["host"];

    public string Description =>
        "Fetches an image (the target: repo:tag or repo@sha256:…) onto a host; nothing runs from it yet.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema { get; } = Schemas.Of(Schemas.Host);

    public string Undo => "None needed: an image that nothing runs from only takes room. image.prune takes it away.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var reference = request.Target.Trim();
        var host = bench.HostOf(request);
        bench.Refuse(host.Id, [Name]);
        var image = await bench.ResolveAsync(host.Id, reference, cancellation);
        if (image.ImageId is not null && reference.Contains('@', StringComparison.Ordinal))
        {
            throw new CannotPlanException($"{host.Name} has {reference} already ({PlanBench.Short(image.ImageId)}).");
        }
        if (image.Digest is null)
        {
            throw new CannotPlanException(
                $"The registry did not say what {reference} is now: {image.Trouble ?? "no digest."} Without that, what is approved could be something else than what is pulled."
            );
        }
        var digest = image.Digest[(image.Digest.IndexOf('@', StringComparison.Ordinal) + 1)..];
        return bench.Draft(
            request,
            Name,
            reference,
            host,
            new PlanParts([])
            {
                Changes =
                [
                    new PlanChange(
                        $"image {reference} on {host.Name}",
                        image.ImageId is null ? "not there" : PlanBench.Short(image.ImageId),
                        PlanBench.Short(digest)
                    ),
                ],
                Steps = [PlanBench.Step(Name, reference, $"Pull {reference}", StepJson.Of(new PullArguments(digest)))],
                Untouched = ["every container", "volumes, networks and ports", "images that releases need"],
                Verification = new PlanVerification(
                    VerificationKinds.None,
                    0,
                    $"that what came is {PlanBench.Short(digest)}"
                ),
                Undo = PlanUndo.None("Nothing to undo: an image that nothing runs from only takes room."),
            }
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var now = await bench.ResolveAsync(plan.Executor.HostId!, plan.Target, cancellation);
        var planned = plan.Steps[0].Arguments?.Deserialize(StepJson.Default.PullArguments)?.Digest;
        return now.Digest is null || planned is null || now.Digest.EndsWith(planned, StringComparison.Ordinal)
            ? []
            : [$"{plan.Target} is {PlanBench.Short(now.Digest)} now and was {PlanBench.Short(planned)}"];
    }
}

/// <summary><c>image.prune</c></summary>
internal sealed class ImagePrune(PlanBench bench, ReleaseBook book) : IActionKind
{
    private const string Everything = "unused";

    public string Name => StepVerbs.ImagePrune;

    public string Title(string target) => target == Everything ? "Remove unused images" : $"Remove the image {target}";

    public string TitleOf(ActionPlan plan) =>
        plan.Target == Everything
            ? $"Remove {plan.Steps.Count} unused image{(plan.Steps.Count == 1 ? "" : "s")} of {plan.Tenant} from {plan.Executor.HostName}: {Some(plan)}"
            : $"{Title(plan.Target)} of {plan.Tenant} from {plan.Executor.HostName}";

    private static string Some(ActionPlan plan)
    {
        const int shown = 3;
        var names = string.Join(", ", plan.Steps.Take(shown).Select(step => PlanBench.Short(step.On)));
        return plan.Steps.Count > shown ? $"{names}…" : names;
    }

    public IReadOnlyCollection<string> ToldInTitle => ["host"];

    public string Description =>
        "Removes images that no container uses and no release needs: one (the target: repo:tag or id) or all of the tenant's (the target \"unused\").";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schemas.Of(Schemas.Host);

    public string Undo => "Can't be undone; an image that its registry still has can be pulled again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var host = bench.HostOf(request);
        bench.Refuse(host.Id, [Name]);
        var resources = await bench.ResourcesAsync(host.Id, cancellation);
        var own = await OwnAsync(request, resources, cancellation);
        var target = request.Target.Trim();
        var meant = target is Everything or "all"
            ? own.Where(image => Needed(image) is null).ToList()
            : [Named(own, target, request.Tenant, host.Name)];
        if (meant.Count == 0)
        {
            throw new CannotPlanException(
                $"{host.Name} has no image of {request.Tenant} that could go: containers use, or releases need, all {own.Count}."
            );
        }
        return bench.Draft(
            request,
            Name,
            target is Everything or "all" ? Everything : Called(meant[0]),
            host,
            new PlanParts([])
            {
                Changes =
                [
                    .. meant.Select(image => new PlanChange(
                        $"image {Called(image)}",
                        Bytes.Text(image.SizeBytes),
                        "removed"
                    )),
                ],
                Steps = [.. meant.Select(image => PlanBench.Step(Name, image.Id, $"Remove {Called(image)}"))],
                Untouched =
                [
                    "every container",
                    "images that containers use or releases need: "
                        + string.Join(", ", own.Except(meant).Select(Called).DefaultIfEmpty("none")),
                    "volumes",
                ],
                Verification = new PlanVerification(VerificationKinds.None, 0, "Docker's answer for each"),
                Undo = PlanUndo.None("It can't be undone; what a registry still has can be pulled again."),
            }
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var now = (await bench.ResourcesAsync(plan.Executor.HostId!, cancellation)).Images.ToDictionary(image =>
            image.Id
        );
        return
        [
            .. plan
                .Steps.Select(step =>
                    now.GetValueOrDefault(step.On) is not { } image ? $"{PlanBench.Short(step.On)} is gone"
                    : Needed(image) is { } why ? $"{Called(image)} is needed now: {why}"
                    : null
                )
                .OfType<string>(),
        ];
    }

    /// <summary>Images of the repositories that the tenant runs or ran; everything for who has every tenant.</summary>
    private async Task<IReadOnlyList<ImageFacts>> OwnAsync(
        PlanRequest request,
        HostResources resources,
        CancellationToken cancellation
    )
    {
        if (request.Caller.Tenants.IsAll)
        {
            return resources.Images;
        }
        var timelines = await book.TimelinesAsync(request.Tenant, cancellation);
        var repositories = timelines
            .SelectMany(timeline => timeline.All)
            .SelectMany(live => live.Release.Containers.Select(container => container.Image))
            .Concat(bench.OfTenant(request.Tenant).Select(container => container.Facts.Image))
            .Select(RepositoryOf)
            .Where(repository => repository.Length > 0)
            .ToHashSet(StringComparer.Ordinal);
        return
        [
            .. resources.Images.Where(image =>
                image.Tags.Concat(image.Digests).Any(name => repositories.Contains(RepositoryOf(name)))
            ),
        ];
    }

    private static ImageFacts Named(IReadOnlyList<ImageFacts> own, string target, string tenant, string host)
    {
        var image =
            own.FirstOrDefault(image =>
                image.Tags.Contains(target, StringComparer.Ordinal)
                || image.Digests.Contains(target, StringComparer.Ordinal)
                || image.Id == target
                || (target.Length >= 12 && image.Id.StartsWith("sha256:" + target, StringComparison.Ordinal))
            ) ?? throw new CannotPlanException($"{host} has no image \"{target}\" of {tenant}.");
        return Needed(image) is { } why ? throw new CannotPlanException($"{Called(image)} can't go: {why}.") : image;
    }

    private static string? Needed(ImageFacts image) =>
        image.UsedBy.Count > 0 ? $"{string.Join(", ", image.UsedBy)} use it"
        : image.NeededBy.Count > 0 ? $"a rollback of {string.Join(", ", image.NeededBy)} needs it"
        : null;

    private static string Called(ImageFacts image) =>
        image.Tags.Count > 0 ? image.Tags[0]
        : image.Digests.Count > 0 ? $"{RepositoryOf(image.Digests[0])}@{PlanBench.Short(image.Digests[0])}"
        : PlanBench.Short(image.Id);

    private static string RepositoryOf(string name)
    {
        var bare = name.Split('@', 2)[0];
        var colon = bare.LastIndexOf(':');
        return colon > bare.LastIndexOf('/') ? bare[..colon] : bare;
    }
}
