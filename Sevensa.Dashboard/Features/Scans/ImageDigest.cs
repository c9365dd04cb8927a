using System.Globalization;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>How an image is named: a digest with or without its repository, or the id of an image that has none.</summary>
internal static class ImageDigest
{
    private const int HexDigits = 64;

    /// <summary>The bare <c>sha256:…</c> of <c>repo@sha256:…</c> or <c>sha256:…</c>; null when it is neither.</summary>
    public static string? Bare(string? text)
    {
        if (text is null)
        {
            return null;
        }
        var bare = text[(text.LastIndexOf('@') + 1)..].Trim();
        return
            bare.StartsWith("sha256:", StringComparison.Ordinal)
            && bare.Length == "sha256:".Length + HexDigits
            && bare["sha256:".Length..].All(char.IsAsciiHexDigit)
            ? bare.ToLower(CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>The repository of <c>repo:tag</c> or <c>repo@sha256:…</c>; null of what names none.</summary>
    public static string? Repository(string? name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.StartsWith("sha256:", StringComparison.Ordinal) || IsArchive(name))
        {
            return null;
        }
        var bare = name.Split('@')[0];
        var colon = bare.LastIndexOf(':');
        // A colon before a slash is a registry's port.
        return colon > bare.LastIndexOf('/') ? bare[..colon] : bare;
    }

    /// <summary>A file in which an image is kept: its name is no image's, and tools make digests of their own for it.</summary>
    public static bool IsArchive(string? name) =>
        name is not null
        && (
            name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase)
        );
}

/// <summary>For which processor an image is made: <c>linux/amd64</c>, <c>linux/arm/v7</c>.</summary>
internal static class ImagePlatform
{
    /// <summary>As the platform is kept: lower case, linux where no system is named, variants only where they tell platforms apart. Null when no architecture is named.</summary>
    public static string? Of(string? system, string? architecture, string? variant = null)
    {
        if (string.IsNullOrWhiteSpace(architecture))
        {
            return null;
        }
        var machine = architecture.Trim().ToLowerInvariant() switch
        {
            "x86_64" or "x86-64" => "amd64",
            "aarch64" => "arm64",
            var other => other,
        };
        var os = string.IsNullOrWhiteSpace(system) ? "linux" : system.Trim().ToLowerInvariant();
        return machine == "arm" && !string.IsNullOrWhiteSpace(variant)
            ? $"{os}/{machine}/{variant.Trim().ToLowerInvariant()}"
            : $"{os}/{machine}";
    }

    /// <summary>Reads <c>linux/amd64</c> or <c>amd64</c>.</summary>
    public static string? Read(string? text)
    {
        var parts = (text ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length switch
        {
            1 => Of(null, parts[0]),
            2 or 3 => Of(parts[0], parts[1], parts.ElementAtOrDefault(2)),
            _ => null,
        };
    }
}
