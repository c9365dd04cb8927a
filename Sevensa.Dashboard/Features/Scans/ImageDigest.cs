using System.Globalization;
using Sevensa.Dashboard.Features.Scans.Reports;

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

    /// <summary>The locks under which what is known of an image is changed, one for each of its digests.</summary>
    public static string[] LocksOf(IEnumerable<string> digests) => [.. digests.Select(digest => $"image {digest}")];

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
    private const int MostOfAWord = 32;

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
        string[] words =
            machine == "arm" && !string.IsNullOrWhiteSpace(variant)
                ? [os, machine, variant.Trim().ToLowerInvariant()]
                : [os, machine];
        return words.All(IsWord) ? string.Join('/', words) : null;
    }

    /// <summary>Reads what a sender says, as <c>linux/amd64</c> or <c>amd64</c>; null when nothing is said.</summary>
    /// <exception cref="UnreadableReportException">422: it is no platform.</exception>
    public static string? Asked(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }
        var words = text.Trim().Split('/');
        var read = !words.All(IsWord)
            ? null
            : words switch
            {
                [var machine] => Of(null, machine),
                [var os, var machine] => Of(os, machine),
                [var os, var machine, var variant] => Of(os, machine, variant),
                _ => null,
            };
        return read
            ?? throw new UnreadableReportException(
                $"\"{ReportJson.Cut(text.Trim(), 60)}\" is no platform. platform= is os/architecture or os/architecture/variant, as in linux/arm64 or linux/arm/v7: of letters, digits, '.', '_' and '-', at most {MostOfAWord} characters each."
            );
    }

    /// <summary>Whether a report of one platform can be none of the other.</summary>
    /// <param name="tellsSystem">Whether the second names its operating system, or is only taken to be linux.</param>
    public static bool AreTwo(string one, string other, bool tellsSystem)
    {
        var (given, said) = (one.Split('/'), other.Split('/'));
        return given[1] != said[1]
            || (tellsSystem && given[0] != said[0])
            || (given.Length > 2 && said.Length > 2 && given[2] != said[2]);
    }

    private static bool IsWord(string text) =>
        text.Length is > 0 and <= MostOfAWord
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(one => char.IsAsciiLetterOrDigit(one) || one is '.' or '_' or '-');
}
