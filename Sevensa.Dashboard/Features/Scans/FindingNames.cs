using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Findings of an image by all that they are called: kind, id, package, version, place and copy.</summary>
/// <param name="entries">How many there may be.</param>
internal sealed class FindingNames(int entries)
{
    // Sized at once: what outgrows itself leaves large pieces behind.
    private readonly Dictionary<Name, FindingRow> byName = new(entries);

    // Of packages with a group before their name, by the name alone: who does not know the group means them too.
    private readonly Dictionary<Name, FindingRow> withoutGroup = [];

    /// <summary>By all its names, where nothing has them yet.</summary>
    public void Enter(FindingRow row)
    {
        Enter(Name.Of(row, row.Vulnerability), row);
        if (row.Aliases.Length == 0)
        {
            return;
        }
        foreach (var alias in row.Aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Enter(Name.Of(row, alias), row);
        }
    }

    private void Enter(Name name, FindingRow row)
    {
        byName.TryAdd(name, row);
        if (PackageName.WithoutGroup(name.Package) is { } artifact)
        {
            withoutGroup.TryAdd(name with { Package = artifact }, row);
        }
    }

    /// <summary>Whoever is called as the one was is the other from now on.</summary>
    public void Replace(FindingRow one, FindingRow other) => byName[Name.Of(one, one.Vulnerability)] = other;

    /// <summary>By any of its ids; null when nothing is called so.</summary>
    public FindingRow? Find(CountedFinding counted)
    {
        if (HasOneName(counted.Finding))
        {
            return Find(Name.Of(counted, counted.Finding.Vulnerability));
        }
        foreach (var id in Ids(counted.Finding))
        {
            if (Find(Name.Of(counted, id)) is { } row)
            {
                return row;
            }
        }
        return null;
    }

    /// <summary>By its name; else by that without the group of its package, where one side does not know it. One that is seen goes first.</summary>
    private FindingRow? Find(Name name)
    {
        if (byName.TryGetValue(name, out var own) && own.Presence != Presence.Gone)
        {
            return own;
        }
        var other = PackageName.WithoutGroup(name.Package) is { } artifact
            ? byName.GetValueOrDefault(name with { Package = artifact })
            : withoutGroup.GetValueOrDefault(name);
        return other is { Presence: not Presence.Gone } ? other : own ?? other;
    }

    /// <summary>By one id.</summary>
    public FindingRow? Find(CountedFinding counted, string id) => Find(Name.Of(counted, id));

    public static bool HasOneName(ReportedFinding found) =>
        found.Kind != FindingKind.Vulnerability
        || (found.Aliases.Count == 0 && found.Vulnerability.IndexOf("-CVE-", StringComparison.OrdinalIgnoreCase) <= 0);

    /// <summary>The finding's own id first, then its other names; a CVE's number inside an id is one of them.</summary>
    public static IEnumerable<string> Ids(ReportedFinding found)
    {
        yield return found.Vulnerability;
        if (found.Kind != FindingKind.Vulnerability)
        {
            yield break;
        }
        if (found.Vulnerability.IndexOf("-CVE-", StringComparison.OrdinalIgnoreCase) is > 0 and var at)
        {
            yield return found.Vulnerability[(at + 1)..];
        }
        foreach (var alias in found.Aliases)
        {
            if (alias != found.Vulnerability && !alias.Contains(' ', StringComparison.Ordinal))
            {
                yield return alias;
            }
        }
    }

    private readonly record struct Name(
        FindingKind Kind,
        string Id,
        string Package,
        string Installed,
        string Place,
        int Copy
    )
    {
        public bool Equals(Name other) =>
            Kind == other.Kind
            && string.Equals(Id, other.Id, StringComparison.OrdinalIgnoreCase)
            && Package == other.Package
            && Installed == other.Installed
            && Place == other.Place
            && Copy == other.Copy;

        public override int GetHashCode() =>
            HashCode.Combine(
                Kind,
                string.GetHashCode(Id, StringComparison.OrdinalIgnoreCase),
                Package,
                Installed,
                Place,
                Copy
            );

        public static Name Of(CountedFinding counted, string id) =>
            Of(
                counted.Finding.Kind,
                id,
                counted.Finding.Package,
                counted.Finding.Installed,
                counted.Finding.Place,
                counted.Copy
            );

        public static Name Of(FindingRow row, string id) =>
            Of(row.Kind, id, row.Package, row.Installed, row.Place, row.Copy);

        // What a rule is about is called differently from format to format; where it is broken is not.
        private static Name Of(FindingKind kind, string id, string package, string installed, string place, int copy) =>
            kind is FindingKind.Vulnerability or FindingKind.License
                ? new Name(kind, id, package, installed, place, copy)
                : new Name(kind, id, "", "", place, copy);
    }
}
