using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Docker's inspect → what the dashboard may know. Environment values stay here.</summary>
/// <param name="hostSecret">Keys the hashes of environment values, so that they can't be guessed from outside.</param>
internal sealed class FactsReader(Ownership ownership, ReadOnlyMemory<byte> hostSecret, OwnContainers own)
{
    private const string ServiceLabel = "sevensa.service";
    private const string ComposeServiceLabel = "com.docker.compose.service";

    private static readonly InspectedHost NoHost = new(
        false,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        0,
        0,
        0,
        0,
        0,
        false,
        false
    );

    /// <summary>Attributes of events worth sending; the rest repeats the container's labels.</summary>
    private static readonly string[] TellingAttributes = ["image", "exitCode", "signal", "execDuration", "oldName"];

    /// <param name="described">Docker's own JSON.</param>
    /// <param name="networks">What is known of the networks, by id.</param>
    /// <param name="imageUser">The user that its image names; null where that is not known.</param>
    /// <exception cref="JsonException">It is not of the form that this program knows; its path says where.</exception>
    public ContainerFacts Read(
        JsonObject described,
        IReadOnlyList<string> repositoryDigests,
        IReadOnlyDictionary<string, NetworkManner>? networks = null,
        string? imageUser = null
    )
    {
        var container =
            described.Deserialize(EngineJson.Default.Inspected)
            ?? throw new JsonException("A description of a container is an object.");
        var config = container.Config ?? new InspectedConfig(null, null, null, null);
        var host = container.HostConfig ?? NoHost;
        var state = container.State ?? new InspectedState(null, false, false, 0, null, null, null);
        var labels = config.Labels ?? new Dictionary<string, string>();
        var id = container.Id ?? "";
        var name = (container.Name ?? "").TrimStart('/');
        var image = config.Image ?? container.Image ?? "";
        var ended = state.Status is "exited" or "dead";
        return new ContainerFacts(
            id,
            name,
            ownership.TenantOf(labels),
            ServiceOf(labels, name),
            Label(labels, Ownership.ProjectLabel),
            image,
            container.Image ?? "",
            ImageDigest(image, container.Image ?? "", repositoryDigests),
            ConfigHash.Of(described, hostSecret.Span),
            state.Status ?? "",
            string.IsNullOrEmpty(state.Health?.Status) ? "none" : state.Health.Status,
            ended || state.Restarting ? (int)state.ExitCode : null,
            state.OOMKilled,
            (int)container.RestartCount,
            RestartPolicyOf(host),
            Timestamps.UnixMs(container.Created),
            Timestamps.UnixMs(state.StartedAt),
            Timestamps.UnixMs(state.FinishedAt),
            host.Memory,
            CpuLimit(host),
            config.User ?? "",
            host.Privileged,
            host.ReadonlyRootfs,
            [.. (container.NetworkSettings?.Networks?.Keys ?? []).Order(StringComparer.Ordinal)],
            Ports(container.NetworkSettings?.Ports),
            [.. (container.Mounts ?? []).Select(Mount).Order(StringComparer.Ordinal)],
            [.. (config.Env ?? []).Select(pair => pair.Split('=', 2)[0]).Order(StringComparer.Ordinal)],
            new Dictionary<string, string>(labels),
            own.RoleOf(id, labels),
            Settings(container, host),
            Isolation: IsolationReader.Read(container, config, host, networks, imageUser),
            Exposed: ExposedVariables.Of(config.Env ?? [], hostSecret.Span)
        );
    }

    /// <summary>What the list of containers says of one whose own description could not be read.</summary>
    /// <param name="listed">Docker's own JSON, of which any member may be missing or strange.</param>
    public ContainerFacts Unread(JsonObject listed, string why)
    {
        var id = Text(listed["Id"]);
        var names = (listed["Names"] as JsonArray ?? []).Select(Text).Where(found => found.Length > 0).ToList();
        var name = (names.Find(found => found.LastIndexOf('/') <= 0) ?? names.FirstOrDefault() ?? id).TrimStart('/');
        var labels = (listed["Labels"] as JsonObject ?? []).ToDictionary(
            label => label.Key,
            label => Text(label.Value),
            StringComparer.Ordinal
        );
        var created = listed["Created"] is JsonValue seconds && seconds.TryGetValue<long>(out var at) ? at * 1000 : 0;
        return new ContainerFacts(
            id,
            name,
            ownership.TenantOf(labels),
            ServiceOf(labels, name),
            Label(labels, Ownership.ProjectLabel),
            Text(listed["Image"]),
            Text(listed["ImageID"]),
            Text(listed["ImageID"]),
            "",
            Text(listed["State"]),
            HealthIn(Text(listed["Status"])),
            null,
            false,
            0,
            "",
            created,
            0,
            0,
            0,
            0,
            "",
            false,
            false,
            [
                .. (listed["NetworkSettings"]?["Networks"] as JsonObject ?? [])
                    .Select(network => network.Key)
                    .Order(StringComparer.Ordinal),
            ],
            [],
            [],
            [],
            labels,
            own.RoleOf(id, labels),
            null,
            why
        );
    }

    /// <summary>"Up 5 minutes (healthy)", "Up 2 seconds (health: starting)".</summary>
    private static string HealthIn(string status) =>
        status.EndsWith("(healthy)", StringComparison.Ordinal) ? "healthy"
        : status.EndsWith("(unhealthy)", StringComparison.Ordinal) ? "unhealthy"
        : status.EndsWith("(health: starting)", StringComparison.Ordinal) ? "starting"
        : "none";

    private static ContainerSettings Settings(Inspected container, InspectedHost host) =>
        new(
            host.AutoRemove,
            host.NetworkMode ?? "",
            host.PidMode ?? "",
            host.IpcMode ?? "",
            [.. (host.VolumesFrom ?? []).Select(from => from.Split(':', 2)[0])],
            [.. (host.Links ?? []).Select(link => link.Split(':', 2)[0].TrimStart('/'))],
            [
                .. (host.PortBindings ?? new Dictionary<string, IReadOnlyList<PortBinding>?>())
                    .SelectMany(port =>
                        (port.Value ?? []).Select(binding => $"{Address(binding)}{Asked(binding.HostPort)}:{port.Key}")
                    )
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            Math.Max(0, host.CpuQuota),
            Math.Max(0, host.CpuPeriod),
            Math.Max(0, host.MemoryReservation),
            [
                .. (container.Mounts ?? [])
                    .Where(mount => mount.Type == "volume" && EngineText.IsGenerated(mount.Name ?? ""))
                    .Select(mount => mount.Destination ?? "")
                    .Order(StringComparer.Ordinal),
            ],
            container.Config?.StopSignal ?? ""
        );

    private static string Address(PortBinding binding) =>
        string.IsNullOrEmpty(binding.HostIp) ? ""
        : binding.HostIp.Contains(':', StringComparison.Ordinal) ? $"[{binding.HostIp}]:"
        : $"{binding.HostIp}:";

    /// <summary>Docker takes 0, as it takes nothing, for a port of its own choice.</summary>
    private static string Asked(string? hostPort) => hostPort is null or "0" ? "" : hostPort;

    /// <summary>Null for what is noise: every health check execs twice.</summary>
    public EngineEvent? Event(EventMessage message)
    {
        if (message.Type == "network")
        {
            return OfNetwork(message);
        }
        if (
            message.Type != "container"
            || message.Action is not { Length: > 0 } action
            || message.Actor?.Id is not { } id
        )
        {
            return null;
        }
        if (action.StartsWith("exec_", StringComparison.Ordinal) || action is "top" or "attach" or "resize")
        {
            return null;
        }
        var all = message.Actor.Attributes ?? new Dictionary<string, string>();
        var name = Label(all, "name") ?? "";
        var telling = TellingAttributes
            .Where(all.ContainsKey)
            .ToDictionary(key => key, key => all[key], StringComparer.Ordinal);
        if (action.StartsWith("health_status", StringComparison.Ordinal))
        {
            // "health_status: healthy", and since 25.0 also "health_status" with an attribute.
            var health = action.Split(':', 2) is [_, var word] ? word.Trim() : Label(all, "health") ?? "";
            telling["health"] = health;
            action = "health_status";
        }
        var time = message.TimeNano is { } nano ? nano / 1_000_000 : (message.Time ?? 0) * 1000;
        return new EngineEvent(
            time,
            message.Type,
            action,
            id,
            name,
            ownership.TenantOf(all),
            ServiceOf(all, name),
            telling
        );
    }

    /// <summary>A container came to a network or left it, which changes the container's facts.</summary>
    private static EngineEvent? OfNetwork(EventMessage message) =>
        message.Action is "connect" or "disconnect"
        && message.Actor?.Attributes is { } all
        && Label(all, "container") is { } container
            ? new EngineEvent(
                message.TimeNano is { } nano ? nano / 1_000_000 : (message.Time ?? 0) * 1000,
                "network",
                message.Action,
                container,
                "",
                null,
                null,
                new Dictionary<string, string> { ["network"] = Label(all, "name") ?? "" }
            )
            : null;

    private static string ServiceOf(IReadOnlyDictionary<string, string> labels, string name) =>
        Label(labels, ServiceLabel) ?? Label(labels, ComposeServiceLabel) ?? name;

    private static string? Label(IReadOnlyDictionary<string, string> labels, string key) =>
        labels.TryGetValue(key, out var value) && value.Length > 0 ? value : null;

    /// <summary>The digest of the repository it was created from, when there are several.</summary>
    internal static string ImageDigest(string reference, string imageId, IReadOnlyList<string> repositoryDigests)
    {
        var repository = RepositoryOf(reference);
        return repositoryDigests
                .Where(digest =>
                    digest.Contains('@', StringComparison.Ordinal)
                    && !digest.StartsWith("<none>", StringComparison.Ordinal)
                )
                .OrderByDescending(digest => digest.StartsWith(repository + "@", StringComparison.Ordinal))
                .ThenBy(digest => digest, StringComparer.Ordinal)
                .FirstOrDefault()
            ?? imageId;
    }

    private static string RepositoryOf(string reference)
    {
        var bare = reference.Split('@', 2)[0];
        var colon = bare.LastIndexOf(':');
        return colon > bare.LastIndexOf('/') ? bare[..colon] : bare;
    }

    private static string RestartPolicyOf(InspectedHost host) =>
        host.RestartPolicy?.Name switch
        {
            ("always" or "unless-stopped") and var word => word,
            "on-failure" when host.RestartPolicy.MaximumRetryCount > 0 =>
                $"on-failure:{host.RestartPolicy.MaximumRetryCount}",
            "on-failure" => "on-failure",
            _ => "no",
        };

    private static double CpuLimit(InspectedHost host) =>
        host.NanoCpus > 0 ? host.NanoCpus / 1e9
        : host.CpuQuota > 0
            ? (double)host.CpuQuota / (host.CpuPeriod > 0 ? host.CpuPeriod : ContainerSettings.DefaultCpuPeriodUs)
        : 0;

    private static IReadOnlyList<string> Ports(IReadOnlyDictionary<string, IReadOnlyList<PortBinding>?>? ports) =>
        [
            .. (ports ?? new Dictionary<string, IReadOnlyList<PortBinding>?>())
                .SelectMany(port =>
                    port.Value is { Count: > 0 } bindings
                        ? bindings.Select(binding => $"{HostPart(binding)}->{port.Key}")
                        : [port.Key]
                )
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private static string HostPart(PortBinding binding) =>
        string.IsNullOrEmpty(binding.HostIp) ? binding.HostPort ?? ""
        : binding.HostIp.Contains(':', StringComparison.Ordinal) ? $"[{binding.HostIp}]:{binding.HostPort}"
        : $"{binding.HostIp}:{binding.HostPort}";

    private static string Mount(InspectedMount mount) =>
        $"{(string.IsNullOrEmpty(mount.Name) ? mount.Source : mount.Name)}:{mount.Destination}{(mount.RW ? "" : ":ro")}";
}
