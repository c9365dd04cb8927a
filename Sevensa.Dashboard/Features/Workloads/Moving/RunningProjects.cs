using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>A Compose project that runs on a host.</summary>
/// <param name="Containers">Of this tenant alone.</param>
internal sealed record RunningProject(
    string HostId,
    string Host,
    string Project,
    IReadOnlyList<ContainerFacts> Containers
)
{
    public int Services => Containers.Select(one => one.Service).Distinct(StringComparer.Ordinal).Count();
}

/// <summary>
/// Running containers in Compose's words, as far as their runner tells. Values of the environment, commands and what a health check
/// asks never leave the host, so that they are named as what is missing.
/// </summary>
internal static class RunningProjects
{
    private const string DependsOn = "com.docker.compose.depends_on";

    // Of the image or of Docker in every container; a cluster sets its own.
    private static readonly HashSet<string> Everywhere = ["PATH", "HOME", "HOSTNAME", "TERM", "PWD"];

    public static IReadOnlyList<RunningProject> Of(IFleet fleet, string tenant) =>
        [
            .. fleet
                .ContainersOf(tenant)
                .Where(one => one.Facts.Project is not null && fleet.ClusterOf(one.HostId) is null)
                .GroupBy(one => (one.HostId, one.HostName, one.Facts.Project))
                .Where(group => !fleet.Hosts.Any(host => host.Id == group.Key.HostId && host.Facts?.IsCluster == true))
                .Select(group => new RunningProject(
                    group.Key.HostId,
                    group.Key.HostName,
                    group.Key.Project!,
                    [.. group.Select(one => one.Facts).OrderBy(facts => facts.Name, StringComparer.Ordinal)]
                ))
                .OrderBy(one => one.Project, StringComparer.Ordinal)
                .ThenBy(one => one.Host, StringComparer.Ordinal),
        ];

    public static MoveReport Move(RunningProject running, string name)
    {
        var losses = new List<MoveLoss>
        {
            new(
                null,
                "running containers",
                $"Read from what the runner of {running.Host} tells. Commands and entry points are not told, so the images' own are used: where the Compose file names others, give the file."
            ),
        };
        var (services, kept) = (
            new JsonObject(),
            new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        );
        foreach (var group in running.Containers.GroupBy(one => one.Service, StringComparer.Ordinal))
        {
            var one = group.First();
            services[group.Key] = Service(one, group.Count());
            kept[group.Key] =
            [
                .. one.EnvironmentNames.Where(variable => !Everywhere.Contains(variable)).Order(StringComparer.Ordinal),
            ];
            Say(group.Key, one, losses);
        }
        return ComposeMove.Of(new JsonObject { ["services"] = services }, name, losses, kept);
    }

    private static void Say(string service, ContainerFacts one, List<MoveLoss> losses)
    {
        if (one.Unread is { } unread)
        {
            losses.Add(new(service, "container", $"Its description can't be read: {unread}", true));
        }
        if (!one.ImageDigest.Contains('@', StringComparison.Ordinal))
        {
            losses.Add(
                new(
                    service,
                    "image",
                    $"{one.Image} has no digest of a registry: it is on this host alone. Push it where the nodes may pull.",
                    true
                )
            );
        }
        if (one.Isolation is { HasHealthCheck: true })
        {
            losses.Add(
                new(
                    service,
                    "healthcheck",
                    "It has one, and what it asks is not told by the runner: make a readiness probe of it."
                )
            );
        }
        if (one.State is not "running")
        {
            losses.Add(new(service, "state", $"It is {one.State} now; on the cluster it would run.", true));
        }
        if (one.Settings is null || one.Isolation is null)
        {
            losses.Add(
                new(
                    service,
                    "runner",
                    "Its runner is too old to tell ports that were asked for, capabilities and mounts in full. Upgrade it, or give the file.",
                    true
                )
            );
        }
    }

    private static JsonObject Service(ContainerFacts one, int count)
    {
        var made = new JsonObject
        {
            ["image"] = one.ImageDigest.Contains('@', StringComparison.Ordinal) ? one.ImageDigest : one.Image,
            ["restart"] = one.RestartPolicy,
        };
        if (count > 1)
        {
            made["scale"] = count.ToString(CultureInfo.InvariantCulture);
        }
        Put(made, "user", one.User);
        Put(made, "privileged", one.Privileged ? "true" : "");
        Put(made, "read_only", one.ReadOnlyRootFs ? "true" : "");
        Put(made, "mem_limit", Number(one.MemoryLimitBytes));
        Put(made, "cpus", one.CpuLimit > 0 ? one.CpuLimit.ToString("0.###", CultureInfo.InvariantCulture) : "");
        Put(made, "labels", Labels(one));
        Put(made, "depends_on", Dependencies(one));
        if (one.Settings is { } settings)
        {
            Put(made, "ports", settings.PortBindings);
            Put(made, "mem_reservation", Number(settings.MemoryReservationBytes));
            Put(made, "stop_signal", settings.StopSignal ?? "");
            Put(made, "volumes_from", settings.VolumesFrom);
            Put(made, "links", settings.Links);
            Put(made, "network_mode", OfAnother(settings.NetworkMode));
            Put(made, "pid", OfAnother(settings.PidMode));
            Put(made, "ipc", OfAnother(settings.IpcMode));
        }
        if (one.Isolation is { } isolation)
        {
            Put(made, "expose", isolation.ExposedPorts);
            Put(made, "cap_add", isolation.AddedCapabilities);
            Put(made, "cap_drop", isolation.DroppedCapabilities);
            Put(made, "security_opt", isolation.SecurityOptions);
            Put(made, "devices", isolation.Devices);
            Put(made, "ulimits", isolation.Ulimits);
            Put(made, "pids_limit", Number(isolation.PidsLimit));
            Put(made, "userns_mode", isolation.UserNamespaceMode);
            Put(made, "uts", isolation.UtsMode);
            if (isolation.HasHealthCheck)
            {
                // Without a test: there is one, and nobody knows it here.
                made["healthcheck"] = new JsonObject();
            }
            var anonymous = one.Settings?.AnonymousVolumes ?? [];
            var mounts = isolation.Mounts.Select(mount => Mount(mount, anonymous)).ToArray<JsonNode?>();
            if (mounts.Length > 0)
            {
                made["volumes"] = new JsonArray(mounts);
            }
        }
        return made;
    }

    private static JsonObject Mount(MountedPlace mount, IReadOnlyList<string> anonymous)
    {
        var made = new JsonObject { ["type"] = mount.Type, ["target"] = mount.Destination };
        if (mount.Source.Length > 0 && !anonymous.Contains(mount.Destination))
        {
            made["source"] = mount.Source;
        }
        if (!mount.Writable)
        {
            made["read_only"] = "true";
        }
        return made;
    }

    /// <summary>What Docker and the image write themselves means nothing elsewhere.</summary>
    private static List<string> Labels(ContainerFacts one) =>
        [
            .. one
                .Labels.Where(label =>
                    !label.Key.StartsWith("com.docker.", StringComparison.Ordinal)
                    && !label.Key.StartsWith("org.opencontainers.", StringComparison.Ordinal)
                )
                .OrderBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => $"{label.Key}={label.Value}"),
        ];

    /// <summary>As Compose writes it: <c>db:service_healthy:false,cache:service_started:false</c>.</summary>
    private static List<string> Dependencies(ContainerFacts one) =>
        [
            .. one
                .Labels.GetValueOrDefault(DependsOn, "")
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(entry => entry.Split(':')[0]),
        ];

    private static string OfAnother(string mode) =>
        mode == "host" || mode.StartsWith("container:", StringComparison.Ordinal) ? mode : "";

    private static string Number(long value) => value > 0 ? value.ToString(CultureInfo.InvariantCulture) : "";

    private static void Put(JsonObject made, string field, string value)
    {
        if (value.Length > 0)
        {
            made[field] = value;
        }
    }

    private static void Put(JsonObject made, string field, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            made[field] = new JsonArray([.. values.Select(one => (JsonNode?)one)]);
        }
    }
}
