using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Statements;

/// <param name="Part">The package that is meant; null for the whole image, and for what is no package.</param>
/// <param name="Text">As it is kept with a finding.</param>
internal sealed record Said(VexStatement Statement, PackageUrl? Part, DateTimeOffset At, string Text)
{
    public bool IsAbout(FindingRow finding) =>
        Statement.Product.Part is null
        || Part?.Means(finding.Package, finding.Installed, finding.Place, finding.Ecosystem) == true;

    /// <summary>Of two of one time the one that lets nothing pass.</summary>
    public bool ComesAfter(Said other) => At != other.At ? At > other.At : !Statement.Clears && other.Statement.Clears;
}

/// <summary>
/// What is said of one vulnerability, by package and version: an image may have thousands of findings of one vulnerability, and
/// documents thousands of statements about it, and each with each would never end.
/// </summary>
internal sealed class StatedName
{
    private Said? ofAll;

    // Of each package URL the newest.
    private readonly Dictionary<(string Name, string Version), Dictionary<string, Said>> ofParts = [];

    public void Add(Said said)
    {
        if (said.Statement.Product.Part is not { } part)
        {
            ofAll = ofAll is null || said.ComesAfter(ofAll) ? said : ofAll;
            return;
        }
        foreach (var key in said.Part?.Keys() ?? [])
        {
            if (!ofParts.TryGetValue(key, out var list))
            {
                ofParts[key] = list = new Dictionary<string, Said>(StringComparer.Ordinal);
            }
            if (!list.TryGetValue(part, out var before) || said.ComesAfter(before))
            {
                list[part] = said;
            }
        }
    }

    public Said? Newest(FindingRow finding)
    {
        var newest = ofAll;
        foreach (var version in (string[])[finding.Installed, ""])
        {
            if (!ofParts.TryGetValue(PackageUrl.Key(finding.Package, version), out var list))
            {
                continue;
            }
            foreach (var said in list.Values)
            {
                if (said.IsAbout(finding) && (newest is null || said.ComesAfter(newest)))
                {
                    newest = said;
                }
            }
        }
        return newest;
    }
}
