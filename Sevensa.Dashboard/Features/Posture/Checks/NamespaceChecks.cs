namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>Which of the host's namespaces a container lives in.</summary>
internal static class NamespaceChecks
{
    private const string Host = "host";

    public static IReadOnlyList<ContainerCheck> All { get; } =
    [
        new(
            "5.10",
            "The host's network namespace is not shared",
            CheckWeight.High,
            "It listens on the host's own addresses, past every network of Docker's, and reaches what listens on the host's loopback.",
            "Give it a network of its own, and publish the ports that are asked for.",
            ContainerCheck.FromSettings(
                (settings, _) =>
                    settings.NetworkMode == Host
                        ? Verdict.Fail(
                            "It lives in the host's network namespace.",
                            "network_mode: !reset null",
                            "networks:",
                            "  - default"
                        )
                        : Verdict.Pass("Its network namespace is its own, or another container's.")
            )
        ),
        new(
            "5.16",
            "The host's process namespace is not shared",
            CheckWeight.High,
            "It sees all processes of the host, and as root can stop them and read their environment.",
            "Take pid: host away.",
            ContainerCheck.FromSettings(
                (settings, _) =>
                    settings.PidMode == Host
                        ? Verdict.Fail("It lives among the host's processes.", "pid: !reset null")
                        : Verdict.Pass("It sees its own processes, or another container's.")
            )
        ),
        new(
            "5.17",
            "The host's IPC namespace is not shared",
            CheckWeight.High,
            "It reads and writes memory that programs of the host share among themselves.",
            "Take ipc: host away.",
            ContainerCheck.FromSettings(
                (settings, _) =>
                    settings.IpcMode == Host
                        ? Verdict.Fail("It shares memory with the host's programs.", "ipc: !reset null")
                        : Verdict.Pass("Its shared memory is its own, or another container's.")
            )
        ),
        new(
            "5.21",
            "The host's UTS namespace is not shared",
            CheckWeight.Medium,
            "It can rename the host.",
            "Take uts: host away.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.UtsMode == Host
                        ? Verdict.Fail("It has the host's name for its own.", "uts: !reset null")
                        : Verdict.Pass("Its name is its own.")
            )
        ),
        new(
            "5.31",
            "The host's user namespace is not shared",
            CheckWeight.High,
            "Where the engine maps users apart, root in this container is root of the host all the same.",
            "Take userns_mode: host away.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.UserNamespaceMode == Host
                        ? Verdict.Fail("It has the host's users.", "userns_mode: !reset null")
                        : Verdict.Pass("Its engine's user namespace is used.")
            )
        ),
    ];
}
