namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>What a service was on a host from a moment on, until its next release there.</summary>
/// <param name="Host">Name of the host; releases of one service on one host follow each other.</param>
/// <param name="Fingerprint">Equal for what runs alike.</param>
/// <param name="By">Who brought it: a person, Docker Compose, or unknown.</param>
/// <param name="Cause">One of <see cref="ReleaseCauses"/>, or <see cref="Told"/>.</param>
/// <param name="Why">The reason that was given, when one was.</param>
/// <param name="ActionId">The proposal that brought it.</param>
/// <param name="Containers">Its replicas; empty when the service was taken away.</param>
/// <param name="Recorded">The host keeps its full specification, so that it can be created again as it was.</param>
public sealed record Release(
    string Id,
    string Tenant,
    string Service,
    string HostId,
    string Host,
    DateTimeOffset At,
    string Fingerprint,
    string By,
    string Cause,
    string? Why,
    string? ActionId,
    IReadOnlyList<ReleaseContainer> Containers,
    bool Recorded
)
{
    /// <summary>Known from elsewhere than a runner: its image is known, its specification is not.</summary>
    public const string Told = "told";

    public bool Gone => Containers.Count == 0;

    public int Replicas => Containers.Count;

    /// <summary>One that stands for all: replicas are alike but for name and number.</summary>
    public ReleaseContainer? First => Containers is [var first, ..] ? first : null;

    /// <summary>As it was referred to, <c>sevensa/rentguy-api:2.4.0</c>; empty when the service is gone.</summary>
    public string Image => Gone ? "" : Containers[0].Image;

    public string ImageDigest => Gone ? "" : Containers[0].ImageDigest;

    public string ImageId => Gone ? "" : Containers[0].ImageId;

    public string ConfigHash => Gone ? "" : Containers[0].ConfigHash;

    public string Tag => Gone ? "nothing" : ReleaseLabels.TagOf(Image, ImageDigest);

    /// <summary>It changed the database in a way that what ran before can't read.</summary>
    public bool Migrates => Containers.Any(container => ReleaseLabels.Says(container.Labels, ReleaseLabels.Migrates));
}

internal static class ReleaseLabels
{
    /// <summary>Label on a container or its image: this release changed the database in a way that older code can't read.</summary>
    public const string Migrates = "sevensa.migrates";

    public static bool Says(IReadOnlyDictionary<string, string> labels, string name) =>
        labels.TryGetValue(name, out var value) && value is ("true" or "1" or "yes");

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
