using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Snapshots;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>
/// A container that is never started and holds one volume: Docker's archive API reads and writes files of containers only.
/// </summary>
internal sealed class VolumeDoor(IDockerWorks works)
{
    /// <summary>Nothing in any image lies there, so that Docker copies nothing into an empty volume.</summary>
    public const string Path = "/sevensa-volume";

    public async Task<T> OpenAsync<T>(
        StepWork work,
        string volume,
        bool readOnly,
        Func<string, Task<T>> use,
        CancellationToken cancellation
    )
    {
        var name = SetAside.NewPrefix + work.Mark;
        var image = await ImageAsync(volume, cancellation);
        var id = await works.CreateAsync(
            name,
            new JsonObject
            {
                ["Image"] = image,
                // It is never started; Docker wants a command all the same.
                ["Entrypoint"] = new JsonArray("/never"),
                ["NetworkDisabled"] = true,
                ["HostConfig"] = new JsonObject
                {
                    ["NetworkMode"] = "none",
                    ["Mounts"] = new JsonArray(
                        new JsonObject
                        {
                            ["Type"] = "volume",
                            ["Source"] = volume,
                            ["Target"] = Path,
                            ["ReadOnly"] = readOnly,
                            ["VolumeOptions"] = new JsonObject { ["NoCopy"] = true },
                        }
                    ),
                },
            },
            cancellation
        );
        try
        {
            return await use(id);
        }
        finally
        {
            await CloseAsync(work, CancellationToken.None);
        }
    }

    /// <summary>Also after a death in the middle.</summary>
    public Task CloseAsync(StepWork work, CancellationToken cancellation) =>
        works.RemoveAsync(SetAside.NewPrefix + work.Mark, withAnonymousVolumes: true, cancellation);

    /// <summary>Any image will do; that of a container which uses the volume is there for sure.</summary>
    private async Task<string> ImageAsync(string volume, CancellationToken cancellation)
    {
        var containers = await works.ListAsync(cancellation);
        foreach (var container in containers.OrderByDescending(container => Uses(container, volume)))
        {
            if (await works.ImageAsync(Text(container["ImageID"]), cancellation) is not null)
            {
                return Text(container["ImageID"]);
            }
        }
        var images = await works.ImagesAsync(cancellation);
        return images.Count > 0
            ? Text(images[0]["Id"])
            : throw new StepException(
                "imageMissing",
                "There is no image on this host, and Docker reads volumes through a container only. Pull any image first."
            );
    }

    public static bool Uses(JsonObject container, string volume) =>
        (container["Mounts"] as JsonArray ?? []).Any(mount => Text(mount?["Name"]) == volume);
}

/// <summary>Whose a volume is: by its labels, else by the containers that use it.</summary>
internal sealed class VolumeOwner(IDockerWorks works, Ownership ownership)
{
    public async Task<Refusal?> CheckAsync(string volume, string tenant, CancellationToken cancellation)
    {
        if (await works.VolumeAsync(volume, cancellation) is not { } known)
        {
            return new Refusal("volumeMissing", $"There is no volume {volume} on this host.");
        }
        var containers = await works.ListAsync(cancellation);
        return Of(known, containers, ownership) == tenant
            ? null
            : new Refusal("wrongTenant", $"The volume {volume} does not belong to {tenant} on this host.");
    }

    /// <summary>Null when nobody's, or of several.</summary>
    public static string? Of(JsonObject volume, IReadOnlyList<JsonObject> containers, Ownership ownership)
    {
        if (ownership.TenantOf(NetworkVerb.Labels(volume)) is { } labelled)
        {
            return labelled;
        }
        var users = containers
            .Where(container => VolumeDoor.Uses(container, Text(volume["Name"])))
            .Select(container => ownership.TenantOf(NetworkVerb.Labels(container)))
            .Distinct()
            .ToList();
        return users.Count == 1 ? users[0] : null;
    }
}

/// <summary><c>volume.snapshot</c></summary>
internal sealed class SnapshotVerb(
    IDockerWorks works,
    VolumeDoor door,
    VolumeOwner owner,
    SnapshotStore snapshots,
    TimeProvider time
) : IStepVerb
{
    private const string Snapshot = "snapshot";

    public string Verb => StepVerbs.VolumeSnapshot;

    public async ValueTask<Refusal?> CheckAsync(
        Examination examination,
        PlanStep step,
        CancellationToken cancellation
    ) => await owner.CheckAsync(step.On, examination.Action.Plan.Tenant, cancellation);

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        if (snapshots.FreeBytes <= 0)
        {
            throw new StepException(
                "noRoom",
                "There is no room for a snapshot: the disk has no more than its reserve left. Make room, or name another folder with Runner:SnapshotFolder."
            );
        }
        var id = $"{time.GetUtcNow():yyyyMMdd-HHmmss}-{work.Mark}";
        work.Note("begun", (Snapshot, id));
        var made = await door.OpenAsync(
            work,
            work.Step.On,
            readOnly: true,
            async container =>
            {
                VolumeSnapshot? made = null;
                await works.ReadFilesAsync(
                    container,
                    VolumeDoor.Path,
                    async tar =>
                        made = await snapshots.KeepAsync(
                            id,
                            work.Step.On,
                            work.Plan.Tenant,
                            work.Plan.ProposalId,
                            tar,
                            bytes => work.Progress($"{bytes >> 20} MiB read"),
                            cancellation
                        ),
                    cancellation
                );
                return made!;
            },
            cancellation
        );
        snapshots.Prune();
        return $"snapshot {made.Id}, {Math.Max(1, made.SizeBytes >> 10)} KiB compressed, SHA-256 {made.Sha256[..12]}…";
    }

    /// <summary>A whole snapshot does no harm and is kept; half of one is of no use.</summary>
    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        await door.CloseAsync(work, cancellation);
        if (work.Phase != "done" && work[Snapshot] is { } id && snapshots.Find(id) is null)
        {
            snapshots.Discard(id);
        }
        return null;
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary><c>volume.restore</c></summary>
internal sealed partial class RestoreVerb(IDockerWorks works, VolumeDoor door, SnapshotStore snapshots) : IStepVerb
{
    private const string Volume = "volume";
    private const string Made = "made";

    public string Verb => StepVerbs.VolumeRestore;

    public async ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (!StepArguments.TryRead(step, StepJson.Default.RestoreArguments, out var asked, out var refusal))
        {
            return refusal;
        }
        if (snapshots.Find(asked.Snapshot) is not { } snapshot || snapshot.Volume != step.On)
        {
            return new Refusal(
                "unknownSnapshot",
                $"There is no snapshot {asked.Snapshot} of {step.On} on this host (any more)."
            );
        }
        if (snapshot.Tenant != examination.Action.Plan.Tenant)
        {
            return new Refusal(
                "wrongTenant",
                $"The snapshot {asked.Snapshot} does not belong to {examination.Action.Plan.Tenant} on this host."
            );
        }
        if (!VolumeName().IsMatch(asked.Into))
        {
            return new Refusal("unknownStep", $"\"{asked.Into}\" can't be a volume's name.");
        }
        return await works.VolumeAsync(asked.Into, cancellation) is null
            ? null
            : new Refusal(
                "nameTaken",
                $"There is a volume {asked.Into} already. A snapshot is restored into a new one only."
            );
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var asked = work.Arguments(StepJson.Default.RestoreArguments);
        var snapshot =
            snapshots.Find(asked.Snapshot)
            ?? throw new StepException("unknownSnapshot", $"The snapshot {asked.Snapshot} is not there any more.");
        await using var tar = await snapshots.OpenAsync(snapshot, cancellation);
        if (await works.VolumeAsync(asked.Into, cancellation) is not null)
        {
            throw new StepException("nameTaken", $"There is a volume {asked.Into} already.");
        }
        work.Note("begun", (Volume, asked.Into), (Made, "yes"));
        await works.CreateVolumeAsync(
            asked.Into,
            new Dictionary<string, string> { [Ownership.TenantLabel] = work.Plan.Tenant },
            cancellation
        );
        await door.OpenAsync(
            work,
            asked.Into,
            readOnly: false,
            async container =>
            {
                // Docker takes a compressed tar as it is.
                await works.WriteFilesAsync(container, "/", tar, cancellation);
                return true;
            },
            cancellation
        );
        return $"{asked.Into} holds what {work.Step.On} held at {DateTimeOffset.FromUnixTimeMilliseconds(snapshot.TakenAtUnixMs):u}";
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        await door.CloseAsync(work, cancellation);
        if (work[Volume] is not { } volume || work[Made] is null)
        {
            return null;
        }
        await works.RemoveVolumeAsync(volume, cancellation);
        return $"the volume {volume} was removed again";
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,200}$", RegexOptions.CultureInvariant)]
    private static partial Regex VolumeName();
}
