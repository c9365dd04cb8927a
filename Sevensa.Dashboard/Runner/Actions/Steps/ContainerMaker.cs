using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>Makes a container from a specification, not started. What it stands on is looked at first, so that nothing is replaced by something empty.</summary>
internal sealed class ContainerMaker(IDockerWorks works)
{
    /// <summary>An image that is on the host.</summary>
    /// <param name="Reference">Means this image now, and says the most to a reader.</param>
    internal sealed record Found(string Id, string Reference);

    /// <param name="wanted">Id or <c>repo@sha256:…</c>; null for the specification's own.</param>
    /// <exception cref="StepException"><c>imageMissing</c></exception>
    public async Task<Found> ImageAsync(Specification specification, string? wanted, CancellationToken cancellation)
    {
        var named = wanted ?? specification.ImageId;
        var image =
            await works.ImageAsync(named, cancellation)
            ?? throw new StepException(
                "imageMissing",
                wanted is null
                    ? $"{specification.Image} ({named}) is not on this host any more. Pull it again first (image.pull), by its digest."
                    : $"{named} is not on this host. Pull it first (image.pull)."
            );
        var id = Text(image["Id"]);
        var candidates = new List<string>();
        if (wanted is null || id == specification.ImageId)
        {
            candidates.Add(specification.Image);
        }
        if (wanted is not null && !wanted.StartsWith("sha256:", StringComparison.Ordinal))
        {
            candidates.Add(wanted);
        }
        var repository = DockerWorks.Split(specification.Image).Repository;
        candidates.AddRange(
            Texts(image["RepoTags"])
                .Concat(Texts(image["RepoDigests"]))
                .Where(reference => DockerWorks.Split(reference).Repository == repository)
        );
        foreach (var candidate in candidates.Where(candidate => candidate.Length > 0))
        {
            if (candidate == id || Text((await works.ImageAsync(candidate, cancellation))?["Id"]) == id)
            {
                return new Found(id, candidate);
            }
        }
        return new Found(id, id);
    }

    /// <summary>Its networks and volumes are there, and whom it refers to.</summary>
    /// <exception cref="StepException"><c>networkMissing</c>, <c>volumeMissing</c> or <c>containerMissing</c></exception>
    public async Task CheckAsync(
        Specification specification,
        IReadOnlyDictionary<string, string>? volumes,
        CancellationToken cancellation
    )
    {
        foreach (var (network, _) in specification.Networks)
        {
            if (await works.NetworkAsync(network, cancellation) is null)
            {
                throw new StepException(
                    "networkMissing",
                    $"The network {network} is not on this host any more. Make it again (docker network create {network}, with the subnet it had), then propose again."
                );
            }
        }
        foreach (var volume in specification.Volumes)
        {
            var name = volumes?.GetValueOrDefault(volume) ?? volume;
            if (await works.VolumeAsync(name, cancellation) is null)
            {
                throw new StepException(
                    "volumeMissing",
                    $"The volume {name} is not on this host any more, and Docker would put an empty one in its place. Restore it from a snapshot (volume.restore), or make it empty by hand if that is what you want: docker volume create {name}"
                );
            }
        }
        foreach (var (reference, name) in specification.References)
        {
            if (await ResolveAsync(reference, name, cancellation) is null)
            {
                throw new StepException(
                    "containerMissing",
                    $"{specification.Name} shares something of the container {name}, which is not there. Bring that one back first."
                );
            }
        }
    }

    /// <returns>The new container's id.</returns>
    public async Task<string> MakeAsync(
        Specification specification,
        Found image,
        Differently difference,
        string name,
        CancellationToken cancellation
    )
    {
        var resolved = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (reference, referred) in specification.References)
        {
            resolved[reference] = await ResolveAsync(reference, referred, cancellation) ?? referred;
        }
        var creation = Creation.Of(
            specification,
            image.Reference,
            difference with
            {
                ImageId = image.Id,
            },
            reference => resolved.GetValueOrDefault(reference, reference)
        );
        var id = await works.CreateAsync(name, creation.Body, cancellation);
        foreach (var (network, endpoint) in creation.Connect)
        {
            await works.ConnectAsync(network, id, endpoint, cancellation);
        }
        return id;
    }

    /// <summary>A reference by id goes to the container that has the name now; one by name stays.</summary>
    private async Task<string?> ResolveAsync(string reference, string name, CancellationToken cancellation)
    {
        if (await works.DescribeAsync(name, cancellation) is { } other)
        {
            return reference.All(char.IsAsciiHexDigitLower) ? Text(other["Id"]) : name;
        }
        return await works.DescribeAsync(reference, cancellation) is null ? null : reference;
    }
}
