namespace Sevensa.Dashboard.Protocol;

/// <summary>How far a container is held apart from its host and from others, in the words of Docker's description of it.</summary>
/// <param name="AddedCapabilities">As they were asked for: <c>NET_ADMIN</c>, <c>CAP_NET_ADMIN</c> or <c>ALL</c>.</param>
/// <param name="SecurityOptions">As they were asked for: <c>no-new-privileges:true</c>, <c>seccomp=unconfined</c>.</param>
/// <param name="AppArmorProfile">That it runs under; empty where the engine has no AppArmor.</param>
/// <param name="UserNamespaceMode">Empty, or <c>host</c>.</param>
/// <param name="UtsMode">Empty, or <c>host</c>.</param>
/// <param name="CgroupParent">Empty for the engine's own.</param>
/// <param name="PidsLimit">Processes; 0 for no limit.</param>
/// <param name="CpuShares">0 for Docker's default of 1024.</param>
/// <param name="Devices">Devices of the host as <c>--device</c> writes them: <c>/dev/fuse:/dev/fuse:rwm</c>.</param>
/// <param name="Ulimits">As <c>--ulimit</c> writes them: <c>nofile=1024:2048</c>; -1 is no limit.</param>
/// <param name="HasHealthCheck">Docker asks it how it is.</param>
/// <param name="ExposedPorts">Ports that its image or its configuration says it listens on: <c>5432/tcp</c>.</param>
/// <param name="ImageUser">The user that its image names, whatever its configuration says; empty for none, null where that is not known.</param>
public sealed record ContainerIsolation(
    IReadOnlyList<string> AddedCapabilities,
    IReadOnlyList<string> DroppedCapabilities,
    IReadOnlyList<string> SecurityOptions,
    string AppArmorProfile,
    string UserNamespaceMode,
    string UtsMode,
    string CgroupParent,
    long PidsLimit,
    long CpuShares,
    IReadOnlyList<string> Devices,
    IReadOnlyList<string> Ulimits,
    bool HasHealthCheck,
    IReadOnlyList<string> ExposedPorts,
    IReadOnlyList<MountedPlace> Mounts,
    IReadOnlyList<NetworkEndpoint> Endpoints,
    string? ImageUser = null
)
{
    /// <summary>Those of <see cref="Ulimits"/> of which either number is none.</summary>
    public IEnumerable<string> LiftedUlimits() =>
        Ulimits.Where(limit => limit[(limit.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(':').Contains("-1"));
}

/// <param name="Type">Docker's word: bind, volume, tmpfs, npipe, cluster.</param>
/// <param name="Source">Path on the host; of a volume its name.</param>
/// <param name="Propagation">Empty, or <c>rprivate</c>, <c>private</c>, <c>rshared</c>, <c>shared</c>, <c>rslave</c>, <c>slave</c>.</param>
public sealed record MountedPlace(string Type, string Source, string Destination, bool Writable, string Propagation);

/// <summary>A container's place in a network, and what of the network decides who is reached in it.</summary>
/// <param name="NetworkId">Of the network; the same name may be another network on another host.</param>
/// <param name="Aliases">Names under which it is found there.</param>
/// <param name="Address">IPv4, or IPv6 where it has no other; empty while it does not run.</param>
/// <param name="Driver">bridge, macvlan, overlay, …; empty when the network is gone or could not be read.</param>
/// <param name="Internal">No way leads out of it but to the host itself.</param>
/// <param name="InterContainer">Containers in it reach each other (<c>com.docker.network.bridge.enable_icc</c>).</param>
public sealed record NetworkEndpoint(
    string Network,
    string NetworkId,
    IReadOnlyList<string> Aliases,
    string Address,
    string Driver,
    bool Internal,
    bool InterContainer
);

/// <summary>What the engine says of how it is set up, where that decides how far containers are held apart.</summary>
/// <param name="SecurityOptions">In Docker's words: <c>name=seccomp,profile=builtin</c>, <c>name=rootless</c>, <c>name=userns</c>.</param>
/// <param name="InterContainer">Whether containers reach each other on the default bridge; null when there is no default bridge.</param>
/// <param name="InsecureRegistries">Registries besides the loopback addresses that are asked without TLS or without checking it.</param>
/// <param name="AuthorizationPlugins">Programs that are asked before a client's command is carried out.</param>
/// <param name="SwarmState">inactive, active, pending, error or locked.</param>
public sealed record EngineSettings(
    IReadOnlyList<string> SecurityOptions,
    bool LiveRestore,
    string LoggingDriver,
    bool? InterContainer,
    IReadOnlyList<string> InsecureRegistries,
    IReadOnlyList<string> AuthorizationPlugins,
    string SwarmState,
    bool Experimental
);
