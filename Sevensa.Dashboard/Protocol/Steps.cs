using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// Verbs of plan steps that a runner knows. Each takes the arguments record named beside it (none where there is none), and says
/// what <see cref="PlanStep.On"/> is. What a runner knows it tells in <c>HostFacts.Kinds</c>: don't plan a verb that is not there.
/// </summary>
public static class StepVerbs
{
    /// <summary>Docker's own restart of one container: one call, so nothing can die between stop and start. On a container id; <see cref="GraceArguments"/>.</summary>
    public const string ContainerRestart = "container.restart";

    /// <summary>On a container id; <see cref="GraceArguments"/>. Also the undo of a start.</summary>
    public const string ContainerStop = "container.stop";

    /// <summary>On a container id. Also the undo of a stop.</summary>
    public const string ContainerStart = "container.start";

    /// <summary>Changes limits without a restart. On a container id; <see cref="ResourcesArguments"/>.</summary>
    public const string ContainerResources = "container.resources";

    /// <summary>
    /// Puts a new container in a container's place, under its name: from its own or a recorded specification, optionally with
    /// another image or other volumes. The old one is stopped first, kept until the plan's verification has held, then removed.
    /// On the container's id; <see cref="RecreateArguments"/>.
    /// </summary>
    public const string ContainerRecreate = "container.recreate";

    /// <summary>
    /// Puts a new container in a container's place as <see cref="ContainerRecreate"/> does, from its own specification with less
    /// allowed. On the container's id; <see cref="HardenArguments"/>.
    /// </summary>
    public const string ContainerHarden = "container.harden";

    /// <summary>
    /// Puts a new container in a container's place as <see cref="ContainerRecreate"/> does, from its own specification with a
    /// secret as a file instead of a variable. Only runners that hand out secrets know it. On the container's id;
    /// <see cref="UnexposeArguments"/>.
    /// </summary>
    public const string ContainerUnexpose = "container.unexpose";

    /// <summary>Whether a verb puts another container in the place of the one it is done to.</summary>
    public static bool Replaces(string verb) => verb is ContainerRecreate or ContainerHarden or ContainerUnexpose;

    /// <summary>
    /// One more container: a sibling's for scaling up (on that sibling's id), or one that is gone, from its recorded
    /// specification (on the specification's id). <see cref="CreateArguments"/>.
    /// </summary>
    public const string ContainerCreate = "container.create";

    /// <summary>Stops a container, and removes it once the plan's verification has held. Volumes stay. On a container id; <see cref="GraceArguments"/>.</summary>
    public const string ContainerRemove = "container.remove";

    /// <summary>On a reference <c>repo:tag</c> or <c>repo@sha256:…</c>; <see cref="PullArguments"/>.</summary>
    public const string ImagePull = "image.pull";

    /// <summary>Removes one image that no container uses and no release needs; one step per image. On an image id.</summary>
    public const string ImagePrune = "image.prune";

    /// <summary>
    /// Scans the image that a container runs with the host's own scanner, and sends the report. Changes nothing. Only where the
    /// host's owner has named one. On a container id.
    /// </summary>
    public const string ImageScan = "image.scan";

    /// <summary>On a container id; <see cref="NetworkArguments"/>.</summary>
    public const string NetworkConnect = "network.connect";

    /// <summary>On a container id; <see cref="NetworkArguments"/>, of which only the network is read.</summary>
    public const string NetworkDisconnect = "network.disconnect";

    /// <summary>Copies a volume's content into a compressed file on the host. On a volume's name.</summary>
    public const string VolumeSnapshot = "volume.snapshot";

    /// <summary>Puts a snapshot into a new volume; the old one stays as it is. On the name of the volume the snapshot is of; <see cref="RestoreArguments"/>.</summary>
    public const string VolumeRestore = "volume.restore";

    /// <summary>Seconds between TERM and KILL, a whole number; 10 when absent.</summary>
    public const string GraceSeconds = "graceSeconds";
}

/// <summary>Values of <see cref="PlanVerification.Kind"/>. Containers that a step replaced are judged by their successors.</summary>
public static class VerificationKinds
{
    public const string None = "none";

    /// <summary>Running, and for <see cref="PlanVerification.ForSeconds"/> on end without having been restarted.</summary>
    public const string Running = "running";

    /// <summary>Running and healthy; for a container without a health check the same as <see cref="Running"/>.</summary>
    public const string Healthy = "healthy";

    public const string Stopped = "stopped";

    /// <summary>
    /// Not running, or not there any more: for containers that remove themselves when they end. Runners know it from
    /// <c>RunnerProtocol.WithSettings</c> on.
    /// </summary>
    public const string Gone = "gone";

    /// <summary>Of a secret; nothing that a runner looks at.</summary>
    public const string Version = "version";
}

/// <summary>Values of <see cref="PlanUndo.Kind"/>, besides the verb that brings a former state back.</summary>
public static class UndoKinds
{
    public const string None = "none";

    /// <summary>
    /// The runner takes back what the steps did, the last first: the old container is put back under its name, a created one is
    /// removed, limits and networks are set as they were. For plans with any verb but restart, stop and start.
    /// </summary>
    public const string Reverse = "reverse";
}

/// <param name="GraceSeconds">Seconds between TERM and KILL; 10 when absent.</param>
public sealed record GraceArguments(int? GraceSeconds = null);

/// <param name="MemoryBytes">Hard limit; 0 for none. Null leaves it.</param>
/// <param name="MemorySwapBytes">Memory and swap together; null keeps what swap there was on top of memory, -1 for no limit.</param>
/// <param name="Cpus">Processors, 0.5 is half of one; 0 for no limit. Null leaves it.</param>
public sealed record ResourcesArguments(long? MemoryBytes = null, long? MemorySwapBytes = null, double? Cpus = null);

/// <param name="Specification">Of a release (<c>ReleaseContainer.Specification</c>); null for the container's own as it is.</param>
/// <param name="Image">
/// Image id <c>sha256:…</c> or <c>repo@sha256:…</c>, which must be on the host; null for the specification's. With another
/// image, what the specification merely inherited from its image is taken from the new one.
/// </param>
/// <param name="Volumes">New name by old, for volumes of the specification: how restored data comes into use.</param>
/// <param name="Labels">Labels to set besides the specification's (null value: to remove).</param>
/// <param name="WithinSeconds">How long to wait for it to become healthy, or to have run for <paramref name="SteadySeconds"/>; 60 when absent.</param>
/// <param name="SteadySeconds">Without a health check: how long it must run without a restart; 5 when absent.</param>
/// <param name="KeepStopped">One that does not run is not started, whatever the plan's verification says of the others. From <c>RunnerProtocol.WithSettings</c> on.</param>
public sealed record RecreateArguments(
    string? Specification = null,
    string? Image = null,
    IReadOnlyDictionary<string, string>? Volumes = null,
    IReadOnlyDictionary<string, string?>? Labels = null,
    int? GraceSeconds = null,
    int? WithinSeconds = null,
    int? SteadySeconds = null,
    bool? KeepStopped = null
);

/// <param name="Name">Of the new container; must be free. Null for the specification's, when it is one that is gone.</param>
/// <param name="Specification">When <see cref="PlanStep.On"/> is a sibling: null for the sibling's own. Else the same as <see cref="PlanStep.On"/>.</param>
/// <param name="Labels">Labels to set besides (null value: to remove): <c>com.docker.compose.container-number</c> of a replica.</param>
public sealed record CreateArguments(
    string? Name = null,
    string? Specification = null,
    string? Image = null,
    IReadOnlyDictionary<string, string>? Volumes = null,
    IReadOnlyDictionary<string, string?>? Labels = null,
    int? WithinSeconds = null,
    int? SteadySeconds = null
);

/// <param name="Digest"><c>sha256:…</c> that the reference must turn out to be, when a tag is pulled.</param>
public sealed record PullArguments(string? Digest = null);

/// <param name="Network">Its name.</param>
public sealed record NetworkArguments(
    string Network,
    IReadOnlyList<string>? Aliases = null,
    string? Ipv4Address = null,
    string? Ipv6Address = null
);

/// <param name="Snapshot">Its id.</param>
/// <param name="Into">Name of the new volume; refused when there is one of that name.</param>
public sealed record RestoreArguments(string Snapshot, string Into);

/// <summary>Arguments of steps: written by who plans, read by who executes. A member that the record does not have is refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(GraceArguments))]
[JsonSerializable(typeof(ResourcesArguments))]
[JsonSerializable(typeof(RecreateArguments))]
[JsonSerializable(typeof(HardenArguments))]
[JsonSerializable(typeof(UnexposeArguments))]
[JsonSerializable(typeof(CreateArguments))]
[JsonSerializable(typeof(PullArguments))]
[JsonSerializable(typeof(NetworkArguments))]
[JsonSerializable(typeof(RestoreArguments))]
public sealed partial class StepJson : JsonSerializerContext
{
    public static JsonElement Of(GraceArguments arguments) => Element(arguments, Default.GraceArguments);

    public static JsonElement Of(ResourcesArguments arguments) => Element(arguments, Default.ResourcesArguments);

    public static JsonElement Of(RecreateArguments arguments) => Element(arguments, Default.RecreateArguments);

    public static JsonElement Of(HardenArguments arguments) => Element(arguments, Default.HardenArguments);

    public static JsonElement Of(UnexposeArguments arguments) => Element(arguments, Default.UnexposeArguments);

    public static JsonElement Of(CreateArguments arguments) => Element(arguments, Default.CreateArguments);

    public static JsonElement Of(PullArguments arguments) => Element(arguments, Default.PullArguments);

    public static JsonElement Of(NetworkArguments arguments) => Element(arguments, Default.NetworkArguments);

    public static JsonElement Of(RestoreArguments arguments) => Element(arguments, Default.RestoreArguments);

    private static JsonElement Element<T>(T arguments, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToElement(arguments, type);
}
