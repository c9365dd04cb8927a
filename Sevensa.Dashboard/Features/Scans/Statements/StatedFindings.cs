using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Statements;

/// <summary>What the statements about an image say of each of its findings: of several the newest holds.</summary>
internal sealed class StatedFindings
{
    private const int MostOfAText = 500;

    private readonly Dictionary<string, StatedName> byName = new(StringComparer.OrdinalIgnoreCase);

    public bool IsEmpty => byName.Count == 0;

    /// <param name="documents">Those that were handed in for one of the image's digests.</param>
    /// <param name="digests">All of the image's.</param>
    /// <param name="holdsForAll">
    /// Whether what was said for these owners holds for everybody whose image it is. Where it does not, nothing is cleared by it;
    /// what blocks holds whoever said it.
    /// </param>
    public static StatedFindings Of(
        IReadOnlyList<VexDocumentRow> documents,
        IReadOnlyCollection<string> digests,
        string? platform,
        Func<string, bool> holdsForAll,
        CancellationToken cancellation
    )
    {
        var stated = new StatedFindings();
        foreach (var document in documents)
        {
            cancellation.ThrowIfCancellationRequested();
            var mayClear = holdsForAll(document.Owners);
            foreach (var statement in Read(document))
            {
                if ((mayClear || !statement.Clears) && IsOf(statement, digests, platform))
                {
                    stated.Add(document, statement);
                }
            }
        }
        return stated;
    }

    public static string Write(IReadOnlyList<VexStatement> statements) => JsonSerializer.Serialize(statements);

    public static IReadOnlyList<VexStatement> Read(VexDocumentRow document) =>
        JsonSerializer.Deserialize<List<VexStatement>>(document.Statements) ?? [];

    /// <summary>When a statement was said: by itself, or with its document.</summary>
    public static DateTimeOffset TimeOf(VexDocumentRow document, VexStatement statement) =>
        statement.At is { } own && own < document.ReceivedAt ? own : document.At;

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

    private void Add(VexDocumentRow document, VexStatement statement)
    {
        var at = TimeOf(document, statement);
        var said = new Said(
            statement,
            PackageUrl.Read(statement.Product.Part),
            at,
            TextOf(statement, document.Author, at)
        );
        foreach (var name in statement.Names)
        {
            if (!byName.TryGetValue(name, out var all))
            {
                byName[name] = all = new StatedName();
            }
            all.Add(said);
        }
    }

    private Said? Newest(FindingRow finding, string[] names)
    {
        Said? newest = null;
        foreach (var name in names)
        {
            if (byName.TryGetValue(name, out var all) && all.Newest(finding) is { } said)
            {
                newest = newest is null || said.ComesAfter(newest) ? said : newest;
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
}
