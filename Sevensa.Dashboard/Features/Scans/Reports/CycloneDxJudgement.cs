using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>What a CycloneDX document says of whether a vulnerability affects what it lists (VEX).</summary>
internal static class CycloneDxJudgement
{
    /// <summary>Why the vulnerability does not count: cleared by its analysis, or rejected by whoever keeps it. Null when it does.</summary>
    public static string? Cleared(JsonElement found)
    {
        var analysis = Member(found, "analysis");
        var state = Hint(analysis, "state");
        if (state is not ("not_affected" or "false_positive" or "resolved" or "resolved_with_pedigree"))
        {
            return IsRejected(found) && state is not "exploitable"
                ? Cut($"rejected {Said(found, "rejected")}", 100)
                : null;
        }
        return Cut(
            string.Join(
                ": ",
                new[]
                {
                    state.Replace('_', ' '),
                    Said(analysis, "justification")?.Replace('_', ' '),
                    Said(analysis, "detail"),
                }.OfType<string>()
            ),
            500
        );
    }

    /// <summary>Whether somebody has judged it, by its analysis or otherwise, and did not merely find it.</summary>
    /// <param name="unaffected">Whether every part that it names is called unaffected.</param>
    public static bool IsJudged(JsonElement found, bool unaffected) =>
        unaffected || IsRejected(found) || Said(Member(found, "analysis"), "state") is not null;

    /// <summary>
    /// Whether the version is called unaffected: by itself, as all versions, or where nobody knows it and only versions that
    /// are unaffected are named. A range that is not affected most often is the one that has the fix, and clears no other version.
    /// </summary>
    /// <param name="versions">Of a part that a vulnerability affects.</param>
    /// <param name="version">The part's own; empty when nobody knows it.</param>
    public static bool IsUnaffected(List<JsonElement> versions, string version)
    {
        if (versions.Count == 0 || versions.Exists(one => !IsCleared(one) && Concerns(one, version)))
        {
            return false;
        }
        return versions.Exists(one => IsCleared(one) && Concerns(one, version));

        static bool IsCleared(JsonElement one) => Hint(one, "status") == "unaffected";

        // Ranges are not worked out: one that is affected concerns any version, one that is not only where it is all of them.
        static bool Concerns(JsonElement one, string version) =>
            Said(one, "range") is { } range
                ? !IsCleared(one) || range.EndsWith("/*", StringComparison.Ordinal)
                : version.Length == 0 || Said(one, "version") is null || Said(one, "version") == version;
    }

    private static bool IsRejected(JsonElement found) => Said(found, "rejected") is not null;
}
