namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>Of which kind a package is (npm's, pip's, Debian's), by the word that package URLs have for it.</summary>
internal static class Ecosystems
{
    private const string Scheme = "pkg:";
    private const int Longest = 24;

    /// <summary>What Trivy and Grype call the lists in which they find packages.</summary>
    private static readonly Dictionary<string, string> ByList = new(StringComparer.OrdinalIgnoreCase)
    {
        ["deb"] = "deb",
        ["apk"] = "apk",
        ["rpm"] = "rpm",
        ["alpm"] = "alpm",
        ["npm"] = "npm",
        ["node-pkg"] = "npm",
        ["yarn"] = "npm",
        ["pnpm"] = "npm",
        ["bun"] = "npm",
        ["pip"] = "pypi",
        ["pipenv"] = "pypi",
        ["poetry"] = "pypi",
        ["uv"] = "pypi",
        ["python-pkg"] = "pypi",
        ["python"] = "pypi",
        ["conda-pkg"] = "conda",
        ["jar"] = "maven",
        ["pom"] = "maven",
        ["gradle"] = "maven",
        ["java-archive"] = "maven",
        ["gomod"] = "golang",
        ["gobinary"] = "golang",
        ["go-module"] = "golang",
        ["bundler"] = "gem",
        ["gemspec"] = "gem",
        ["gem"] = "gem",
        ["cargo"] = "cargo",
        ["rustbinary"] = "cargo",
        ["rust-crate"] = "cargo",
        ["composer"] = "composer",
        ["composer-vendor"] = "composer",
        ["php-composer"] = "composer",
        ["nuget"] = "nuget",
        ["dotnet-core"] = "nuget",
        ["dotnet"] = "nuget",
    };

    /// <summary>Null when neither says it.</summary>
    /// <param name="purl">The package's URL; null for none.</param>
    /// <param name="list">The scanner's own word; null for none.</param>
    public static string? Of(string? purl, string? list = null) =>
        InUrl(purl) ?? (list is null ? null : ByList.GetValueOrDefault(list));

    private static string? InUrl(string? purl)
    {
        if (purl is null || !purl.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var rest = purl.AsSpan(Scheme.Length).TrimStart('/');
        var slash = rest.IndexOf('/');
        return slash is > 0 and <= Longest ? rest[..slash].ToString().ToLowerInvariant() : null;
    }
}
