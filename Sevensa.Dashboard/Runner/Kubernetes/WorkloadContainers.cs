namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>
/// A workload in the words in which a plan's containers are told, so that the rules of every delivery (it is there, whose it is, the
/// host's own policy, the world is as planned) hold for it as they do for a container.
/// </summary>
internal static class WorkloadContainers
{
    public static ContainerFacts Of(WorkloadFacts workload)
    {
        var planned = PlannedWorkloads.Planned(workload);
        return new ContainerFacts(
            workload.Uid,
            workload.Name,
            workload.Tenant,
            workload.Service,
            workload.Namespace,
            planned.Image,
            "",
            planned.ImageDigest,
            planned.ConfigHash,
            planned.State,
            "none",
            null,
            false,
            0,
            "always",
            workload.CreatedAtUnixMs,
            workload.CreatedAtUnixMs,
            0,
            0,
            0,
            "",
            false,
            false,
            planned.Networks,
            planned.Ports,
            [],
            [],
            workload.Labels,
            workload.SelfOf
        );
    }
}
