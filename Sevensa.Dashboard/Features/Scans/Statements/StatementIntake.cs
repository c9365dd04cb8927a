using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Statements;

/// <summary>What a document changes: its row, and the images whose findings it is about.</summary>
/// <param name="IsNew">False when it is there already, and only its findings may lack what it says.</param>
/// <param name="TakesBack">The version in whose place it comes, where that blocks what this one lets be; null otherwise.</param>
internal sealed record StatementChange(VexDocumentRow Row, bool IsNew, VexDocumentRow? TakesBack = null);

/// <summary>
/// Takes in documents of statements (OpenVEX, CSAF). What a document says of other images or products is left aside; a later
/// version takes the place of the former, and an older one changes nothing.
/// </summary>
internal sealed class StatementIntake(StatementStore store, ScanStore scans, ScanRights rights, TimeProvider time)
{
    /// <summary>Of what is kept of one document about one image: a row that is written at once.</summary>
    private const int MostCharacters = 500_000;

    /// <summary>Of one digest: all of them are read whenever one of its reports is taken in.</summary>
    internal const int MostDocuments = 100;

    /// <param name="known">All images that have one of the names.</param>
    /// <param name="called">Names of the image, as people write them.</param>
    /// <param name="owners">The tenants for which it is handed in; see <see cref="ImageOwners"/>.</param>
    /// <param name="warnings">Gets what the sender should know.</param>
    /// <returns>Null when nothing changes.</returns>
    /// <exception cref="UnreadableReportException">It says more of one image than can be kept, or too many do.</exception>
    public async Task<StatementChange?> ReadAsync(
        VexDocument document,
        ImageNames names,
        IReadOnlyList<KnownImage> known,
        IReadOnlyCollection<string?> called,
        string by,
        string owners,
        List<string> warnings,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        HashSet<string> digests = [.. names.Digests, .. known.SelectMany(image => image.Digests)];
        var about = document
            .Statements.Where(statement => IsOf(statement.Product, digests, called))
            .Select(statement => HeldTo(names.Platform, statement))
            .ToList();
        Warn(document, about, warnings);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{document.Id}\n{names.Shown}")));
        var before = await store.FindAsync(id, cancellation);
        if (about.Count == 0 && before is null)
        {
            warnings.Add("None of its statements is about this image: it changes nothing.");
            return null;
        }
        // A time that has not come yet says nothing of the order.
        var said = document.At <= now ? document.At : null;
        var row = new VexDocumentRow
        {
            Id = id,
            Document = document.Id,
            Digest = names.Shown,
            Version = document.Version,
            Author = document.Author,
            At = said ?? now,
            ReceivedAt = now,
            ReceivedBy = by,
            Owners = owners,
            Statements = StatedFindings.Write(about),
        };
        if (row.Statements.Length > MostCharacters)
        {
            throw new UnreadableReportException(
                $"The document says more of one image than is kept ({row.Statements.Length} characters of at most {MostCharacters}). Send it in parts, each with an id of its own."
            );
        }
        if (before is null)
        {
            if (await store.CountAsync(names.Shown, cancellation) >= MostDocuments)
            {
                throw new UnreadableReportException(
                    $"{MostDocuments} documents of statements are kept of this image, which is the most. Send what you have to say as a later version of one of them, with its id."
                );
            }
            return new StatementChange(row, true);
        }
        if (before.Version == row.Version && before.Statements == row.Statements && (said ?? before.At) == before.At)
        {
            if (ImageOwners.IncludesAll(before.Owners, row.Owners))
            {
                return new StatementChange(before, false);
            }
            // The same, said for others too, is said for both.
            row.Owners = ImageOwners.Joined(before.Owners, row.Owners);
            return new StatementChange(row, true);
        }
        if (VexDocument.IsAfter(row.Version, before.Version) ?? row.At > before.At)
        {
            return new StatementChange(row, true, TakesBack(before, row) ? before : null);
        }
        warnings.Add(
            $"It is not later than what is known of this document ({Shown(row)} against {Shown(before)}), and changes nothing."
        );
        return null;
    }

    /// <summary>Keeps it, and tells the findings of all images that have the digest.</summary>
    public async Task KeepAsync(StatementChange change, IReadOnlyList<KnownImage> known, CancellationToken cancellation)
    {
        if (change.IsNew)
        {
            await store.PutAsync(change.Row, cancellation);
        }
        foreach (var image in known)
        {
            await RestateAsync(image, cancellation);
        }
    }

    /// <summary>Tells the findings of an image what is said of them now.</summary>
    public async Task RestateAsync(KnownImage image, CancellationToken cancellation)
    {
        var findings = await scans.FindingsOfAsync(image.Row.Id, cancellation);
        // Nothing is found and nothing is gone.
        var merge = FindingMerge.Of(
            image.Row.Id,
            ReportSeries.Unnamed,
            findings,
            [],
            new HashSet<FindingKind>(),
            new HashSet<string>(),
            time.GetUtcNow(),
            cancellation
        );
        merge.State(findings, await OfAsync(image, cancellation), cancellation);
        await scans.WriteAsync(merge, cancellation);
    }

    /// <summary>What all documents say of an image that holds for everybody whose it is.</summary>
    /// <param name="tenant">One for which it is asked beside them; null for none.</param>
    public async Task<StatedFindings> OfAsync(
        KnownImage image,
        CancellationToken cancellation,
        string? tenant = null
    ) =>
        StatedFindings.Of(
            await store.OfAsync(image.Digests, cancellation),
            image.Digests,
            image.Row.Platform,
            rights.HoldsForAll(image, tenant),
            cancellation
        );

    /// <summary>Whether it leaves out, or dates back, what blocked: an older statement that clears could hold again.</summary>
    private static bool TakesBack(VexDocumentRow before, VexDocumentRow row)
    {
        var kept = Blocking(row);
        return Blocking(before).Any(one => !kept.TryGetValue(one.Key, out var at) || at < one.Value);
    }

    /// <summary>When it was last said, by vulnerability and product.</summary>
    private static Dictionary<string, DateTimeOffset> Blocking(VexDocumentRow row)
    {
        var times = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var statement in StatedFindings.Read(row).Where(one => !one.Clears))
        {
            var (product, at) = (JsonSerializer.Serialize(statement.Product), StatedFindings.TimeOf(row, statement));
            foreach (var name in statement.Names)
            {
                var key = $"{name.ToUpperInvariant()} {product}";
                times[key] = times.TryGetValue(key, out var known) && known > at ? known : at;
            }
        }
        return times;
    }

    private static bool IsOf(VexProduct product, HashSet<string> digests, IReadOnlyCollection<string?> called) =>
        product.Digests.Count > 0
            ? product.Digests.Any(digests.Contains)
            : product.Repository is not { } repository
                || called.Any(name =>
                    ImageDigest.Repository(name) is { } own
                    && PackageUrl.Plain(own) == repository
                    && (product.Tag is not { } tag || name!.Split('@')[0].EndsWith($":{tag}", StringComparison.Ordinal))
                );

    /// <summary>What its sender says of one platform is not said of the others that have the digest.</summary>
    private static VexStatement HeldTo(string? platform, VexStatement statement) =>
        platform is null || statement.Product.Architecture is not null
            ? statement
            : statement with
            {
                Product = statement.Product with { Architecture = platform.Split('/')[1] },
            };

    private static void Warn(VexDocument document, List<VexStatement> about, List<string> warnings)
    {
        if (about.Count > 0)
        {
            var counts = about
                .GroupBy(statement => statement.Status)
                .OrderBy(group => group.Key)
                .Select(group => $"{group.Count()} {StatedFindings.Word(group.Key)}");
            warnings.Add($"Its statements about this image: {string.Join(", ", counts)}.");
        }
        if (document.Statements.Count - about.Count is > 0 and var others)
        {
            warnings.Add($"{others} of its statements are about other images or products, and change nothing here.");
        }
        if (document.Unfounded > 0)
        {
            warnings.Add(
                $"{document.Unfounded} of its statements say not affected or fixed and give no reason (a justification, or words about it): they are left aside."
            );
        }
    }

    private static string Shown(VexDocumentRow row) =>
        FormattableString.Invariant(
            $"{(row.Version is { } version ? $"version {version} of " : "")}{row.At:yyyy-MM-dd HH:mm:ss}Z"
        );
}
