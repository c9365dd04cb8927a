namespace Sevensa.Dashboard.Protocol;

/// <summary>What a host has besides containers, read from Docker and the runner's own store at the moment of asking.</summary>
/// <param name="Snapshots">Of all volumes, newest first.</param>
/// <param name="Specifications">Ids of those kept on the host: those of the last releases of each service. A release made of others can't be restored.</param>
/// <param name="SnapshotFreeBytes">Room on the disk that snapshots are kept on, after the reserve that is never used.</param>
public sealed record HostResources(
    IReadOnlyList<ImageFacts> Images,
    IReadOnlyList<VolumeFacts> Volumes,
    IReadOnlyList<NetworkFacts> Networks,
    IReadOnlyList<VolumeSnapshot> Snapshots,
    long SnapshotFreeBytes,
    IReadOnlyList<string>? Specifications = null
);

/// <param name="Tags">Without the tags by which the runner keeps what releases need.</param>
/// <param name="Digests"><c>repo@sha256:…</c></param>
/// <param name="UsedBy">Names of containers, running or not, that were made from it.</param>
/// <param name="NeededBy">Services whose last releases need it: <c>rentguy/api</c> (tenant/service). It is never pruned while this is not empty.</param>
public sealed record ImageFacts(
    string Id,
    IReadOnlyList<string> Tags,
    IReadOnlyList<string> Digests,
    long SizeBytes,
    long CreatedAtUnixMs,
    IReadOnlyList<string> UsedBy,
    IReadOnlyList<string> NeededBy
);

/// <param name="Tenant">From its label <c>sevensa.tenant</c>, its Compose project, else the one tenant whose containers use it; null when none or several.</param>
/// <param name="UsedBy">Names of containers, running or not.</param>
public sealed record VolumeFacts(
    string Name,
    string Driver,
    string? Tenant,
    bool Anonymous,
    IReadOnlyList<string> UsedBy,
    IReadOnlyDictionary<string, string> Labels
);

/// <param name="Tenant">From its label <c>sevensa.tenant</c> or its Compose project; null for one that anybody may use.</param>
public sealed record NetworkFacts(
    string Id,
    string Name,
    string Driver,
    string? Tenant,
    bool Internal,
    IReadOnlyList<string> Subnets
);

/// <summary>A copy of a volume's content, compressed, on the host.</summary>
/// <param name="Id">What <c>volume.restore</c> names.</param>
/// <param name="SizeBytes">Compressed.</param>
/// <param name="Sha256">Of the compressed file, hex.</param>
/// <param name="ActionId">The action that made it.</param>
public sealed record VolumeSnapshot(
    string Id,
    string Volume,
    string? Tenant,
    long TakenAtUnixMs,
    long SizeBytes,
    string Sha256,
    string ActionId
);

/// <summary>What a reference to an image means on a host now.</summary>
/// <param name="ImageId">Null when it is not on the host.</param>
/// <param name="Digest"><c>repo@sha256:…</c>: of the image on the host, else what the registry answers; null when neither says.</param>
/// <param name="Trouble">The registry's or Docker's own words when it could not be told.</param>
public sealed record ResolvedImage(string Reference, string? ImageId, string? Digest, string? Trouble = null);
