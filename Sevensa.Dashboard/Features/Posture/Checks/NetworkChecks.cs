using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>Where a container can be reached.</summary>
internal static class NetworkChecks
{
    private const int FirstOpenPort = 1024;

    public static IReadOnlyList<ContainerCheck> All { get; } =
    [
        new(
            "5.8",
            "No privileged ports of the host are taken",
            CheckWeight.Low,
            "Ports below 1024 are those that others trust. Where the proxy has to have 80 and 443, make an exception.",
            "Publish it on a port from 1024 on, behind the proxy.",
            examined =>
                PublishedPort.Of(examined.Facts).Where(port => port.HostPort is > 0 and < FirstOpenPort).ToList()
                    is [_, ..] low
                    ? Verdict.Fail(
                        $"It takes {string.Join(", ", low.Select(port => port.HostPort).Distinct())} of the host.",
                        Ports(
                            examined.Facts,
                            port => port.HostPort < FirstOpenPort ? port with { HostPort = port.HostPort + 8000 } : port
                        )
                    )
                    : Verdict.Pass("It takes no port below 1024 of the host.")
        ),
        new(
            "5.14",
            "Ports are bound to one address of the host",
            CheckWeight.Medium,
            "A port on all interfaces is open to the internet, past the host's firewall: Docker puts its own rules before those.",
            "Bind it to 127.0.0.1 or to the address of one network, and let the proxy be what is open.",
            examined =>
                PublishedPort.Of(examined.Facts).Where(port => port.IsEverywhere).ToList() is [_, ..] open
                    ? Verdict.Fail(
                        $"{string.Join(", ", open.Select(port => $"{port.HostPort} ({port.Inside})").Distinct())} {(open.DistinctBy(port => (port.HostPort, port.Inside)).Count() == 1 ? "is" : "are")} open on all interfaces of the host.",
                        Ports(examined.Facts, port => port.IsEverywhere ? port with { Address = "127.0.0.1" } : port)
                    )
                    : Verdict.Pass("It has no port on all interfaces of the host.")
        ),
        new(
            "5.30",
            "Docker's default bridge is not used",
            CheckWeight.Medium,
            "All containers that name no network are together on it, whoever's they are.",
            "Give it a network of its own.",
            examined =>
                examined.Facts.Networks.Contains("bridge")
                    ? Verdict.Fail(
                        "It is on Docker's default bridge.",
                        "network_mode: !reset null",
                        "networks:",
                        "  - default"
                    )
                    : Verdict.Pass("It is not on Docker's default bridge.")
        ),
    ];

    /// <summary>A list in a second file is added to the first one's, so all of them are said anew.</summary>
    private static string[] Ports(ContainerFacts facts, Func<PublishedPort, PublishedPort> changed) =>
        [
            "ports: !override",
            .. PublishedPort
                .Of(facts)
                .Select(changed)
                .Select(port =>
                    $"  - \"{(port.IsEverywhere ? "" : port.Address.Contains(':', StringComparison.Ordinal) ? $"[{port.Address}]:" : $"{port.Address}:")}{port.HostPort}:{port.Inside}\""
                )
                .Distinct(),
        ];
}
