namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>What a container may use up, and what is done when it is not well.</summary>
internal static class LimitChecks
{
    private const long DefaultShares = 1024;

    public static IReadOnlyList<ContainerCheck> All { get; } =
    [
        new(
            "5.11",
            "Memory is limited",
            CheckWeight.Medium,
            "One container that leaks takes the memory of all on its host.",
            "Set a limit somewhat above what it uses at its busiest.",
            examined =>
                examined.Facts.MemoryLimitBytes > 0
                    ? Verdict.Pass($"Its limit is {Ui.Format.Bytes.Text(examined.Facts.MemoryLimitBytes)}.")
                    : Verdict.Fail("Its memory has no limit.", "mem_limit: 512m")
        ),
        new(
            "5.12",
            "CPU is limited or weighed",
            CheckWeight.Low,
            "One container in a loop takes the processors of all on its host.",
            "Set a number of processors (cpus) or a weight (cpu_shares).",
            examined =>
                examined.Facts.CpuLimit > 0
                    ? Verdict.Pass($"Its limit is {Ui.Format.Number.Text(examined.Facts.CpuLimit)} processors.")
                : examined.Facts.Isolation is not { } isolation ? Verdict.NotTold
                : isolation.CpuShares is 0 or DefaultShares
                    ? Verdict.Fail("It has no limit of processors and Docker's default weight.", "cpus: 1.0")
                : Verdict.Pass($"Its weight is {isolation.CpuShares}.")
        ),
        new(
            "5.15",
            "Docker starts it again at most five times",
            CheckWeight.Low,
            "A container that can't start and is started again for ever uses up its host and hides that it fails.",
            "Set the restart policy on-failure with five tries. Where it has to come back after the host's restart too, make an exception.",
            examined =>
                examined.Facts.RestartPolicy switch
                {
                    "no" or "" => Verdict.Pass("Docker does not start it again."),
                    "on-failure:1" or "on-failure:2" or "on-failure:3" or "on-failure:4" or "on-failure:5" =>
                        Verdict.Pass($"Its restart policy is {examined.Facts.RestartPolicy}."),
                    var policy => Verdict.Fail($"Its restart policy is {policy}.", "restart: on-failure:5"),
                }
        ),
        new(
            "5.19",
            "Limits of processes are not lifted",
            CheckWeight.Low,
            "Without limits of open files, processes and core dumps one container uses up its host.",
            "Set the limits that the application needs by number, or none, so that the engine's hold.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.LiftedUlimits().ToList() is [_, ..] lifted
                        ? Verdict.Fail(
                            $"{string.Join(", ", lifted)} is no limit.",
                            ["ulimits:", .. lifted.Select(limit => $"  {limit.Split('=')[0]}: !reset null")]
                        )
                    : isolation.Ulimits.Count > 0 ? Verdict.Pass($"Its own are {string.Join(", ", isolation.Ulimits)}.")
                    : Verdict.Pass("It has none of its own, so its engine's hold.")
            )
        ),
        new(
            "5.25",
            "It lives in the engine's own control group",
            CheckWeight.Low,
            "In another group other limits hold than those that stand beside it here.",
            "Take cgroup_parent away.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.CgroupParent.Length > 0
                        ? Verdict.Fail(
                            $"Its control group is below {isolation.CgroupParent}.",
                            "cgroup_parent: !reset null"
                        )
                        : Verdict.Pass("Its control group is its engine's.")
            )
        ),
        new(
            "5.27",
            "Its health is checked",
            CheckWeight.Medium,
            "A process that hangs looks the same as one that works.",
            "Give a healthcheck, in the image or in the Compose file.",
            examined =>
                examined.Facts.Health is "healthy" or "unhealthy" or "starting"
                    ? Verdict.Pass("Docker checks its health.")
                : examined.Facts.Isolation is not { } isolation ? Verdict.NotTold
                : isolation.HasHealthCheck ? Verdict.Pass("Docker checks its health.")
                : Verdict.Fail(
                    "Nothing asks it whether it is well.",
                    "healthcheck:",
                    "  test: [\"CMD\", \"wget\", \"-qO-\", \"http://127.0.0.1:8080/healthz\"]",
                    "  interval: 15s",
                    "  timeout: 3s",
                    "  retries: 3"
                )
        ),
        new(
            "5.29",
            "The number of processes is limited",
            CheckWeight.Medium,
            "One program that forks without end stops its host.",
            "Set pids_limit.",
            ContainerCheck.From(
                (isolation, _) =>
                    isolation.PidsLimit > 0
                        ? Verdict.Pass($"It may have {isolation.PidsLimit} processes.")
                        : Verdict.Fail("It may have any number of processes.", "pids_limit: 200")
            )
        ),
    ];
}
