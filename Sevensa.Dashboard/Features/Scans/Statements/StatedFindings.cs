using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Statements;

/// <summary>What the statements about an image say of each of its findings: of several the newest holds.</summary>
internal sealed class StatedFindings
{
    private const int MostOfAText = 500;

    private readonly Dictionary<string, List<Said>> byName = new(StringComparer.OrdinalIgnoreCase);

    public bool IsEmpty => byName.Count == 0;

    /// <param name="documents">Those that were handed in for one of the image's digests.</param>
    /// <param name="digests">All of the image's.</param>
    public static StatedFindings Of(
        IReadOnlyList<VexDocumentRow> documents,
        IReadOnlyCollection<string> digests,
        string? platform
    )
    {
        var stated = new StatedFindings();
        foreach (var document in documents)
        {
            foreach (var statement in Read(document).Where(one => IsOf(one, digests, platform)))
            {
                var at = statement.At is { } own && own < document.ReceivedAt ? own : document.At;
                var said = new Said(
                    statement,
                    PackageUrl.Read(statement.Product.Part),
                    at,
                    TextOf(statement, document.Author, at)
                );
                foreach (var name in statement.Names)
                {
                    if (!stated.byName.TryGetValue(name, out var list))
                    {
                        stated.byName[name] = list = [];
                    }
                    list.Add(said);
                }
            }
        }
        return stated;
    }

    public static string Write(IReadOnlyList<VexStatement> statements) => JsonSerializer.Serialize(statements);

    /// <summary>Nothing when no statement is about it.</summary>
    public (VexStatus? Status, string? Why, DateTimeOffset? At) Of(FindingRow finding)
    {
        if (IsEmpty || finding.Kind != FindingKind.Vulnerability)
        {
            return default;
        }
        string[] names = [finding.Vulnerability, .. finding.Aliases.Split(' ')];
        var newest = Newest(finding, names);
        if (newest is { Statement.Clears: true } && newest.Statement.Names.Any(Makers.IsCve))
        {
            // An advisory about several counts for as long as one of them does.
            var each = names
                .Where(Makers.IsCve)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Except(newest.Statement.Names, StringComparer.OrdinalIgnoreCase)
                .Select(name => Newest(finding, [name]))
                .ToList();
            newest = each.TrueForAll(one => one is { Statement.Clears: true })
                ? newest
                : each.Find(one => one is { Statement.Clears: false });
        }
        return (newest?.Statement.Status, newest?.Text, newest?.At);
    }

    private Said? Newest(FindingRow finding, string[] names)
    {
        Said? newest = null;
        foreach (var said in names.SelectMany(name => byName.GetValueOrDefault(name) ?? []))
        {
            if (said.IsAbout(finding) && (newest is null || said.ComesAfter(newest)))
            {
                newest = said;
            }
        }
        return newest;
    }

    /// <summary>In the words of VEX.</summary>
    public static string Word(VexStatus status) =>
        status switch
        {
            VexStatus.NotAffected => "not_affected",
            VexStatus.UnderInvestigation => "under_investigation",
            VexStatus.Fixed => "fixed",
            _ => "affected",
        };

    private static IReadOnlyList<VexStatement> Read(VexDocumentRow document) =>
        JsonSerializer.Deserialize<List<VexStatement>>(document.Statements) ?? [];

    /// <summary>
    /// A document may be of an index: what it says of one platform's image is not said of another's. Where nobody knows an image's
    /// platform, what is said of one clears nothing.
    /// </summary>
    private static bool IsOf(VexStatement statement, IReadOnlyCollection<string> digests, string? platform)
    {
        var product = statement.Product;
        return (product.Digests.Count == 0 || product.Digests.Any(digests.Contains))
            && (
                product.Architecture is null
                || (
                    platform is null
                        ? !statement.Clears
                        : ImagePlatform.Of(null, product.Architecture)?.Split('/')[1] == platform.Split('/')[1]
                )
            );
    }

    private static string TextOf(VexStatement statement, string? author, DateTimeOffset at)
    {
        var by = string.Join(
            ", ",
            new[] { author, at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) }.OfType<string>()
        );
        var words = string.Join(
            ": ",
            new[] { $"VEX: {Word(statement.Status)}", statement.Justification, statement.Why }.OfType<string>()
        );
        return ReportJson.Cut($"{words} ({by})", MostOfAText);
    }

    private sealed record Said(VexStatement Statement, PackageUrl? Part, DateTimeOffset At, string Text)
    {
        public bool IsAbout(FindingRow finding) =>
            Statement.Product.Part is null || Part?.Means(finding.Package, finding.Installed, finding.Place) == true;

        /// <summary>Of two of one time the one that lets nothing pass.</summary>
        public bool ComesAfter(Said other) =>
            At != other.At ? At > other.At : !Statement.Clears && other.Statement.Clears;
    }
}
