using System.Globalization;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>What of a network decides who is reached in it.</summary>
/// <param name="Driver">bridge, macvlan, overlay, …</param>
/// <param name="Internal">No way leads out of it.</param>
/// <param name="InterContainer">Containers in it reach each other.</param>
internal sealed record NetworkManner(string Driver, bool Internal, bool InterContainer);

/// <summary>Docker's inspect → how far a container is held apart.</summary>
internal static class IsolationReader
{
    public static ContainerIsolation Read(
        Inspected container,
        InspectedConfig config,
        InspectedHost host,
        IReadOnlyDictionary<string, NetworkManner>? networks,
        string? imageUser
    ) =>
        new(
            [.. host.CapAdd ?? []],
            [.. host.CapDrop ?? []],
            [.. host.SecurityOpt ?? []],
            container.AppArmorProfile ?? "",
            host.UsernsMode ?? "",
            host.UTSMode ?? "",
            host.CgroupParent ?? "",
            Math.Max(0, host.PidsLimit ?? 0),
            Math.Max(0, host.CpuShares),
            [
                .. (host.Devices ?? []).Select(device =>
                    $"{device.PathOnHost}:{device.PathInContainer}:{device.CgroupPermissions}"
                ),
            ],
            [
                .. (host.Ulimits ?? []).Select(limit =>
                    string.Create(CultureInfo.InvariantCulture, $"{limit.Name}={limit.Soft}:{limit.Hard}")
                ),
            ],
            config.Healthcheck?.Test is { Count: > 0 } test && test[0] != "NONE",
            [.. (config.ExposedPorts?.Keys ?? []).Order(StringComparer.Ordinal)],
            [
                .. (container.Mounts ?? [])
                    .Select(mount => new MountedPlace(
                        mount.Type ?? "",
                        (mount.Type == "volume" ? mount.Name : mount.Source) ?? "",
                        mount.Destination ?? "",
                        mount.RW,
                        mount.Propagation ?? ""
                    ))
                    .OrderBy(mount => mount.Destination, StringComparer.Ordinal),
            ],
            [
                .. (container.NetworkSettings?.Networks ?? new Dictionary<string, InspectedEndpoint?>())
                    .OrderBy(network => network.Key, StringComparer.Ordinal)
                    .Select(network => Endpoint(network.Key, network.Value, networks)),
            ],
            imageUser
        );

    private static NetworkEndpoint Endpoint(
        string name,
        InspectedEndpoint? endpoint,
        IReadOnlyDictionary<string, NetworkManner>? networks
    )
    {
        var id = endpoint?.NetworkID ?? "";
        var manner = networks?.GetValueOrDefault(id);
        return new NetworkEndpoint(
            name,
            id,
            [.. (endpoint?.Aliases ?? []).Distinct(StringComparer.Ordinal)],
            endpoint?.IPAddress is { Length: > 0 } address ? address : endpoint?.GlobalIPv6Address ?? "",
            manner?.Driver ?? "",
            manner?.Internal ?? false,
            manner?.InterContainer ?? true
        );
    }
}
