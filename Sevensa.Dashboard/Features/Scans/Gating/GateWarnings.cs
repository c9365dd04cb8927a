using System.Globalization;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>What a verdict says beside itself: what speaks against the image without denying it, and by whose leave it passes.</summary>
internal static class GateWarnings
{
    public static List<string> Of(List<ScannedImageRow> images, IReadOnlyList<OpenCount> open, GatePolicy policy)
    {
        var warnings = new List<string>();
        if (images.Select(image => image.EndOfLife).FirstOrDefault(system => system is not null) is { } old)
        {
            warnings.Add(
                $"Its system, {old}, is past its end of life: there is no security data for it any more, so that none found does not mean none there."
            );
        }
        var unrated = open.Where(count =>
                count.Kind == FindingKind.Vulnerability
                && count.Severity == Severity.Unknown
                && (!policy.CountsUnrated || (policy.FixableOnly && !count.HasFix))
            )
            .Sum(count => count.Count);
        if (unrated > 0)
        {
            var counting = policy.CountsUnrated ? "since there is no fix" : "one that ends in -unrated counts them";
            warnings.Add(
                $"{FindingKinds.Counted(FindingKind.Vulnerability, unrated)} that nobody rated {(unrated == 1 ? "does" : "do")} not count by this policy; {counting}."
            );
        }
        if (images.Exists(image => image.ScannedAt is not null))
        {
            warnings.AddRange(
                images
                    .Where(image => image is { ScannedAt: null, Platform: not null })
                    .Select(image => $"Nobody scanned it for vulnerabilities on {image.Platform}.")
                    .Distinct()
            );
        }
        var others = open.Where(count => !policy.Judges(count))
            .GroupBy(count => count.Kind)
            .Select(kind => FindingKinds.Counted(kind.Key, kind.Sum(count => count.Count)))
            .ToList();
        if (others.Count > 0)
        {
            warnings.Add($"Beside it, not judged by this policy: {string.Join(", ", others)}.");
        }
        return warnings;
    }

    /// <param name="ends">Of the acceptances without which the policy would deny; at least one.</param>
    public static string Accepted(IReadOnlyList<DateTimeOffset?> ends)
    {
        var end = ends.Min() is { } first
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{(ends.Count > 1 ? ", the first" : "")} until {first.UtcDateTime:yyyy-MM-dd HH:mm} UTC"
            )
            : "";
        return $"{ends.Count} finding{(ends.Count == 1 ? "" : "s")} against the rule {(ends.Count == 1 ? "is" : "are")} accepted{end}.";
    }
}
