using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Snapshots;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Reporting;

/// <summary>What the host has besides containers, read when somebody asks.</summary>
internal sealed class HostStock(
    IDockerWorks works,
    Ownership ownership,
    KeptImages kept,
    SpecificationStore specifications,
    SnapshotStore snapshots
)
{
    public async Task<HostResources> ReadAsync(CancellationToken cancellation)
    {
        var containers = await works.ListAsync(cancellation);
        var images = await works.ImagesAsync(cancellation);
        var volumes = await works.VolumesAsync(cancellation);
        var networks = await works.NetworksAsync(cancellation);
        return new HostResources(
            [
                .. images.Select(image => new ImageFacts(
                    Text(image["Id"]),
                    [.. Texts(image["RepoTags"]).Where(tag => !KeptImages.IsOurs(tag) && tag != "<none>:<none>")],
                    [
                        .. Texts(image["RepoDigests"])
                            .Where(digest => !digest.StartsWith("<none>", StringComparison.Ordinal)),
                    ],
                    Number(image["Size"]),
                    Number(image["Created"]) * 1000,
                    Users(container => Text(container["ImageID"]) == Text(image["Id"])),
                    kept.NeededBy(Text(image["Id"]))
                )),
            ],
            [
                .. volumes.Select(volume => new VolumeFacts(
                    Text(volume["Name"]),
                    Text(volume["Driver"]),
                    VolumeOwner.Of(volume, containers, ownership),
                    IsGenerated(Text(volume["Name"])),
                    Users(container => VolumeDoor.Uses(container, Text(volume["Name"]))),
                    NetworkVerb.Labels(volume)
                )),
            ],
            [
                .. networks.Select(network => new NetworkFacts(
                    Text(network["Id"]),
                    Text(network["Name"]),
                    Text(network["Driver"]),
                    ownership.TenantOf(NetworkVerb.Labels(network)),
                    network["Internal"] is JsonValue flag && flag.TryGetValue<bool>(out var only) && only,
                    [
                        .. (network["IPAM"]?["Config"] as JsonArray ?? [])
                            .Select(subnet => Text(subnet?["Subnet"]))
                            .Where(subnet => subnet.Length > 0),
                    ]
                )),
            ],
            snapshots.All(),
            snapshots.FreeBytes,
            specifications.Ids()
        );

        List<string> Users(Func<JsonObject, bool> uses) =>
            [
                .. containers
                    .Where(uses)
                    .Select(container => EngineText.Texts(container["Names"]).FirstOrDefault()?.TrimStart('/') ?? "")
                    .Order(StringComparer.Ordinal),
            ];
    }

    public async Task<ResolvedImage> ResolveAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            if (await works.ImageAsync(reference, cancellation) is { } image)
            {
                var id = Text(image["Id"]);
                var digest = FactsReader.ImageDigest(reference, id, [.. EngineText.Texts(image["RepoDigests"])]);
                return new ResolvedImage(reference, id, digest == id ? null : digest);
            }
            var said = await works.RegistryDigestAsync(reference, cancellation);
            return new ResolvedImage(reference, null, $"{DockerWorks.Split(reference).Repository}@{said}");
        }
        catch (EngineException exception)
        {
            return new ResolvedImage(reference, null, null, exception.Message);
        }
    }

    private static long Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;
}
