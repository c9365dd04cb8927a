using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Reporting;
using Sevensa.Dashboard.Runner.Snapshots;

namespace Sevensa.Dashboard.Runner;

/// <summary>What a host's actions are carried out with, put together once.</summary>
internal sealed class Workbench : IDisposable
{
    public Workbench(
        IDockerEngine engine,
        IDockerWorks works,
        StateFolder state,
        Journal journal,
        Verification verification,
        Ownership ownership,
        WorkbenchSettings settings,
        TimeProvider time,
        ILogger log,
        IHandedFiles? files = null,
        IReadOnlyList<IStepVerb>? more = null
    )
    {
        Specifications = SpecificationStore.Open(state);
        Reader = new SpecificationReader(works);
        Book = ReleaseBook.Open(state);
        Kept = new KeptImages(works, Book, settings.ReleasesKept, log);
        Snapshots = new SnapshotStore(settings.Snapshots, time, log);
        var maker = new ContainerMaker(works);
        var replacement = new Replacement(engine, works, maker, Specifications, verification, files);
        var door = new VolumeDoor(works);
        Verbs = new Verbs([
            Starting(new LifecycleVerb(StepVerbs.ContainerRestart, engine), files),
            new LifecycleVerb(StepVerbs.ContainerStop, engine),
            Starting(new LifecycleVerb(StepVerbs.ContainerStart, engine), files),
            new ResourcesVerb(works),
            new RecreateVerb(works, Reader, Specifications, maker, replacement, ownership),
            new HardenVerb(works, Reader, maker, replacement),
            new CreateVerb(engine, works, Reader, Specifications, maker, replacement, verification, ownership, files),
            new RemoveVerb(works, Reader, Specifications, replacement),
            new PullVerb(works, time),
            new PruneVerb(works, Kept),
            new NetworkVerb(StepVerbs.NetworkConnect, works, ownership),
            new NetworkVerb(StepVerbs.NetworkDisconnect, works, ownership),
            new SnapshotVerb(works, door, new VolumeOwner(works, ownership), Snapshots, time),
            new RestoreVerb(works, door, Snapshots),
            .. files is null ? [] : new[] { new UnexposeVerb(works, Reader, maker, replacement, files) },
            .. more ?? [],
        ]);
        Stock = new HostStock(works, ownership, Kept, Specifications, Snapshots);
    }

    public SpecificationStore Specifications { get; }

    public SpecificationReader Reader { get; }

    public ReleaseBook Book { get; }

    public KeptImages Kept { get; }

    public SnapshotStore Snapshots { get; }

    public Verbs Verbs { get; }

    public HostStock Stock { get; }

    public void Dispose() => Book.Dispose();

    private static IStepVerb Starting(IStepVerb verb, IFreshFiles? files) =>
        files is null ? verb : new FilesFirst(verb, files);
}

/// <param name="ReleasesKept">Of each service: their specifications and images stay.</param>
internal sealed record WorkbenchSettings(int ReleasesKept, SnapshotSettings Snapshots);
