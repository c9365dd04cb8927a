using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>The components of a CycloneDX document by reference, and where in the image each lies.</summary>
internal sealed class CycloneDxParts
{
    private static readonly string[] SystemPackages = ["pkg:deb/", "pkg:apk/", "pkg:rpm/", "pkg:alpm/"];

    private readonly Dictionary<string, JsonElement> parts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> files = new(StringComparer.Ordinal);

    public CycloneDxParts(JsonElement root, JsonElement subject, string? scanner)
    {
        Collect(root);
        if (Hint(subject, "bom-ref") is { } own)
        {
            parts.TryAdd(own, subject);
        }
        if (scanner == "trivy")
        {
            PlaceInLockFiles(root);
        }
    }

    /// <param name="FixedFrom">The first version that is not affected, where the document says so of this part.</param>
    /// <param name="IsUnaffected">Whether the document says that this version is not affected.</param>
    /// <param name="Purl">Its package URL; null when it has none.</param>
    public sealed record Part(
        string Reference,
        string Name,
        string Version,
        string Place,
        string? FixedFrom,
        bool IsUnaffected = false,
        string? Purl = null
    );

    /// <param name="affected">An item of <c>affects</c>; undefined when a vulnerability has none.</param>
    public Part Of(JsonElement affected)
    {
        if (affected.ValueKind != JsonValueKind.Object)
        {
            return new Part("", "", "", "", null);
        }
        var reference = Hint(affected, "ref") ?? "";
        // A reference into another document carries that document's serial number before the part's own.
        if (!parts.ContainsKey(reference) && reference.IndexOf('#', StringComparison.Ordinal) is >= 0 and var at)
        {
            reference = reference[(at + 1)..];
        }
        var part = parts.GetValueOrDefault(reference);
        var versions = List(affected, "versions", "a vulnerability").ToList();
        var own = Hint(part, "version") ?? "";
        var isUnaffected = CycloneDxJudgement.IsUnaffected(versions, own);
        // That which is meant: of one that is unaffected the part's own before any other.
        var told = versions
            .Where(one => isUnaffected || Hint(one, "status") is null or "affected")
            .Select(one => Said(one, "version"))
            .FirstOrDefault(one => one is not null);
        var version = isUnaffected && own.Length > 0 ? own : told ?? own;
        return new Part(
            reference,
            NameOf(part) ?? reference,
            version,
            PlaceOf(part, reference),
            Unaffected(versions),
            isUnaffected,
            Hint(part, "purl") ?? reference
        );
    }

    private static string? NameOf(JsonElement part)
    {
        if (Hint(part, "name") is not { } name)
        {
            return null;
        }
        if (Hint(part, "group") is not { Length: > 0 } group)
        {
            return PackageName.Of(name, Hint(part, "purl"));
        }
        var joint = Hint(part, "purl") is { } purl && PackageName.IsMavens(purl) ? ':' : '/';
        return $"{group}{joint}{name}";
    }

    private string PlaceOf(JsonElement part, string reference)
    {
        var purl = Hint(part, "purl") ?? reference;
        if (Array.Exists(SystemPackages, kind => purl.StartsWith(kind, StringComparison.Ordinal)))
        {
            return "";
        }
        string? located = null;
        foreach (var property in List(part, "properties", "a component"))
        {
            var name = Hint(property, "name");
            if (name == "aquasecurity:trivy:FilePath")
            {
                return Hint(property, "value") ?? "";
            }
            if (name == "syft:location:0:path")
            {
                located = Hint(property, "value");
            }
        }
        return located ?? files.GetValueOrDefault(reference) ?? "";
    }

    private static string? Unaffected(List<JsonElement> versions) =>
        versions
            .Where(one => Hint(one, "status") == "unaffected")
            .Select(one => Said(one, "range"))
            .OfType<string>()
            .Select(range => range[(range.IndexOf('/', StringComparison.Ordinal) + 1)..])
            .Where(range => range.StartsWith(">=", StringComparison.Ordinal))
            .Select(range => Uri.UnescapeDataString(range[2..].Split('|')[0]))
            .FirstOrDefault();

    private void Collect(JsonElement owner)
    {
        foreach (var part in List(owner, "components", "the report"))
        {
            if (Hint(part, "bom-ref") is { } reference)
            {
                parts.TryAdd(reference, part);
            }
            Collect(part);
        }
    }

    /// <summary>Trivy hangs packages of a lock file below a component that is named like the file.</summary>
    private void PlaceInLockFiles(JsonElement root)
    {
        var needs = List(root, "dependencies", "the report")
            .Where(one => Hint(one, "ref") is not null)
            .DistinctBy(one => Hint(one, "ref"))
            .ToDictionary(one => Hint(one, "ref")!, one => Words(one, "dependsOn").ToList(), StringComparer.Ordinal);
        foreach (var (reference, part) in parts)
        {
            if (
                Hint(part, "type") != "application"
                || Hint(part, "name") is not { } file
                || !needs.ContainsKey(reference)
            )
            {
                continue;
            }
            var waiting = new Stack<string>([reference]);
            while (waiting.TryPop(out var at))
            {
                foreach (var below in needs.GetValueOrDefault(at) ?? [])
                {
                    if (files.TryAdd(below, file))
                    {
                        waiting.Push(below);
                    }
                }
            }
        }
    }
}
