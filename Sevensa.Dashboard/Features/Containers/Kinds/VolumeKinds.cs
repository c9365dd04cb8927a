using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>volume.snapshot</c></summary>
internal sealed class VolumeSnapshotKind(PlanBench bench) : IActionKind
{
    public string Name => StepVerbs.VolumeSnapshot;

    public string Title(string target) => $"Take a snapshot of {target}";

    public string Description =>
        "Copies a volume's content (the target: its name) into a compressed file on its host, with a checksum.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema { get; } = Schemas.Of(Schemas.Host);

    public string Undo => "None needed: the volume is only read.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var host = bench.HostOf(request);
        bench.Refuse(host.Id, [Name]);
        var resources = await bench.ResourcesAsync(host.Id, cancellation);
        var volume = VolumeTarget.Find(bench, resources, request, request.Target.Trim(), host.Name);
        var newest = resources.Snapshots.FirstOrDefault(snapshot => snapshot.Volume == volume.Name);
        return bench.Draft(
            request,
            Name,
            volume.Name,
            host,
            new PlanParts([])
            {
                Changes = [new PlanChange($"snapshots of {volume.Name} on {host.Name}", null, "one more")],
                Steps = [PlanBench.Step(Name, volume.Name, $"Copy {volume.Name} into a compressed file")],
                Untouched = ["the volume itself, which is only read", "every container, which goes on running"],
                Verification = new PlanVerification(VerificationKinds.None, 0, "the file's checksum"),
                Undo = PlanUndo.None("Nothing to undo: the volume is only read. A copy that fails is thrown away."),
                Notes =
                [
                    volume.UsedBy.Count > 0
                        ? $"{string.Join(", ", volume.UsedBy)} may write meanwhile: a database finds in it what it would find after a power cut. Stop it first for a clean copy."
                        : "Nothing uses it now, so the copy is clean.",
                    newest is null
                        ? "It has no snapshot yet."
                        : $"The newest one is of {VolumeTarget.At(newest)}, {Bytes.Text(newest.SizeBytes)}.",
                    $"Room for snapshots: {Bytes.Text(resources.SnapshotFreeBytes)}.",
                ],
            }
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        VolumeTarget.Gone(await bench.ResourcesAsync(plan.Executor.HostId!, cancellation), plan.Target);
}

/// <summary><c>volume.restore</c></summary>
internal sealed class VolumeRestore(PlanBench bench) : IActionKind
{
    public string Name => StepVerbs.VolumeRestore;

    public string Title(string target) => $"Restore {target}";

    public string TitleOf(ActionPlan plan)
    {
        var wanted = plan.Steps[0].Arguments?.Deserialize(StepJson.Default.RestoreArguments);
        return $"{Title(plan.Place())} from {wanted?.Snapshot} into {wanted?.Into}{(PlanBench.Yes(plan.Parameters, "use") ? " and use it" : "")}";
    }

    public IReadOnlyCollection<string> ToldInTitle => ["snapshot", "into", "use"];

    public string Description =>
        "Puts a snapshot (snapshot: its id; the newest when left out) of a volume (the target) into a new volume (into); with use: true the volume's containers are created anew on it. The old volume stays as it is.";

    public Risk Risk => Risk.Medium;

    /// <summary>Data of before in place of data of now.</summary>
    public Risk RiskOf(ActionPlan plan) => PlanBench.Yes(plan.Parameters, "use") ? Risk.High : Risk;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "snapshot": { "type": "string", "minLength": 1, "maxLength": 64, "description": "Id of the snapshot; the newest one when left out." },
            "into": { "type": "string", "minLength": 2, "maxLength": 200, "pattern": "^[a-zA-Z0-9][a-zA-Z0-9_.-]+$", "description": "Name of the new volume." },
            "use": { "type": "boolean", "default": false, "description": "Create the volume's containers anew on the restored one." },
            {{Schemas.Grace}},
            {{Schemas.Host}}
            """
        );

    public string Undo => "The new volume is removed; containers are put back on the old one.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var host = bench.HostOf(request);
        var use = PlanBench.Yes(request.Parameters, "use");
        bench.Refuse(host.Id, use ? [Name, StepVerbs.ContainerRecreate] : [Name]);
        var resources = await bench.ResourcesAsync(host.Id, cancellation);
        var volume = VolumeTarget.Find(bench, resources, request, request.Target.Trim(), host.Name);
        var snapshot = VolumeTarget.Snapshot(
            resources,
            volume.Name,
            PlanBench.Text(request.Parameters, "snapshot"),
            request.Tenant
        );
        var into = VolumeTarget.Into(resources, snapshot, PlanBench.Text(request.Parameters, "into"));
        var users = use
            ? bench.OfTenant(request.Tenant).Where(container => volume.UsedBy.Contains(container.Facts.Name)).ToList()
            : [];
        if (use && users.Count == 0)
        {
            throw new CannotPlanException(
                $"No container of {request.Tenant} uses {volume.Name}: restore it without use."
            );
        }
        if (users.Count > 0)
        {
            bench.Refuse(users, [StepVerbs.ContainerRecreate], own => $"docker compose up -d {own.Service}");
        }
        users = [.. NamespaceSharers.InOrder(users, container => container.Facts)];
        var along = bench.Along(request, users);
        var grace = request.Parameters.GetProperty(StepVerbs.GraceSeconds).GetInt32();
        return bench.Draft(
            request,
            Name,
            volume.Name,
            host,
            new PlanParts(users)
            {
                Along = along,
                Changes =
                [
                    new PlanChange($"volume {into}", null, $"{volume.Name} as of {VolumeTarget.At(snapshot)}"),
                    .. users.Select(container => new PlanChange($"data of {container.Facts.Name}", volume.Name, into)),
                    .. PlanBench.ChangesOf(along),
                ],
                Steps =
                [
                    PlanBench.Step(
                        Name,
                        volume.Name,
                        $"Put the snapshot of {VolumeTarget.At(snapshot)} into {into}",
                        StepJson.Of(new RestoreArguments(snapshot.Id, into))
                    ),
                    .. users.Select(container =>
                        PlanBench.Step(
                            StepVerbs.ContainerRecreate,
                            container.Facts.Id,
                            $"Create {container.Facts.Name} anew on {into}",
                            StepJson.Of(
                                new RecreateArguments(
                                    Volumes: new Dictionary<string, string> { [volume.Name] = into },
                                    GraceSeconds: grace
                                )
                            )
                        )
                    ),
                    .. PlanBench.StepsOf(along, grace),
                ],
                Untouched =
                [
                    $"the volume {volume.Name} itself, which stays as it is",
                    .. users.Count == 0 ? ["every container"] : Array.Empty<string>(),
                    "images, environment and secrets",
                ],
                Verification =
                    users.Count > 0 ? null : new PlanVerification(VerificationKinds.None, 0, "the snapshot's checksum"),
                Undo = new PlanUndo(
                    UndoKinds.Reverse,
                    users.Count > 0
                        ? "The former containers are put back on the old volume, the new one is removed, and you are told."
                        : "The new volume is removed, and you are told."
                ),
                Notes =
                    users.Count > 0
                        ?
                        [
                            $"What was written to {volume.Name} since {VolumeTarget.At(snapshot)} is not in {into}.",
                            .. bench.NotesOf(users, along),
                        ]
                        : [],
            }
        );
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var resources = await bench.ResourcesAsync(plan.Executor.HostId!, cancellation);
        var wanted = plan.Steps[0].Arguments?.Deserialize(StepJson.Default.RestoreArguments);
        return
        [
            .. VolumeTarget.Gone(resources, plan.Target),
            .. resources.Snapshots.All(snapshot => snapshot.Id != wanted?.Snapshot)
                ? ["the snapshot is gone"]
                : Array.Empty<string>(),
            .. resources.Volumes.Any(volume => volume.Name == wanted?.Into)
                ? [$"there is a volume {wanted!.Into} by now"]
                : Array.Empty<string>(),
            .. bench.Differences(plan),
        ];
    }
}

internal static class VolumeTarget
{
    /// <summary>A volume of the tenant's: its own, or one that only its containers use. Another's is not told apart from none.</summary>
    public static VolumeFacts Find(
        PlanBench bench,
        HostResources resources,
        PlanRequest request,
        string name,
        string host
    )
    {
        var own = Own(bench, resources, request.Tenant);
        return own.FirstOrDefault(volume => volume.Name == name)
            ?? throw new CannotPlanException(
                own.Count == 0
                    ? $"{request.Tenant} has no volume on {host}."
                    : $"{request.Tenant} has no volume \"{name}\" on {host}. It has {string.Join(", ", own.Select(volume => volume.Name))}."
            );
    }

    public static IReadOnlyList<VolumeFacts> Own(PlanBench bench, HostResources resources, string tenant)
    {
        var names = bench.OfTenant(tenant).Select(container => container.Facts.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. resources.Volumes.Where(volume =>
                volume.Tenant == tenant
                || (volume.Tenant is null && volume.UsedBy.Count > 0 && volume.UsedBy.All(names.Contains))
            ),
        ];
    }

    public static VolumeSnapshot Snapshot(HostResources resources, string volume, string? id, string tenant)
    {
        var all = resources
            .Snapshots.Where(snapshot => snapshot.Volume == volume && (snapshot.Tenant ?? tenant) == tenant)
            .ToList();
        return (id is null ? all.FirstOrDefault() : all.FirstOrDefault(snapshot => snapshot.Id == id))
            ?? throw new CannotPlanException(
                all.Count == 0
                    ? $"There is no snapshot of {volume}. Take one with volume.snapshot."
                    : $"{volume} has no snapshot \"{id}\". It has {string.Join(", ", all.Take(10).Select(snapshot => $"{snapshot.Id} ({At(snapshot)})"))}."
            );
    }

    /// <summary>The name of the new volume, which must be free.</summary>
    public static string Into(HostResources resources, VolumeSnapshot snapshot, string? asked)
    {
        var taken = resources.Volumes.Select(volume => volume.Name).ToHashSet(StringComparer.Ordinal);
        if (asked is not null)
        {
            return taken.Contains(asked)
                ? throw new CannotPlanException($"There is a volume {asked} already. A snapshot goes into a new one.")
                : asked;
        }
        var name = FormattableString.Invariant(
            $"{snapshot.Volume}-{DateTimeOffset.FromUnixTimeMilliseconds(snapshot.TakenAtUnixMs):yyyyMMdd-HHmm}"
        );
        return Enumerable
            .Range(1, 1000)
            .Select(n => n == 1 ? name : $"{name}-{n}")
            .First(free => !taken.Contains(free));
    }

    public static IReadOnlyList<string> Gone(HostResources resources, string volume) =>
        resources.Volumes.Any(found => found.Name == volume) ? [] : [$"the volume {volume} is gone"];

    public static string At(VolumeSnapshot snapshot) =>
        DateTimeOffset
            .FromUnixTimeMilliseconds(snapshot.TakenAtUnixMs)
            .ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
