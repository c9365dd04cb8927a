using System.Globalization;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>One thing that differs between two releases.</summary>
/// <param name="Part">image, replicas, network, mount, port, label, environment or setting.</param>
/// <param name="Before">Null when it was not there.</param>
/// <param name="After">Null when it is not there any more.</param>
/// <param name="Hidden">The value stays on its host: only that it differs is known.</param>
internal sealed record ReleaseDifference(string Part, string Name, string? Before, string? After, bool Hidden = false);

internal static class ReleaseDiff
{
    private const string OnHost = "value stays on the host";

    /// <summary>What is different in the second; empty when the same ran.</summary>
    public static IReadOnlyList<ReleaseDifference> Between(Release before, Release after)
    {
        var (a, b) = (before.First, after.First);
        return
        [
            .. Compare("image", One("reference", a?.Image), One("reference", b?.Image)),
            .. Compare("image", One("digest", a?.ImageDigest), One("digest", b?.ImageDigest)),
            .. Compare(
                "replicas",
                One("count", before.Replicas.ToString(CultureInfo.InvariantCulture)),
                One("count", after.Replicas.ToString(CultureInfo.InvariantCulture))
            ),
            .. before.Recorded && after.Recorded || a is null || b is null ? Configuration(a, b) : [],
        ];
    }

    /// <summary>All but the image and the number of replicas.</summary>
    public static IReadOnlyList<ReleaseDifference> Configuration(ReleaseContainer? a, ReleaseContainer? b) =>
        [
            .. Compare("network", Networks(a), Networks(b)),
            .. Compare("mount", Mounts(a), Mounts(b)),
            .. Compare("port", Ports(a), Ports(b)),
            .. Compare("label", Labels(a), Labels(b)),
            .. Compare("environment", a?.Environment, b?.Environment, hidden: true),
            .. Compare("setting", a?.Settings, b?.Settings),
        ];

    private static IEnumerable<ReleaseDifference> Compare(
        string part,
        IReadOnlyDictionary<string, string>? before,
        IReadOnlyDictionary<string, string>? after,
        bool hidden = false
    )
    {
        before ??= new Dictionary<string, string>();
        after ??= new Dictionary<string, string>();
        foreach (var name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            var (was, now) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (was != now)
            {
                var secret = hidden || IsHash(was) || IsHash(now);
                yield return new ReleaseDifference(part, name, Shown(was, secret), Shown(now, secret), secret);
            }
        }
    }

    private static bool IsHash(string? value) =>
        value?.StartsWith(ReleaseContainer.HashedPrefix, StringComparison.Ordinal) == true;

    private static string? Shown(string? value, bool secret) =>
        value is null ? null
        : secret ? OnHost
        : value;

    private static Dictionary<string, string> One(string name, string? value) =>
        string.IsNullOrEmpty(value) ? [] : new() { [name] = value };

    private static Dictionary<string, string> Networks(ReleaseContainer? container) =>
        (container?.Networks ?? []).ToDictionary(
            network => network.Name,
            network =>
                string.Join(
                    ", ",
                    network
                        .Aliases.Order(StringComparer.Ordinal)
                        .Concat(new[] { network.Ipv4Address, network.Ipv6Address }.OfType<string>())
                        .DefaultIfEmpty("connected")
                ),
            StringComparer.Ordinal
        );

    private static Dictionary<string, string> Mounts(ReleaseContainer? container) =>
        (container?.Mounts ?? [])
            .DistinctBy(mount => mount.Destination)
            .ToDictionary(
                mount => mount.Destination,
                mount =>
                    $"{mount.Type} {(mount.Anonymous ? "(anonymous) " : "")}{mount.Source}{(mount.ReadOnly ? ", read-only" : "")}",
                StringComparer.Ordinal
            );

    private static Dictionary<string, string> Ports(ReleaseContainer? container) =>
        (container?.Ports ?? []).Distinct(StringComparer.Ordinal).ToDictionary(port => port, _ => "published");

    /// <summary>Compose counts replicas and hashes its own file there: neither says what the service is.</summary>
    private static Dictionary<string, string> Labels(ReleaseContainer? container) =>
        (container?.Labels ?? new Dictionary<string, string>())
            .Where(label =>
                label.Key
                    is not (
                        "com.docker.compose.container-number"
                        or "com.docker.compose.config-hash"
                        or "com.docker.compose.image"
                        or "com.docker.compose.replace"
                    )
            )
            .ToDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal);
}
