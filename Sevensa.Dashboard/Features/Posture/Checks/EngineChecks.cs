namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>How an engine is set up.</summary>
internal static class EngineChecks
{
    public static IReadOnlyList<EngineCheck> All { get; } =
    [
        new(
            "2.1",
            "The engine runs without root",
            CheckWeight.Medium,
            "Who breaks out of a container is then a user like any other, and not root.",
            "Install Docker in rootless mode: dockerd-rootless-setuptool.sh install.",
            (engine, _) =>
                PrivilegeChecks.Has(engine, "rootless")
                    ? Verdict.Pass("It runs without root.")
                    : Verdict.Fail("It runs as root.")
        ),
        new(
            "2.2",
            "Containers on the default bridge don't reach each other",
            CheckWeight.Medium,
            "Whatever names no network is together there, whoever's it is.",
            "Set \"icc\": false in /etc/docker/daemon.json and start the engine anew.",
            (engine, _) =>
                engine.InterContainer switch
                {
                    null => Verdict.NotApplicable("There is no default bridge."),
                    true => Verdict.Fail("Containers on the default bridge reach each other."),
                    false => Verdict.Pass("Containers on the default bridge don't reach each other."),
                }
        ),
        new(
            "2.5",
            "Registries are asked over TLS",
            CheckWeight.High,
            "An image that comes without TLS can be another one.",
            "Take the registry out of \"insecure-registries\" in /etc/docker/daemon.json.",
            (engine, _) =>
                engine.InsecureRegistries.Count > 0
                    ? Verdict.Fail($"{string.Join(", ", engine.InsecureRegistries)} may be asked without TLS.")
                    : Verdict.Pass("Every registry but this host's own is asked over TLS.")
        ),
        new(
            "2.6",
            "The storage driver is not aufs",
            CheckWeight.Low,
            "It is not kept up any more and has crashed kernels.",
            "Take overlay2.",
            (_, host) =>
                host.StorageDriver == "aufs"
                    ? Verdict.Fail("The storage driver is aufs.")
                    : Verdict.Pass($"The storage driver is {host.StorageDriver}.")
        ),
        new(
            "2.9",
            "User namespaces are used",
            CheckWeight.Medium,
            "Root in a container is then nobody on the host.",
            "Set \"userns-remap\": \"default\" in /etc/docker/daemon.json. Volumes have to be given to the mapped users first.",
            (engine, _) =>
                PrivilegeChecks.Has(engine, "rootless") ? Verdict.Pass("It runs without root, in a user namespace.")
                : PrivilegeChecks.Has(engine, "userns") ? Verdict.Pass("Users are mapped apart.")
                : Verdict.Fail("Users of containers are users of the host.")
        ),
        new(
            "2.12",
            "Clients' commands are authorized",
            CheckWeight.Low,
            "Who may speak to the engine may do everything with it.",
            "Use an authorization plugin, or see that nothing but the runner and root reaches the socket.",
            (engine, _) =>
                engine.AuthorizationPlugins.Count > 0
                    ? Verdict.Pass($"{string.Join(", ", engine.AuthorizationPlugins)} is asked.")
                    : Verdict.Fail("No authorization plugin is asked.")
        ),
        new(
            "2.13",
            "Logs are kept elsewhere too",
            CheckWeight.Low,
            "Logs that lie on the host alone go with it, or with who breaks into it.",
            "Use a logging driver that sends them away, or, where an agent reads the files and sends them, make an exception.",
            (engine, _) =>
                engine.LoggingDriver is "json-file" or "local" or "none" or ""
                    ? Verdict.Fail(
                        engine.LoggingDriver is "none"
                            ? "Logs are not kept."
                            : $"The logging driver {engine.LoggingDriver} keeps logs on this host alone."
                    )
                    : Verdict.Pass($"The logging driver is {engine.LoggingDriver}.")
        ),
        new(
            "2.14",
            "No container acquires new privileges",
            CheckWeight.Medium,
            "Without this each container has to ask for it, and one that forgets has not got it.",
            "Set \"no-new-privileges\": true in /etc/docker/daemon.json.",
            (engine, _) =>
                PrivilegeChecks.Has(engine, "no-new-privileges")
                    ? Verdict.Pass("It holds for all containers.")
                    : Verdict.Fail("It is up to each container.")
        ),
        new(
            "2.15",
            "Containers go on while the engine is started anew",
            CheckWeight.Low,
            "An upgrade of the engine stops everything that runs.",
            "Set \"live-restore\": true in /etc/docker/daemon.json and reload the engine.",
            (engine, _) =>
                engine.SwarmState == "active" ? Verdict.NotApplicable("A swarm can't have it.")
                : engine.LiveRestore ? Verdict.Pass("Live restore is on.")
                : Verdict.Fail("Live restore is off.")
        ),
        new(
            "2.17",
            "A seccomp profile holds for all containers",
            CheckWeight.Medium,
            "The profile closes calls of the kernel that applications do not use and that break-ins do.",
            "Take \"seccomp-profile\": \"unconfined\" out of /etc/docker/daemon.json.",
            (engine, _) =>
                engine.SecurityOptions.FirstOrDefault(option =>
                    option.StartsWith("name=seccomp", StringComparison.Ordinal)
                )
                    is not { } seccomp
                    ? Verdict.Fail("The engine knows no seccomp.")
                : seccomp.EndsWith("profile=unconfined", StringComparison.Ordinal)
                    ? Verdict.Fail("Seccomp is off for all.")
                : Verdict.Pass($"In force: {seccomp[(seccomp.LastIndexOf('=') + 1)..]}.")
        ),
        new(
            "2.18",
            "Experimental features are off",
            CheckWeight.Low,
            "They are not meant for production.",
            "Take \"experimental\" out of /etc/docker/daemon.json.",
            (engine, _) =>
                engine.Experimental
                    ? Verdict.Fail("Experimental features are on.")
                    : Verdict.Pass("Experimental features are off.")
        ),
        new(
            "5.1",
            "Swarm mode is off where it is not needed",
            CheckWeight.Low,
            "It opens ports for other nodes.",
            "Leave the swarm: docker swarm leave.",
            (engine, _) =>
                engine.SwarmState is "" or "inactive"
                    ? Verdict.Pass("Swarm mode is off.")
                    : Verdict.Fail($"Swarm mode is {engine.SwarmState}.")
        ),
    ];
}
