using System.Globalization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>A snapshot that is put into a new volume, and the containers that are to use it.</summary>
internal sealed record RestoredVolume(VolumeSnapshot Snapshot, string Into, IReadOnlyList<string> UsedBy);

/// <summary>Writes the plan of a rollback once it is known what goes back to what.</summary>
internal sealed class RollbackSteps(
    PlanBench bench,
    LeftReleases left,
    IEnumerable<ITrafficGauge> gauges,
    ITenantScopes scopes
)
{
    public IReadOnlyList<RestoredVolume> Restored(
        PlanRequest request,
        RollbackChoices choices,
        HostResources resources,
        IReadOnlyList<HostedContainer> ofTenant
    )
    {
        var own = VolumeTarget.Own(bench, resources, request.Tenant);
        var restored = new List<RestoredVolume>();
        foreach (var id in choices.Snapshots)
        {
            var snapshot =
                resources.Snapshots.FirstOrDefault(found =>
                    found.Id == id && own.Any(volume => volume.Name == found.Volume)
                ) ?? throw new CannotPlanException($"{request.Tenant} has no snapshot \"{id}\" there.");
            var users = own.First(volume => volume.Name == snapshot.Volume)
                .UsedBy.Where(name => ofTenant.Any(container => container.Facts.Name == name))
                .ToList();
            if (users.Count == 0)
            {
                throw new CannotPlanException(
                    $"No container uses {snapshot.Volume} now. Restore it by itself with volume.restore."
                );
            }
            restored.Add(new RestoredVolume(snapshot, VolumeTarget.Into(resources, snapshot, null), users));
        }
        return restored;
    }

    public async Task<PlanDraft> PlanAsync(
        PlanRequest request,
        string kind,
        string target,
        DockerHost host,
        TenantThen then,
        RollbackChoices choices,
        IReadOnlyList<RollbackService> services,
        IReadOnlyList<RestoredVolume> restored,
        HostResources resources,
        CancellationToken cancellation
    )
    {
        var steps = new List<PlanStep>();
        var changes = new List<PlanChange>();
        foreach (var volume in restored)
        {
            bench.Refuse(host.Id, [StepVerbs.VolumeRestore]);
            changes.Add(
                new PlanChange(
                    $"volume {volume.Into}",
                    null,
                    $"{volume.Snapshot.Volume} as of {VolumeTarget.At(volume.Snapshot)}"
                )
            );
            steps.Add(
                PlanBench.Step(
                    StepVerbs.VolumeRestore,
                    volume.Snapshot.Volume,
                    $"Put the snapshot of {VolumeTarget.At(volume.Snapshot)} into {volume.Into}",
                    StepJson.Of(new RestoreArguments(volume.Snapshot.Id, volume.Into))
                )
            );
        }
        var pulls = new List<PlanStep>();
        foreach (var service in services)
        {
            var image = await ImageAsync(host.Id, service, choices, resources, pulls, cancellation);
            changes.AddRange(Changes(service, choices));
            steps.AddRange(Steps(service, choices, image));
        }
        var touched = services.SelectMany(service => service.Now).ToList();
        var along = bench.Along(request, touched);
        changes.AddRange(PlanBench.ChangesOf(along));
        steps.AddRange(PlanBench.StepsOf(along, choices.Grace));
        var against = new List<string>();
        foreach (var service in services.Where(one => choices.Code && one.Then.Release != one.Current?.Release))
        {
            var back = service.Then.Release;
            against.AddRange(
                await left.OfAsync(request, service.Service, host.Name, back.ImageDigest, back.ImageId, cancellation)
            );
        }
        return bench.Draft(
            request,
            kind,
            target,
            host,
            new PlanParts(touched)
            {
                Along = along,
                AtLeast = against.Count > 0 ? Risk.High : Risk.Low,
                Changes = changes,
                Steps = [.. pulls, .. steps],
                Untouched = bench.Untouched(
                    request.Tenant,
                    [.. touched, .. along.All],
                    [.. Left(choices, touched, restored, then, services)]
                ),
                Undo = new PlanUndo(UndoKinds.Reverse, $"{RollbackSchema.Undo} You are told."),
                Verification = PlanBench.Up([.. touched, .. along.Containers]),
                Blast = await BlastAsync(request.Tenant, services, cancellation),
                Notes =
                [
                    .. against,
                    .. Notes(request.Tenant, then, choices, services, touched, restored, resources),
                    .. bench.NotesOf(touched, along),
                ],
            }
        );
    }

    /// <summary>The image id to create from: what the host has under the release's id or digest, pulled first when it has it no more.</summary>
    private async Task<string?> ImageAsync(
        string hostId,
        RollbackService service,
        RollbackChoices choices,
        HostResources resources,
        List<PlanStep> pulls,
        CancellationToken cancellation
    )
    {
        var then = service.Then.Release;
        if (service.Now.Count > 0 && (!choices.Code || then.ImageDigest == service.Current?.Release.ImageDigest))
        {
            return choices.Configuration ? service.Now[0].Facts.ImageId : null;
        }
        if (
            resources.Images.FirstOrDefault(image =>
                image.Id == then.ImageId || image.Digests.Contains(then.ImageDigest, StringComparer.Ordinal)
            ) is
            { } there
        )
        {
            return there.Id;
        }
        var found = await bench.ResolveAsync(
            hostId,
            then.ImageDigest.Contains('@', StringComparison.Ordinal) ? then.ImageDigest : then.Image,
            cancellation
        );
        if (found.ImageId is not null)
        {
            return found.ImageId;
        }
        if (!then.ImageDigest.Contains('@', StringComparison.Ordinal))
        {
            throw new CannotPlanException(
                $"{service.Service} {then.Tag} was built on the host, and its image ({PlanBench.Short(then.ImageDigest)}) is not there any more: there is nothing to bring back."
            );
        }
        bench.Refuse(hostId, [StepVerbs.ImagePull]);
        pulls.Add(
            PlanBench.Step(
                StepVerbs.ImagePull,
                then.ImageDigest,
                $"Pull {then.Image} ({PlanBench.Short(then.ImageDigest)})",
                StepJson.Of(
                    new PullArguments(then.ImageDigest[(then.ImageDigest.IndexOf('@', StringComparison.Ordinal) + 1)..])
                )
            )
        );
        return then.ImageDigest;
    }

    private static IEnumerable<PlanStep> Steps(RollbackService service, RollbackChoices choices, string? image)
    {
        var then = service.Then.Release;
        if (choices.Configuration && !then.Recorded && then != service.Current?.Release)
        {
            throw new CannotPlanException(
                $"{service.Service} {then.Tag} is known by its image only, from before its runner recorded specifications: its configuration can't be brought back. Choose code alone."
            );
        }
        if (service.Now.Count == 0)
        {
            return then.Containers.Select(container =>
                PlanBench.Step(
                    StepVerbs.ContainerCreate,
                    container.Specification,
                    $"Create {container.Name} anew as it was ({then.Tag})",
                    StepJson.Of(new CreateArguments(Specification: container.Specification, Image: image))
                )
            );
        }
        return service.Now.Select(
            (container, index) =>
            {
                var like =
                    then.Containers.FirstOrDefault(one => one.Name == container.Facts.Name)
                    ?? then.Containers[Math.Min(index, then.Containers.Count - 1)];
                return PlanBench.Step(
                    StepVerbs.ContainerRecreate,
                    container.Facts.Id,
                    $"Create {container.Facts.Name} anew{(choices.Code ? $" from {then.Tag}" : "")}{(choices.Configuration ? ", configured as it was" : "")}",
                    StepJson.Of(
                        new RecreateArguments(
                            choices.Configuration && like.Specification.Length > 0 ? like.Specification : null,
                            image,
                            service.Volumes.Count > 0 ? service.Volumes : null,
                            GraceSeconds: choices.Grace
                        )
                    )
                );
            }
        );
    }

    private static IEnumerable<PlanChange> Changes(RollbackService service, RollbackChoices choices)
    {
        var (now, then) = (service.Current?.Release, service.Then.Release);
        if (now is null || service.Now.Count == 0)
        {
            yield return new PlanChange(
                $"service {service.Service}",
                "gone",
                $"{then.Tag} ({PlanBench.Short(then.ImageDigest)}), release {then.Id}"
            );
            yield break;
        }
        if (choices.Code && now.ImageDigest != then.ImageDigest)
        {
            yield return new PlanChange(
                $"code of {service.Service}",
                $"{now.Tag} ({PlanBench.Short(now.ImageDigest)}), release {now.Id}",
                $"{then.Tag} ({PlanBench.Short(then.ImageDigest)}), release {then.Id}"
            );
        }
        if (choices.Configuration)
        {
            foreach (var one in RollbackChoices.ConfigurationOf(now, then))
            {
                yield return new PlanChange(
                    $"{one.Part} {one.Name} of {service.Service}",
                    one.Before,
                    one.Hidden && one.After is not null ? "as it was (value stays on the host)" : one.After
                );
            }
        }
        foreach (var (old, into) in service.Volumes)
        {
            yield return new PlanChange($"data of {service.Service}", old, into);
        }
    }

    private static IEnumerable<string> Left(
        RollbackChoices choices,
        IReadOnlyList<HostedContainer> touched,
        IReadOnlyList<RestoredVolume> restored,
        TenantThen then,
        IReadOnlyList<RollbackService> services
    )
    {
        yield return restored.Count > 0
            ? $"the present volumes {string.Join(", ", restored.Select(volume => volume.Snapshot.Volume))}, which stay as they are"
            : $"{PlanBench.Volumes(touched)}: it stays as it is";
        if (!choices.Configuration)
        {
            yield return "configuration, environment and secrets' versions: they stay as they are";
        }
        if (!choices.Code)
        {
            yield return "code: the images stay as they are";
        }
        var same = then
            .Services.Where(one => one.Found.Chosen is not null && services.All(back => back.Service != one.Service))
            .Select(one => $"{one.Service} ({one.Found.Chosen!.Release.Tag} then and now)")
            .ToList();
        if (same.Count > 0)
        {
            yield return string.Join(", ", same);
        }
        var younger = then
            .Services.Where(one => one.Found.Chosen is null && one.Current is not null)
            .Select(one => one.Service)
            .ToList();
        if (younger.Count > 0)
        {
            yield return $"{string.Join(", ", younger)}, of which nothing is known for then";
        }
        yield return "the Compose files: their next \"up\" brings back what is written there";
    }

    /// <summary>What the words were taken for, with the neighbours, so that a person can see whether it is meant.</summary>
    private IEnumerable<string> Notes(
        string tenant,
        TenantThen then,
        RollbackChoices choices,
        IReadOnlyList<RollbackService> services,
        IReadOnlyList<HostedContainer> touched,
        IReadOnlyList<RestoredVolume> restored,
        HostResources resources
    )
    {
        yield return $"\"{then.Moment.Said}\" is taken for {then.Words}.{(then.Note is { } note ? $" {note}" : "")}";
        foreach (var service in services.Where(one => one.Then == one.Found.Chosen))
        {
            var around = new[]
            {
                service.Found.Before is { } before ? $"before it {before.Release.Tag} (from {At(before.From)})" : null,
                service.Found.After is { } after ? $"after it {after.Release.Tag} (from {At(after.From)})" : null,
            }.OfType<string>();
            yield return $"{service.Service} {service.Then.Release.Tag} (from {At(service.Then.From)}): {string.Join("; ", around.Prepend(service.Found.Why))}.";
        }
        foreach (var service in services.Where(one => one.Current is not null && !choices.Configuration))
        {
            var now = service.Current!.Release;
            if (
                now.Recorded
                && service.Then.Release.Recorded
                && RollbackChoices.ConfigurationOf(now, service.Then.Release) is { Count: > 0 } left
            )
            {
                yield return $"Its configuration was different then ({string.Join(", ", left.Take(5).Select(one => $"{one.Part} {one.Name}"))}{(left.Count > 5 ? "…" : "")}) and is left as it is now; choose configuration to bring it back too.";
            }
        }
        if (choices.AfterMigration == RollbackSchema.CodeOnly)
        {
            yield return "A release since then migrated the database, and who proposed this says that the older code can read it.";
        }
        foreach (var volume in restored)
        {
            yield return $"What was written to {volume.Snapshot.Volume} since {VolumeTarget.At(volume.Snapshot)} will not be in use; it stays in the old volume.";
        }
        if (restored.Count == 0)
        {
            var own = VolumeTarget.Own(bench, resources, tenant);
            foreach (
                var volume in own.Where(one => touched.Any(container => one.UsedBy.Contains(container.Facts.Name)))
            )
            {
                var newest = resources.Snapshots.FirstOrDefault(snapshot => snapshot.Volume == volume.Name);
                yield return newest is null
                    ? $"Data in {volume.Name} is not touched; there is no snapshot of it."
                    : $"Data in {volume.Name} is not touched; its newest snapshot is of {VolumeTarget.At(newest)} ({newest.Id}).";
            }
        }
    }

    private async Task<IReadOnlyList<PlanBlast>?> BlastAsync(
        string tenant,
        IReadOnlyList<RollbackService> services,
        CancellationToken cancellation
    )
    {
        if (services.Count < 2 || gauges.FirstOrDefault() is not { } gauge)
        {
            return null;
        }
        var scope = scopes.ForSystem(tenant);
        var blast = new List<PlanBlast>();
        foreach (var service in services)
        {
            blast.Add(
                new PlanBlast(
                    tenant,
                    service.Service,
                    await gauge.RequestsPerMinuteAsync(scope, service.Service, cancellation)
                )
            );
        }
        return blast;
    }

    private static string At(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
