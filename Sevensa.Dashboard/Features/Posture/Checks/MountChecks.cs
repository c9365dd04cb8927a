using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>What of the host's file system and devices a container has.</summary>
internal static class MountChecks
{
    /// <summary>Folders of the system: each of them is more than an application has to know of its host.</summary>
    private static readonly string[] systemFolders =
    [
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib64",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/sys",
        "/usr",
        "/var/lib/docker",
        "/var/run",
    ];

    /// <summary>Read-only or not, they say how to come in.</summary>
    private static readonly string[] secretFiles =
    [
        "/etc/shadow",
        "/etc/gshadow",
        "/etc/sudoers",
        "/etc/ssh",
        "/etc/docker",
        "/root/.ssh",
    ];

    public static IReadOnlyList<ContainerCheck> All { get; } =
    [
        new(
            "5.6",
            "No sensitive folders of the host are mounted",
            CheckWeight.Critical,
            "Who writes into a folder of the system, or reads its secrets, has the host.",
            "Mount the one file or folder that is needed, read-only.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.Mounts.Where(IsSensitive).ToList() is [_, ..] sensitive
                        ? Without(
                            isolation,
                            IsSensitive,
                            $"{Listed(sensitive)} of the host {(sensitive.Count == 1 ? "is" : "are")} mounted."
                        )
                        : Verdict.Pass("No folder of the system is mounted.")
            )
        ),
        new(
            "5.13",
            "The root file system is read-only",
            CheckWeight.Medium,
            "What breaks in can lay down its own programs and change the application's.",
            "Set read_only, and give a tmpfs or a volume where the application writes.",
            examined =>
                examined.Facts.ReadOnlyRootFs
                    ? Verdict.Pass("Its root file system is read-only.")
                    : Verdict.Fail("Its root file system can be written.", "read_only: true", "tmpfs:", "  - /tmp")
        ),
        new(
            "5.18",
            "No devices of the host are handed in",
            CheckWeight.High,
            "A device is read and written past the file system's rights.",
            "Take the devices away; where one is needed, without the right to make nodes (:rw).",
            ContainerCheck.From(
                (isolation, examined) =>
                    examined.Facts.Privileged
                        ? Verdict.Fail("It is privileged, so it has all devices of the host.", "privileged: false")
                    : isolation.Devices.Count > 0
                        ? Verdict.Fail($"It has {string.Join(", ", isolation.Devices)}.", "devices: !reset []")
                    : Verdict.Pass("It has no device of the host.")
            )
        ),
        new(
            "5.20",
            "Mounts are not shared back to the host",
            CheckWeight.Medium,
            "What is mounted inside appears on the host, and in other containers.",
            "Leave the propagation out (rprivate), or take rslave.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.Mounts.Where(IsShared).ToList() is [_, ..] shared
                        ? Without(
                            isolation,
                            _ => false,
                            $"Mounts below {string.Join(", ", shared.Select(mount => mount.Destination))} are shared with the host."
                        )
                        : Verdict.Pass("No mount is shared back.")
            )
        ),
        new(
            "5.32",
            "The engine's socket is not mounted",
            CheckWeight.Critical,
            "Who may speak to Docker can start a container that has the host's disk: it is root on the host.",
            "Take the socket away, or put a proxy between that lets only the needed questions through.",
            examined =>
                EngineSocket.MountedIn(examined.Facts) is [_, ..] sockets
                    ? Without(
                        examined.Facts.Isolation,
                        EngineSocket.Is,
                        $"{string.Join(", ", sockets)} is mounted; that it is read-only would change nothing, since it is spoken to and not written."
                    )
                    : Verdict.Pass("No engine's socket is mounted.")
        ),
    ];

    private static bool IsShared(MountedPlace mount) => mount.Propagation is "shared" or "rshared";

    private static bool IsNamed(MountedPlace mount) => mount.Type is "bind" or "volume";

    private static bool IsSensitive(MountedPlace mount)
    {
        if (mount.Type != "bind" || EngineSocket.Is(mount))
        {
            return false;
        }
        var source = Path.TrimEndingDirectorySeparator(mount.Source);
        return source is "" or "/"
            || systemFolders.Contains(source)
            || secretFiles.Any(secret => IsIn(source, secret))
            || IsIn(source, "/var/lib/docker") && !IsIn(source, "/var/lib/docker/volumes")
            || mount.Writable && systemFolders.Any(folder => IsIn(source, folder)) && !IsSocketFolder(source);
    }

    /// <summary>Programs keep their own sockets and states there; the folder itself is another matter.</summary>
    private static bool IsSocketFolder(string source) => IsIn(source, "/run") || IsIn(source, "/var/run");

    private static bool IsIn(string path, string folder) =>
        path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string Listed(IEnumerable<MountedPlace> mounts) =>
        string.Join(", ", mounts.Select(mount => mount.Source + (mount.Writable ? "" : " (read-only)")));

    /// <summary>Fails, with the mounts that stay said anew: a list in a second file is added to the first one's.</summary>
    private static Verdict Without(ContainerIsolation? isolation, Func<MountedPlace, bool> taken, string reason)
    {
        if (isolation is null)
        {
            return Verdict.Fail(reason);
        }
        MountedPlace[] kept = [.. isolation.Mounts.Where(mount => IsNamed(mount) && !taken(mount))];
        return kept.Length == 0
            ? Verdict.Fail(reason, "volumes: !reset []")
            : Verdict.Fail(reason, ["volumes: !override", .. kept.Select(Line)]) with
            {
                Volumes = [.. kept.Where(mount => mount.Type == "volume").Select(mount => mount.Source).Distinct()],
            };
    }

    private static string Line(MountedPlace mount) =>
        $"  - {ComposePatch.Scalar($"{mount.Source}:{mount.Destination}{(mount.Writable ? "" : ":ro")}")}";
}
