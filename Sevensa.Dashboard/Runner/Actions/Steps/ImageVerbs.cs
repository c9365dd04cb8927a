using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary><c>image.pull</c></summary>
internal sealed class PullVerb(IDockerWorks works, TimeProvider time) : IStepVerb
{
    /// <summary>A pull tells hundreds of times a second; a reader needs it now and then.</summary>
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    public string Verb => StepVerbs.ImagePull;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        examination.Images.Add(step.On);
        return new(
            StepArguments.TryRead(step, StepJson.Default.PullArguments, out PullArguments _, out var refusal)
                ? null
                : refusal
        );
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var wanted = work.Arguments(StepJson.Default.PullArguments).Digest;
        var reference = work.Step.On;
        if (wanted is not null && !reference.Contains('@', StringComparison.Ordinal))
        {
            // A tag may move between the asking and the pulling: what was approved is the digest.
            reference = $"{DockerWorks.Split(reference).Repository}@{wanted}";
        }
        var told = time.GetTimestamp();
        work.Note("begun");
        await works.PullAsync(
            reference,
            status =>
            {
                if (time.GetElapsedTime(told) >= TellEvery)
                {
                    told = time.GetTimestamp();
                    work.Progress(status);
                }
            },
            cancellation
        );
        var image =
            await works.ImageAsync(reference, cancellation)
            ?? throw new StepException("imageMissing", $"{reference} was pulled, and is not on the host now.");
        if (!work.Step.On.Contains('@', StringComparison.Ordinal) && wanted is not null)
        {
            var (repository, tag) = DockerWorks.Split(work.Step.On);
            await works.TagAsync(Text(image["Id"]), repository, tag, cancellation);
        }
        work.Note("done");
        return $"{reference} is here: {Text(image["Id"])}";
    }

    /// <summary>An image that is there does no harm.</summary>
    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary><c>image.prune</c></summary>
internal sealed class PruneVerb(IDockerWorks works, KeptImages kept) : IStepVerb
{
    public string Verb => StepVerbs.ImagePrune;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        new(
            kept.NeededBy(step.On) is { Count: > 0 } needs
                ? new Refusal(
                    "imageNeeded",
                    $"{step.On} is needed to roll back {string.Join(", ", needs)}. It is not removed."
                )
                : null
        );

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        if (await works.ImageAsync(work.Step.On, cancellation) is not { } image)
        {
            return "was gone already";
        }
        var id = Text(image["Id"]);
        if (kept.NeededBy(id) is { Count: > 0 } needs)
        {
            throw new StepException(
                "imageNeeded",
                $"{work.Step.On} is needed to roll back {string.Join(", ", needs)}. It is not removed."
            );
        }
        foreach (var container in await works.ListAsync(cancellation))
        {
            if (Text(container["ImageID"]) == id)
            {
                throw new StepException(
                    "imageNeeded",
                    $"{work.Step.On} is used by the container {EngineText.Texts(container["Names"]).FirstOrDefault()?.TrimStart('/')}. It is not removed."
                );
            }
        }
        work.Note("begun");
        // By its tags, so that Docker takes each off and the image with the last; by force it would also take it from others.
        var tags = EngineText.Texts(image["RepoTags"]).ToList();
        foreach (var tag in tags)
        {
            await works.RemoveImageAsync(tag, cancellation);
        }
        await works.RemoveImageAsync(id, cancellation);
        work.Note("done");
        return tags.Count == 0 ? "removed" : $"removed, with {string.Join(", ", tags)}";
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) => Task.FromResult<string?>(null);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;
}
