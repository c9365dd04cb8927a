using System.Globalization;

namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>A port of a container that its host passes on to it.</summary>
/// <param name="Address">Of the host; empty for all.</param>
/// <param name="HostPort">0 when Docker chose none yet.</param>
/// <param name="Inside"><c>80/tcp</c></param>
public sealed record PublishedPort(string Address, int HostPort, string Inside)
{
    public bool IsEverywhere => Address is "" or "0.0.0.0" or "::";

    public bool IsLoopback => Address is "::1" or "localhost" || Address.StartsWith("127.", StringComparison.Ordinal);

    /// <summary>From <see cref="ContainerFacts.Ports"/>: <c>127.0.0.1:8080->80/tcp</c>; what is only exposed has no arrow.</summary>
    public static IEnumerable<PublishedPort> Of(ContainerFacts facts) =>
        facts
            .Ports.Select(port => port.Split("->", 2))
            .Where(sides => sides.Length == 2)
            .Select(sides =>
            {
                var colon = sides[0].LastIndexOf(':');
                return new PublishedPort(
                    colon < 0 ? "" : sides[0][..colon].Trim('[', ']'),
                    int.TryParse(sides[0][(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                        ? port
                        : 0,
                    sides[1]
                );
            });
}

/// <summary>Sockets by which whoever writes to them runs what it likes as root of the host.</summary>
public static class EngineSocket
{
    private static readonly string[] names = ["docker.sock", "containerd.sock", "podman.sock", "crio.sock"];

    /// <summary>An engine may listen elsewhere; inside the socket is where clients look for it.</summary>
    public static bool Is(MountedPlace mount) => Is(mount.Source) || Is(mount.Destination);

    /// <summary>Where on the host those are that a container has. Older runners tell mounts as <c>source:destination</c>, which is enough.</summary>
    public static IReadOnlyList<string> MountedIn(ContainerFacts facts) =>
        facts.Isolation is { } isolation
            ? [.. isolation.Mounts.Where(Is).Select(mount => mount.Source)]
            :
            [
                .. facts
                    .Mounts.Select(mount => mount.Split(':'))
                    .Where(sides => sides.Take(2).Any(Is))
                    .Select(sides => sides[0]),
            ];

    private static bool Is(string path) => names.Contains(path[(path.LastIndexOf('/') + 1)..]);
}
