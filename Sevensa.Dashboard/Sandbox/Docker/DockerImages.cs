using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

internal sealed class DockerImages(SimulatedFleet fleet, string host)
{
    /// <summary>By name with or without tag, repository digest, image id or the beginning of one.</summary>
    public FleetImage? Find(string reference)
    {
        var hex = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference : "sha256:" + reference;
        var images = OnHost.ToArray();
        return Array.Find(images, i => i.Named && (i.Name == reference || i.Name == reference + ":latest"))
            ?? Array.Find(images, i => i.Digest == reference)
            ?? (hex.Length >= 12 + 7 ? Array.Find(images, i => i.Id.StartsWith(hex, StringComparison.Ordinal)) : null);
    }

    public JsonArray List(IQueryCollection query)
    {
        var filters = DockerFilters.Parse(query["filters"]);
        return
        [
            .. OnHost
                .GroupBy(i => i.Id)
                .Where(same =>
                    !filters.Has("reference")
                    || filters.Values("reference").Any(r => same.Any(i => i.Name == r || i.Repository == r))
                )
                .OrderByDescending(same => same.First().Created)
                .Select(same => Summary([.. same])),
        ];
    }

    public JsonObject Summary(IReadOnlyList<FleetImage> same) =>
        new()
        {
            ["Containers"] = -1,
            ["Created"] = (long)same[0].Created,
            ["Id"] = same[0].Id,
            ["Labels"] = null,
            ["ParentId"] = "",
            ["RepoDigests"] = ContainerConfigs.Array(same.Select(i => i.Digest).Distinct()),
            ["RepoTags"] = Tags(same),
            ["SharedSize"] = -1,
            ["Size"] = same[0].Size,
            ["VirtualSize"] = same[0].Size,
        };

    public JsonObject Inspect(string reference)
    {
        var image =
            Find(reference) ?? throw new DockerRefusal(404, $"no such image: {reference}: No such image: {reference}");
        var profile = ProfileOf(image);
        return new JsonObject
        {
            ["Id"] = image.Id,
            ["RepoTags"] = Tags([.. OnHost.Where(i => i.Id == image.Id)]),
            ["RepoDigests"] = new JsonArray(image.Digest),
            ["Parent"] = "",
            ["Comment"] = "buildkit.dockerfile.v0",
            ["Created"] = Reply.GoTime(image.Created),
            ["Container"] = "",
            ["ContainerConfig"] = Config(null),
            ["DockerVersion"] = "",
            ["Author"] = "",
            ["Config"] = Config(profile),
            ["Architecture"] = "amd64",
            ["Os"] = "linux",
            ["Size"] = image.Size,
            ["VirtualSize"] = image.Size,
            ["GraphDriver"] = Layers(image.Id),
            ["RootFS"] = new JsonObject
            {
                ["Type"] = "layers",
                ["Layers"] = new JsonArray("sha256:" + Noise.Hex("layer " + image.BuiltAs, 64)),
            },
            ["Metadata"] = new JsonObject { ["LastTagTime"] = Reply.GoTime(image.Created) },
        };
    }

    /// <summary>The fleet's own registry has every release of the fleet. Behind it there is no network, and it says so as the engine would.</summary>
    public async Task PullAsync(HttpContext context)
    {
        var from = context.Request.Query["fromImage"].ToString();
        var tag = context.Request.Query["tag"].ToString();
        if (from.Length == 0)
        {
            throw new DockerRefusal(400, "fromSrc or fromImage must be given");
        }
        var (repository, wanted) = Split(from, tag);
        var byDigest = wanted.StartsWith("sha256:", StringComparison.Ordinal);
        var image = InRegistry(repository, wanted);
        if (image is null)
        {
            var registry =
                from.Split('/')[0] is var first && first.Contains('.', StringComparison.Ordinal)
                    ? first
                    : "registry.invalid";
            throw new DockerRefusal(
                500,
                $"Get \"https://{registry}/v2/\": dial tcp: lookup {registry}: no such host ({repository}:{wanted} was not pulled: the Sandbox has no registry beyond its fleet's)"
            );
        }
        var isNew = OnHost.All(i => i.Id != image.Id);
        var kept = byDigest ? image with { Tag = FleetImage.Nameless, BuiltAs = image.Name } : image;
        if (byDigest ? isNew : OnHost.All(i => i.Name != kept.Name || i.Id != kept.Id))
        {
            Name(kept);
        }
        context.Response.ContentType = "application/json";
        var reference = byDigest ? $"{repository}@{wanted}" : image.Name;
        await context.LineAsync(new JsonObject { ["status"] = $"Pulling from {repository}", ["id"] = wanted });
        await context.LineAsync(new JsonObject { ["status"] = $"Digest: {image.Digest.Split('@')[1]}" });
        await context.LineAsync(
            new JsonObject
            {
                ["status"] = isNew
                    ? $"Status: Downloaded newer image for {reference}"
                    : $"Status: Image is up to date for {reference}",
            }
        );
    }

    /// <summary>What the fleet's registry says of an image, without fetching it.</summary>
    public JsonObject Distribution(string reference)
    {
        var (repository, wanted) = Split(reference, "");
        var image =
            InRegistry(repository, wanted)
            ?? throw new DockerRefusal(
                403,
                $"Get \"https://registry.invalid/v2/\": dial tcp: lookup registry.invalid: no such host ({repository}:{wanted}: the Sandbox has no registry beyond its fleet's)"
            );
        return new JsonObject
        {
            ["Descriptor"] = new JsonObject
            {
                ["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json",
                ["digest"] = image.Digest.Split('@')[1],
                ["size"] = 1578,
            },
            ["Platforms"] = new JsonArray(new JsonObject { ["architecture"] = "amd64", ["os"] = "linux" }),
        };
    }

    private FleetImage? InRegistry(string repository, string wanted) =>
        FleetHistory.InRegistry(
            repository,
            i =>
                wanted.StartsWith("sha256:", StringComparison.Ordinal)
                    ? i.Digest.EndsWith(wanted, StringComparison.Ordinal)
                    : i.Tag == wanted,
            host,
            fleet.Now
        );

    public Task TagAsync(HttpContext context, string reference)
    {
        var image = Find(reference) ?? throw new DockerRefusal(404, $"No such image: {reference}");
        var repository = context.Request.Query["repo"].ToString();
        var tag = context.Request.Query["tag"].ToString() is { Length: > 0 } t ? t : "latest";
        if (repository.Length == 0)
        {
            throw new DockerRefusal(400, "invalid reference format");
        }
        Name(image with { Repository = repository, Tag = tag, BuiltAs = image.BuiltAs });
        return context.EmptyAsync(201);
    }

    /// <summary>Takes a name away; with the last name the image, unless a container needs it.</summary>
    public JsonArray Remove(string reference, IQueryCollection query)
    {
        var image = Find(reference) ?? throw new DockerRefusal(404, $"No such image: {reference}");
        var names = OnHost.Where(i => i.Id == image.Id).ToArray();
        var force = query["force"].ToString() is "1" or "true" or "True";
        var byId = !names.Any(i => i.Name == reference || i.Name == reference + ":latest");
        var user = fleet.Snapshot.On(host).FirstOrDefault(c => c.ImageId == image.Id);
        if (byId && names.Length > 1 && !force)
        {
            throw new DockerRefusal(
                409,
                $"conflict: unable to delete {image.Id[7..19]} (must be forced) - image is referenced in multiple repositories"
            );
        }
        if (user is not null && (byId || names.Length == 1) && (user.Running || !force))
        {
            throw new DockerRefusal(
                409,
                byId
                    ? $"conflict: unable to delete {image.Id[7..19]} ({(user.Running ? "cannot be forced" : "must be forced")}) - image is being used by {(user.Running ? "running" : "stopped")} container {user.Id[..12]}"
                    : $"conflict: unable to remove repository reference \"{reference}\" (must force) - container {user.Id[..12]} is using its referenced image {image.Id[7..19]}"
            );
        }
        var told = new JsonArray();
        foreach (var name in byId ? names : [image])
        {
            fleet.RemoveImage(name);
            told.Add(new JsonObject { ["Untagged"] = name.Name });
        }
        if (OnHost.All(i => i.Id != image.Id))
        {
            told.Add(new JsonObject { ["Deleted"] = image.Id });
        }
        return told;
    }

    /// <summary>Nameless images, or with <c>dangling=false</c> all that no container uses.</summary>
    public JsonObject Prune(IQueryCollection query)
    {
        var all = DockerFilters.Parse(query["filters"]).Values("dangling").Any(v => v is "false" or "0");
        var used = fleet.Snapshot.On(host).Select(c => c.ImageId).ToHashSet(StringComparer.Ordinal);
        var gone = OnHost.Where(i => !used.Contains(i.Id) && (all || !i.Named)).ToArray();
        var told = new JsonArray();
        foreach (var image in gone)
        {
            fleet.RemoveImage(image);
            told.Add(new JsonObject { ["Untagged"] = image.Name });
        }
        foreach (var id in gone.Select(i => i.Id).Distinct())
        {
            told.Add(new JsonObject { ["Deleted"] = id });
        }
        return new JsonObject
        {
            ["ImagesDeleted"] = told.Count > 0 ? told : null,
            ["SpaceReclaimed"] = gone.DistinctBy(i => i.Id).Sum(i => i.Size),
        };
    }

    /// <summary>A name has one image: what had it before keeps its id, and no name when it had no other.</summary>
    private void Name(FleetImage image)
    {
        if (image.Named && OnHost.FirstOrDefault(i => i.Name == image.Name) is { } before)
        {
            if (before.Id == image.Id)
            {
                return;
            }
            fleet.RemoveImage(before);
            if (OnHost.All(i => i.Id != before.Id))
            {
                fleet.AddImage(before with { Tag = FleetImage.Nameless, BuiltAs = before.BuiltAs });
            }
        }
        foreach (var nameless in OnHost.Where(i => i.Id == image.Id && !i.Named).ToArray())
        {
            fleet.RemoveImage(nameless);
        }
        fleet.AddImage(image);
    }

    private static (string Repository, string Wanted) Split(string from, string tag)
    {
        if (from.IndexOf('@', StringComparison.Ordinal) is > 0 and var at)
        {
            return (WithoutTag(from[..at]), from[(at + 1)..]);
        }
        return tag.Length > 0 ? (from, tag)
            : from.LastIndexOf(':') is var colon && colon > from.LastIndexOf('/') && colon > 0
                ? (from[..colon], from[(colon + 1)..])
            : (from, "latest");
    }

    private static string WithoutTag(string name) =>
        name.LastIndexOf(':') is var colon && colon > name.LastIndexOf('/') && colon > 0 ? name[..colon] : name;

    private static JsonArray Tags(IEnumerable<FleetImage> same) =>
        ContainerConfigs.Array(same.Where(i => i.Named).Select(i => i.Name));

    private static ServiceProfile? ProfileOf(FleetImage image) =>
        FleetCatalogue.Services.FirstOrDefault(s => s.Repository == WithoutTag(image.BuiltAs));

    public IEnumerable<FleetImage> OnHost => fleet.Snapshot.Images.Where(i => i.Host == host);

    public static JsonObject Layers(string id)
    {
        var folder = $"/var/lib/docker/overlay2/{Noise.Hex("layers " + id, 64)}";
        return new JsonObject
        {
            ["Data"] = new JsonObject
            {
                ["LowerDir"] = folder + "-init/diff",
                ["MergedDir"] = folder + "/merged",
                ["UpperDir"] = folder + "/diff",
                ["WorkDir"] = folder + "/work",
            },
            ["Name"] = "overlay2",
        };
    }

    private static JsonObject Config(ServiceProfile? profile) =>
        new()
        {
            ["Hostname"] = "",
            ["Domainname"] = "",
            ["User"] = profile?.User ?? "",
            ["AttachStdin"] = false,
            ["AttachStdout"] = false,
            ["AttachStderr"] = false,
            ["Tty"] = false,
            ["OpenStdin"] = false,
            ["StdinOnce"] = false,
            ["Env"] = null,
            ["Cmd"] = profile is null ? null : ContainerConfigs.Array(profile.Command),
            ["Image"] = "",
            ["Volumes"] = null,
            ["WorkingDir"] = "",
            ["Entrypoint"] = null,
            ["OnBuild"] = null,
            ["Labels"] = null,
        };
}
