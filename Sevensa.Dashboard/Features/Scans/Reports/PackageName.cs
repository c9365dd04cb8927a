namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>
/// What a package is called. Maven's have two names, and programs write both (<c>group:artifact</c>) or the artifact's alone with
/// the group beside it, in the package URL for instance.
/// </summary>
internal static class PackageName
{
    // Schemes and types of package URLs are the same in any case.
    private const string Maven = "pkg:maven/";

    /// <summary>What Debian writes behind a name's colon.</summary>
    private static readonly string[] Architectures =
    [
        "all",
        "any",
        "native",
        "amd64",
        "arm64",
        "armel",
        "armhf",
        "i386",
        "mips64el",
        "ppc64el",
        "riscv64",
        "s390x",
    ];

    /// <param name="purl">Package URL; null for none.</param>
    /// <param name="group">Maven's group, where it stands by itself.</param>
    public static string Of(string name, string? purl, string? group = null)
    {
        if (name.Contains(':', StringComparison.Ordinal))
        {
            return name;
        }
        return GroupIn(purl) is { } told ? $"{told}:{name}"
            : group is { Length: > 0 } && (purl is null || IsMavens(purl)) ? $"{group}:{name}"
            : name;
    }

    /// <summary>Whether a package URL is one of Maven's.</summary>
    public static bool IsMavens(string purl) => purl.StartsWith(Maven, StringComparison.OrdinalIgnoreCase);

    /// <summary>The artifact alone of a Maven package; null for names that have no group before a colon.</summary>
    public static string? WithoutGroup(string name) =>
        name.LastIndexOf(':') is > 0 and var colon
        && colon < name.Length - 1
        && Array.IndexOf(Architectures, name[(colon + 1)..]) < 0
            ? name[(colon + 1)..]
            : null;

    private static string? GroupIn(string? purl)
    {
        if (purl is null || !IsMavens(purl))
        {
            return null;
        }
        var path = purl[Maven.Length..].Split('@', '?', '#')[0];
        return path.LastIndexOf('/') is > 0 and var slash
            ? Uri.UnescapeDataString(path[..slash]).Replace('/', '.')
            : null;
    }
}
