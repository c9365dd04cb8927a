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
        return Array.Find(images, i => i.Name == reference || i.Digest == reference || i.Name == reference + ":latest")
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
            ["RepoDigests"] = ContainerConfigs.Array(same.Select(i => i.Digest)),
            ["RepoTags"] = ContainerConfigs.Array(same.Select(i => i.Name)),
            ["SharedSize"] = -1,
            ["Size"] = same[0].Size,
            ["VirtualSize"] = same[0].Size,
        };

    public JsonObject Inspect(string reference)
    {
        var image =
            Find(reference) ?? throw new DockerRefusal(404, $"no such image: {reference}: No such image: {reference}");
        var profile = FleetCatalogue.Services.FirstOrDefault(s => s.Repository == image.Repository);
        return new JsonObject
        {
            ["Id"] = image.Id,
            ["RepoTags"] = new JsonArray(image.Name),
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
                ["Layers"] = new JsonArray("sha256:" + Noise.Hex("layer " + image.Name, 64)),
            },
            ["Metadata"] = new JsonObject { ["LastTagTime"] = Reply.GoTime(image.Created) },
        };
    }

    /// <summary>Nothing can be pulled: there is no network behind the Sandbox, and it says so as the engine would.</summary>
    public Task PullAsync(HttpContext context)
    {
        var from = context.Request.Query["fromImage"].ToString();
        var tag = context.Request.Query["tag"].ToString();
        if (from.Length == 0)
        {
            throw new DockerRefusal(400, "fromSrc or fromImage must be given");
        }
        var registry =
            from.Split('/')[0] is var first && first.Contains('.', StringComparison.Ordinal)
                ? first
                : "registry.invalid";
        throw new DockerRefusal(
            500,
            $"Get \"https://{registry}/v2/\": dial tcp: lookup {registry}: no such host ({from}:{tag} was not pulled: the Sandbox has no registry)"
        );
    }

    public Task TagAsync(HttpContext context, string reference)
    {
        var image = Find(reference) ?? throw new DockerRefusal(404, $"No such image: {reference}");
        var repository = context.Request.Query["repo"].ToString();
        var tag = context.Request.Query["tag"].ToString() is { Length: > 0 } t ? t : "latest";
        if (repository.Length == 0)
        {
            throw new DockerRefusal(400, "invalid reference format");
        }
        if (image.Repository != repository || image.Tag != tag)
        {
            // A simulated image's id comes from its name, so a new name would be a new image.
            throw new DockerRefusal(501, "the Sandbox's engine cannot tag images anew");
        }
        return context.EmptyAsync(201);
    }

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
