using System.Globalization;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>In order, the worst last; a word that no scanner's scale has is Unknown.</summary>
public enum Severity
{
    Unknown,
    Low,
    Medium,
    High,
    Critical,
}

public enum FindingState
{
    Open,
    Accepted,
    Fixed,
}

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
}
