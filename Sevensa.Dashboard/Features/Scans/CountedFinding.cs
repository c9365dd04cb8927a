using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>A reported finding once, however often the report lists it.</summary>
/// <param name="Copy">From 0: tells apart two copies that have the same name, such as a package that lies there twice.</param>
internal sealed record CountedFinding(ReportedFinding Finding, int Copy)
{
    // More than any vulnerability has; the row keeps as many as fit into a thousand characters.
    private const int MostAliases = 100;

    /// <summary>One entry for each thing that was found; time grows with the number of entries and no faster.</summary>
    public static IReadOnlyList<CountedFinding> Of(IReadOnlyList<ReportedFinding> findings)
    {
        var counted = new List<CountedFinding>(findings.Count);
        // Nearly every name is there once, and only of the others it matters which copies there are.
        var first = new Dictionary<Listed, int>(findings.Count);
        var places = new Dictionary<(Listed Name, string Copy), int>();
        var copies = new Dictionary<Listed, int>();
        foreach (var finding in findings)
        {
            var name = new Listed(
                finding.Kind,
                finding.Vulnerability,
                finding.Package,
                finding.Installed,
                finding.Place
            );
            if (first.TryAdd(name, counted.Count))
            {
                counted.Add(new CountedFinding(finding, 0));
                continue;
            }
            var one = first[name];
            var at =
                counted[one].Finding.Copy == finding.Copy ? one : places.GetValueOrDefault((name, finding.Copy), -1);
            if (at >= 0)
            {
                counted[at] = counted[at] with { Finding = Joined(counted[at].Finding, finding) };
                continue;
            }
            var copy = copies.GetValueOrDefault(name, 1);
            copies[name] = copy + 1;
            places.Add((name, finding.Copy), counted.Count);
            counted.Add(new CountedFinding(finding, copy));
        }
        return counted;
    }

    private static ReportedFinding Joined(ReportedFinding one, ReportedFinding other) =>
        one with
        {
            Severity = other.Severity > one.Severity ? other.Severity : one.Severity,
            FixedVersion = one.FixedVersion ?? other.FixedVersion,
            Suppressed = other.Suppressed is null ? null : one.Suppressed,
            Ecosystem = one.Ecosystem ?? other.Ecosystem,
            Aliases =
                other.Aliases.Count == 0 || one.Aliases.Count >= MostAliases
                    ? one.Aliases
                    : [.. one.Aliases.Union(other.Aliases).Take(MostAliases)],
            Score = one.Score is null || other.Score > one.Score ? other.Score : one.Score,
            Epss = one.Epss ?? other.Epss,
            Exploited = one.Exploited || other.Exploited,
        };

    private readonly record struct Listed(
        FindingKind Kind,
        string Vulnerability,
        string Package,
        string Installed,
        string Place
    )
    {
        public bool Equals(Listed other) =>
            Kind == other.Kind
            && string.Equals(Vulnerability, other.Vulnerability, StringComparison.OrdinalIgnoreCase)
            && Package == other.Package
            && Installed == other.Installed
            && Place == other.Place;

        public override int GetHashCode() =>
            HashCode.Combine(
                Kind,
                string.GetHashCode(Vulnerability, StringComparison.OrdinalIgnoreCase),
                Package,
                Installed,
                Place
            );
    }
}
