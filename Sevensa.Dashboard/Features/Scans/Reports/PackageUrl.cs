using System.Collections.Frozen;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>A package URL (<c>pkg:type/namespace/name@version?qualifiers</c>), and what a finding calls the same package.</summary>
/// <param name="Version">Empty when none is named.</param>
internal sealed record PackageUrl(
    string Type,
    string Namespace,
    string Name,
    string Version,
    FrozenDictionary<string, string> Qualifiers
)
{
    private const string Scheme = "pkg:";
    private const int Longest = 1000;

    /// <summary>Packages of the operating system, which lie at no place of their own.</summary>
    private static readonly string[] SystemTypes = ["deb", "apk", "rpm", "alpm"];

    public bool IsOfSystem => Array.IndexOf(SystemTypes, Type) >= 0;

    /// <summary>Whether it names an image and no part of one.</summary>
    public bool IsImage => Type is "oci" or "docker";

    /// <summary>The image's bare digest; null when it names none.</summary>
    public string? Digest => IsImage ? ImageDigest.Bare(Version) : null;

    /// <summary>The image's repository, as its owners write it; null of what is no image.</summary>
    public string? Repository =>
        !IsImage ? null
        : Qualifiers.GetValueOrDefault("repository_url") is { Length: > 0 } url ? Plain(url)
        : Plain(Namespace.Length > 0 ? $"{Namespace}/{Name}" : Name);

    /// <summary>The image's tag; null when it names none. A version that is no digest is one, and else nobody's.</summary>
    public string? Tag =>
        IsImage && Digest is null && Version.Length > 0 ? Version : Qualifiers.GetValueOrDefault("tag");

    /// <summary>Null for what is none.</summary>
    public static PackageUrl? Read(string? text)
    {
        text = text?.Trim();
        if (text is null || text.Length > Longest || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        var whole = text[Scheme.Length..].TrimStart('/').Split('#')[0].Split('?', 2);
        var path = whole[0];
        // A version's @ stands behind the last slash; a scope's before it.
        var at = path.LastIndexOf('@');
        var version = at > path.LastIndexOf('/') ? Uri.UnescapeDataString(path[(at + 1)..]) : "";
        var parts = (version.Length > 0 ? path[..at] : path)
            .Split('/', StringSplitOptions.RemoveEmptyEntries)
            .Select(Uri.UnescapeDataString)
            .ToArray();
        return parts.Length < 2
            ? null
            : new PackageUrl(
                parts[0].ToLowerInvariant(),
                string.Join('/', parts[1..^1]),
                parts[^1],
                version,
                QualifiersOf(whole.Length > 1 ? whole[1] : "")
            );
    }

    /// <summary>Whether a finding's package is this one, in its version where one is named.</summary>
    /// <param name="place">Where the package lies; empty for packages of the system.</param>
    /// <param name="ecosystem">Of which kind the package is (<see cref="Ecosystems"/>); null when nobody knows it.</param>
    public bool Means(string package, string installed, string place, string? ecosystem = null) =>
        (ecosystem is null || ecosystem == Type)
        && (!IsOfSystem || place.Length == 0)
        && Names().Any(name => IsName(name, package))
        && (Version.Length == 0 || Versions().Contains(Plainly(installed), StringComparer.Ordinal));

    /// <summary>Under what it is looked up: at least by every package that it means.</summary>
    public IEnumerable<(string Name, string Version)> Keys()
    {
        foreach (var name in Names())
        {
            if (Version.Length == 0)
            {
                yield return Key(name, "");
                continue;
            }
            foreach (var version in Versions())
            {
                yield return Key(name, version);
            }
        }
    }

    /// <summary>One of <see cref="Keys"/>, whatever kind of package it is.</summary>
    public static (string Name, string Version) Key(string package, string version) =>
        (Pythons(package), version.TrimStart('v'));

    /// <summary>A repository without the words that only Docker's own registry has.</summary>
    public static string Plain(string repository)
    {
        var plain = repository.Trim().TrimEnd('/').ToLowerInvariant();
        foreach (var start in (string[])["https://", "http://", "index.docker.io/", "docker.io/", "library/"])
        {
            plain = plain.StartsWith(start, StringComparison.Ordinal) ? plain[start.Length..] : plain;
        }
        return plain;
    }

    private IEnumerable<string> Names()
    {
        yield return Name;
        if (Namespace.Length > 0 && !IsOfSystem)
        {
            yield return $"{Namespace}/{Name}";
            yield return $"{Namespace}:{Name}";
        }
    }

    /// <summary>A name alone is that of the package only where its kind has no others beside it: <c>@a/x</c> is not <c>x</c>.</summary>
    private bool IsName(string name, string package) =>
        Type == "pypi" ? Pythons(name) == Pythons(package)
        : name == Name && Namespace.Length > 0 && Type is "npm" or "golang" or "composer"
            ? package == $"{Namespace}/{Name}"
        : package == name;

    private static string Pythons(string name) => name.ToLowerInvariant().Replace('_', '-').Replace('.', '-');

    private IEnumerable<string> Versions()
    {
        yield return Plainly(Version);
        if (Qualifiers.GetValueOrDefault("epoch") is { Length: > 0 } epoch)
        {
            yield return Plainly($"{epoch}:{Version}");
        }
    }

    private string Plainly(string version) => Type == "golang" ? version.TrimStart('v') : version;

    private static FrozenDictionary<string, string> QualifiersOf(string text)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
                ? (pair[..equals], pair[(equals + 1)..])
                : (pair, "");
            read.TryAdd(key.ToLowerInvariant(), Uri.UnescapeDataString(value));
        }
        return read.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
