namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// What one service on one host was from a moment on, as its runner recorded it: it holds until the next release of the same
/// service. A new one is recorded when an image id, a configuration or the number of replicas changes; a restart makes none.
/// </summary>
/// <param name="Id">Unique among all hosts; the same when it is told again.</param>
/// <param name="Sequence">Rises by one per host.</param>
/// <param name="Fingerprint">SHA-256 (hex) over the replicas' image ids and configuration hashes: equal for what runs alike, now and then.</param>
/// <param name="SinceUnixMs">When it became what runs (start of its youngest replica), by the host's clock.</param>
/// <param name="Cause">Who or what brought it.</param>
/// <param name="Containers">Its replicas in order of name; empty when the service was taken away.</param>
public sealed record ReleaseFacts(
    string Id,
    long Sequence,
    string? Tenant,
    string Service,
    string? Project,
    string Fingerprint,
    long SinceUnixMs,
    ReleaseCause Cause,
    IReadOnlyList<ReleaseContainer> Containers
);

/// <param name="By">One of <see cref="ReleaseCauses"/>.</param>
/// <param name="ActionId">The proposal's id, for <see cref="ReleaseCauses.Action"/>.</param>
/// <param name="Detail">In words, when there is more to say: <c>docker compose (project rentguy)</c>.</param>
public sealed record ReleaseCause(string By, string? ActionId = null, string? Detail = null);

/// <summary>Words of <see cref="ReleaseCause.By"/>.</summary>
public static class ReleaseCauses
{
    /// <summary>An approved action of this product.</summary>
    public const string Action = "action";

    /// <summary>Docker Compose, by the labels it leaves.</summary>
    public const string Compose = "compose";

    /// <summary>Somebody or something else on the host.</summary>
    public const string Unknown = "unknown";

    /// <summary>It ran already when the runner first looked; its true beginning may be earlier.</summary>
    public const string Found = "found";
}

/// <summary>
/// One replica of a release. What could be a secret has not left the host: of environment values and command lines there are
/// hashes under a key of the host, so that two releases can be told apart without knowing the values.
/// </summary>
/// <param name="ContainerId">The container it was recorded from; it may be gone.</param>
/// <param name="Specification">Id of the full specification, which the runner keeps encrypted; what <c>container.recreate</c> and <c>container.create</c> name.</param>
/// <param name="Image">The reference it was created from.</param>
/// <param name="ImageDigest"><c>repo@sha256:…</c>, else <c>sha256:…</c> (the image id).</param>
/// <param name="Needs">Names of containers it can't be without: network, IPC, PID or volumes of another, and Compose's <c>depends_on</c> as service names.</param>
/// <param name="Environment">Hash by name.</param>
/// <param name="Settings">
/// Everything else of the specification that is not Docker's default, flat: <c>restart policy</c> → <c>unless-stopped</c>,
/// <c>memory limit</c> → <c>268435456</c>. A value that begins with <see cref="HashedPrefix"/> is a hash and is to be shown as
/// "changed", not as text.
/// </param>
public sealed record ReleaseContainer(
    string Name,
    string ContainerId,
    string Specification,
    string Image,
    string ImageId,
    string ImageDigest,
    string ConfigHash,
    IReadOnlyList<ReleaseNetwork> Networks,
    IReadOnlyList<ReleaseMount> Mounts,
    IReadOnlyList<string> Ports,
    IReadOnlyList<string> Needs,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<string, string> Settings
)
{
    public const string HashedPrefix = "hmac:";
}

/// <param name="Aliases">Without those that Docker derived from the container's id.</param>
/// <param name="Ipv4Address">Only when it was asked for; one that Docker chose is null.</param>
public sealed record ReleaseNetwork(
    string Name,
    IReadOnlyList<string> Aliases,
    string? Ipv4Address = null,
    string? Ipv6Address = null
);

/// <param name="Type"><c>volume</c>, <c>bind</c>, <c>tmpfs</c>…</param>
/// <param name="Source">Name of the volume, path on the host, or empty.</param>
/// <param name="Anonymous">A volume that nobody named: it holds data all the same and is kept by its generated name.</param>
public sealed record ReleaseMount(string Type, string Source, string Destination, bool ReadOnly, bool Anonymous);
