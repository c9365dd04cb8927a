using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>How long is waited for a container to come up, unless the step says otherwise.</summary>
internal static class Patience
{
    public const int WithinSeconds = 60;
    public const int SteadySeconds = 5;
    private const int Most = 3600;

    public static int Within(int? asked) => Math.Clamp(asked ?? WithinSeconds, 1, Most);

    public static int Steady(int? asked) => Math.Clamp(asked ?? SteadySeconds, 0, Most);
}

/// <summary><c>container.recreate</c></summary>
internal sealed class RecreateVerb(
    IDockerWorks works,
    SpecificationReader reader,
    SpecificationStore specifications,
    ContainerMaker maker,
    Replacement replacement,
    Ownership ownership
) : IStepVerb
{
    public string Verb => StepVerbs.ContainerRecreate;

    public async ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (!StepArguments.TryRead(step, StepJson.Default.RecreateArguments, out var arguments, out var refusal))
        {
            return refusal;
        }
        await SpecificationOf.NameImageAsync(works, examination, arguments.Image, cancellation);
        return SpecificationOf.Refusal(specifications, ownership, examination, arguments.Specification);
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(StepJson.Default.RecreateArguments);
        var inspect =
            await works.DescribeAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container is not there any more.");
        var own = Neighbours.Renamed(work, await reader.OfAsync(inspect, cancellation));
        await Neighbours.RefuseWhileSharedAsync(works, work, inspect, cancellation);
        var target = SpecificationOf.Find(specifications, arguments.Specification) ?? own;
        var image = await maker.ImageAsync(target, arguments.Image, cancellation);
        var volumes = Volumes(own, target, arguments.Volumes);
        await maker.CheckAsync(target, volumes, cancellation);
        return await replacement.PutAsync(
            work,
            inspect,
            own,
            target,
            image,
            new Differently(Volumes: volumes, Labels: arguments.Labels),
            (
                LifecycleVerb.Grace(work.Step),
                Patience.Within(arguments.WithinSeconds),
                Patience.Steady(arguments.SteadySeconds)
            ),
            arguments.KeepStopped == true,
            cancellation
        );
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) =>
        replacement.TakeBackAsync(work, cancellation);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) =>
        replacement.RemoveOldAsync(work, cancellation);

    /// <summary>
    /// Data stays where it is unless the step says otherwise: what nobody named keeps the volume it has now, not the one it had
    /// when it was recorded.
    /// </summary>
    private static Dictionary<string, string> Volumes(
        Specification own,
        Specification target,
        IReadOnlyDictionary<string, string>? asked
    )
    {
        var volumes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (destination, recorded) in target.AnonymousVolumes)
        {
            if (own.AnonymousVolumes.TryGetValue(destination, out var present) && present != recorded)
            {
                volumes[recorded] = present;
            }
        }
        foreach (var (old, fresh) in asked ?? new Dictionary<string, string>())
        {
            volumes[old] = fresh;
        }
        return volumes;
    }
}

/// <summary><c>container.create</c></summary>
internal sealed class CreateVerb(
    IDockerEngine engine,
    IDockerWorks works,
    SpecificationReader reader,
    SpecificationStore specifications,
    ContainerMaker maker,
    Replacement replacement,
    Verification verification,
    Ownership ownership,
    IFreshFiles? files
) : IStepVerb
{
    private const string Name = "name";

    public string Verb => StepVerbs.ContainerCreate;

    public async ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (!StepArguments.TryRead(step, StepJson.Default.CreateArguments, out var arguments, out var refusal))
        {
            return refusal;
        }
        var sibling = Sibling(examination.Action.Plan, step);
        if (sibling && string.IsNullOrEmpty(arguments.Name))
        {
            return new Refusal("unknownStep", $"Step {step.Number} does not say how the new container is named.");
        }
        await SpecificationOf.NameImageAsync(works, examination, arguments.Image, cancellation);
        return SpecificationOf.Refusal(
            specifications,
            ownership,
            examination,
            sibling ? arguments.Specification : step.On
        );
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(StepJson.Default.CreateArguments);
        var sibling = Sibling(work.Plan, work.Step);
        var target =
            SpecificationOf.Find(specifications, sibling ? arguments.Specification : work.Step.On)
            ?? await reader.ReadAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container to make another like is not there any more.");
        var name = string.IsNullOrEmpty(arguments.Name) ? target.Name : arguments.Name;
        if (await works.DescribeAsync(name, cancellation) is { } taken)
        {
            throw new StepException(
                "nameTaken",
                $"There is a container {name} already ({Text(taken["Id"])[..12]}, {Text(taken["State"]?["Status"])}). Choose another name, or remove that one."
            );
        }
        var image = await maker.ImageAsync(target, arguments.Image, cancellation);
        await maker.CheckAsync(target, arguments.Volumes, cancellation);
        work.Note("creating", (Name, name));
        var id = await maker.MakeAsync(
            target,
            image,
            new Differently(Volumes: arguments.Volumes, Labels: arguments.Labels, Beside: sibling),
            SetAside.NewPrefix + work.Mark,
            cancellation
        );
        work.Note("created", (Replacement.NewId, id));
        if (files is not null)
        {
            await files.BringAsync(id, cancellation);
        }
        await works.RenameAsync(id, name, cancellation);
        work.Progress($"Starting {name} and waiting for it");
        await engine.StartAsync(id, cancellation);
        if (
            await verification.AwaitUpAsync(
                id,
                Patience.Within(arguments.WithinSeconds),
                Patience.Steady(arguments.SteadySeconds),
                cancellation
            ) is
            { } trouble
        )
        {
            throw new StepException("notUp", trouble);
        }
        work.Note("done");
        return $"created as {id[..12]}, running";
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        if (work[Name] is not { } name)
        {
            return null;
        }
        await replacement.RemoveNewAsync(work, name, null, cancellation);
        return $"{name} was removed again";
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    private static bool Sibling(ActionPlan plan, PlanStep step) =>
        plan.Containers.Any(container => container.Id == step.On);
}

/// <summary><c>container.remove</c></summary>
internal sealed class RemoveVerb(
    IDockerWorks works,
    SpecificationReader reader,
    SpecificationStore specifications,
    Replacement replacement
) : IStepVerb
{
    public string Verb => StepVerbs.ContainerRemove;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        new(
            StepArguments.TryRead(step, StepJson.Default.GraceArguments, out GraceArguments _, out var refusal)
                ? null
                : refusal
        );

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var inspect =
            await works.DescribeAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container is not there any more.");
        var own = await reader.OfAsync(inspect, cancellation);
        Replacement.NoteOld(work, inspect, specifications.Keep(own));
        await replacement.SetAsideAsync(
            work,
            Text(inspect["Id"]),
            Text(inspect["Name"]).TrimStart('/'),
            LifecycleVerb.Grace(work.Step),
            cancellation
        );
        work.Note("done");
        return "stopped; it is removed when everything has held";
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) =>
        replacement.TakeBackAsync(work, cancellation);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) =>
        replacement.RemoveOldAsync(work, cancellation);
}

/// <summary>Recorded specifications that steps name.</summary>
internal static class SpecificationOf
{
    /// <summary>Null when none is named.</summary>
    /// <exception cref="StepException"><c>unknownSpecification</c></exception>
    public static Specification? Find(SpecificationStore specifications, string? id) =>
        id is null ? null : specifications.Find(id) ?? throw new StepException("unknownSpecification", Words(id));

    /// <summary>It is kept here, belongs to the plan's tenant, and is not one of the product's own.</summary>
    public static Refusal? Refusal(
        SpecificationStore specifications,
        Ownership ownership,
        Examination examination,
        string? id
    )
    {
        if (id is null)
        {
            return null;
        }
        if (specifications.Find(id) is not { } known)
        {
            return new Refusal("unknownSpecification", Words(id));
        }
        if (OwnContainers.RoleOf(known.Labels) is { } role)
        {
            return new Refusal("ownContainer", OwnContainers.Words(known.Name, role));
        }
        var tenant = ownership.TenantOf(known.Labels);
        if (tenant != examination.Action.Plan.Tenant)
        {
            return new Refusal(
                "wrongTenant",
                $"{known.Name} does not belong to {examination.Action.Plan.Tenant} on this host."
            );
        }
        examination.Images.Add(known.Image);
        return null;
    }

    /// <summary>The image a step names beside the specification's, as the host's policy reads it: by a tag, when it has one here.</summary>
    public static async Task NameImageAsync(
        IDockerWorks works,
        Examination examination,
        string? image,
        CancellationToken cancellation
    )
    {
        if (image is not null)
        {
            var known = image.Contains('@', StringComparison.Ordinal)
                ? null
                : await works.ImageAsync(image, cancellation);
            examination.Images.Add(
                EngineText.Texts(known?["RepoTags"]).FirstOrDefault(tag => !KeptImages.IsOurs(tag)) ?? image
            );
        }
    }

    private static string Words(string id) =>
        $"The specification {id} is not kept on this host (any more): the runner keeps those of the last releases. Choose a later release.";
}
