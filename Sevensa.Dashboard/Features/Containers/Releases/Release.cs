namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>What a service ran on a host from a moment on, until the next release of the same service there.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Image">As it was referred to, <c>sevensa/rentguy-api:2.4.0</c>; empty when nothing ran any more.</param>
/// <param name="ImageDigest"><c>repo@sha256:…</c> or the image's id.</param>
/// <param name="ConfigHash">Of the full specification; the specification itself stays on the host.</param>
/// <param name="Replicas">Containers that ran it; zero when the service was taken away.</param>
/// <param name="Environment">Names of variables and keyed hashes of their values, which stay on the host.</param>
/// <param name="By">Who changed it: a person's name, <c>Compose</c>, or <c>unknown</c>.</param>
/// <param name="Cause"><c>action</c>, <c>compose</c>, <c>seed</c> or <c>unknown</c>.</param>
/// <param name="Migrates">The image or container says that it migrated the database; see <see cref="ReleaseLabels.Migrates"/>.</param>
/// <param name="Recorded">The host keeps its full specification, so that it can be created again as it was.</param>
internal sealed record Release(
    string Id,
    string Tenant,
    string Service,
    string HostId,
    string Host,
    DateTimeOffset At,
    string Image,
    string ImageDigest,
    string ImageId,
    string ConfigHash,
    int Replicas,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Mounts,
    IReadOnlyList<string> Ports,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Environment,
    string By,
    string Cause,
    string? Why,
    string? ActionId,
    bool Migrates,
    bool Recorded
)
{
    public string Tag => ReleaseLabels.TagOf(Image, ImageDigest);

    public bool Gone => Replicas == 0;
}

internal static class ReleaseLabels
{
    /// <summary>Label on a container or its image: this release changed the database in a way that older code can't read.</summary>
    public const string Migrates = "sevensa.migrates";

    public static bool Says(IReadOnlyDictionary<string, string> labels, string name) =>
        labels.TryGetValue(name, out var value) && value is "true" or "1" or "yes";

    /// <summary>"sevensa/api:2.4.1" → "2.4.1"; without a tag the start of the digest.</summary>
    public static string TagOf(string image, string digest)
    {
        var at = image.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? image : image[..at];
        var colon = name.LastIndexOf(':');
        if (colon > name.LastIndexOf('/') && !name.StartsWith("sha256:", StringComparison.Ordinal))
        {
            return name[(colon + 1)..];
        }
        var hex = digest[(digest.LastIndexOf(':') + 1)..];
        return hex.Length > 12 ? hex[..12] : hex;
    }
}
