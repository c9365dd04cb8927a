using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>OpenVEX (0.0.1 to 0.2.0): statements about what others found. It looks for nothing.</summary>
internal sealed class OpenVexReader : IReportReader
{
    public string Format => "openvex";

    public bool Knows(JsonElement root) =>
        Hint(root, "@context")?.Contains("openvex.dev", StringComparison.OrdinalIgnoreCase) == true;

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        if (!Knows(root))
        {
            throw new UnreadableReportException(
                "This is not OpenVEX: its @context is none of openvex.dev. `vexctl create` writes one."
            );
        }
        var id =
            Said(root, "@id")
            ?? throw new UnreadableReportException(
                "The VEX document has no @id, by which a later version of it is known. Give it one, as `vexctl create` does."
            );
        var made = Said(root, "last_updated") ?? Said(root, "timestamp");
        var statements = new List<VexStatement>();
        var unfounded = 0;
        foreach (var statement in List(root, "statements", "the VEX document"))
        {
            unfounded += Read(statement, statements, cancellation) ? 0 : 1;
        }
        return Vex.Report(
            new VexDocument(
                Cut(id, 300),
                Number(root, "version") is { } version ? FormattableString.Invariant($"{version}") : null,
                CutOrNone(Said(root, "author"), 200),
                Vex.At(made),
                statements,
                unfounded
            ),
            made
        );
    }

    /// <returns>False when it says that something does not count and gives no reason.</returns>
    private static bool Read(JsonElement statement, List<VexStatement> statements, CancellationToken cancellation)
    {
        var word = Text(statement, "status");
        VexStatus status = word switch
        {
            "affected" => VexStatus.Affected,
            "not_affected" => VexStatus.NotAffected,
            "under_investigation" => VexStatus.UnderInvestigation,
            "fixed" => VexStatus.Fixed,
            _ => throw new UnreadableReportException(
                $"The status \"{Cut(word ?? "", 60)}\" of a statement is none of not_affected, affected, fixed and under_investigation."
            ),
        };
        var names = NamesOf(statement);
        if (names.Length == 0)
        {
            throw new UnreadableReportException("A statement names no vulnerability.");
        }
        var justification = CutOrNone(Said(statement, "justification"), 100);
        var why = CutOrNone(
            Said(statement, "impact_statement")
                ?? Said(statement, "status_notes")
                ?? Said(statement, "action_statement"),
            Vex.LongestWhy
        );
        if (Vex.IsUnfounded(status, justification, why))
        {
            return false;
        }
        var at = Vex.At(Said(statement, "last_updated") ?? Said(statement, "timestamp"));
        foreach (var product in ProductsOf(statement, cancellation))
        {
            VexDocument.Add(statements, new VexStatement(status, names, product, justification, why, at), cancellation);
        }
        return true;
    }

    /// <summary>A text up to 0.0.1, an object with a name and other names since.</summary>
    private static string[] NamesOf(JsonElement statement)
    {
        var found = Member(statement, "vulnerability");
        return Vex.Names([
            Said(statement, "vulnerability"),
            Said(found, "name"),
            // The address of an advisory ends with its name.
            Said(found, "@id")?.Split('/')[^1],
            .. Words(found, "aliases"),
        ]);
    }

    private static IEnumerable<VexProduct> ProductsOf(JsonElement statement, CancellationToken cancellation)
    {
        // Up to 0.0.1 the parts stand beside the products, of all of which they are.
        string[] shared = [.. PartsOf(statement)];
        foreach (var (text, product) in Items(statement, "products"))
        {
            cancellation.ThrowIfCancellationRequested();
            var url = UrlOf(text, product);
            string[] hashes = [.. HashesOf(product)];
            var known = PackageUrl.Read(url);
            var image = known is not { IsImage: false } ? VexProduct.Image(known, hashes) : null;
            string[] parts = [.. shared, .. PartsOf(product)];
            foreach (var found in Vex.Products(image, url, parts, SaysParts(statement) || SaysParts(product)))
            {
                yield return found;
            }
        }
    }

    /// <summary>The parts that can be known, each once.</summary>
    private static IEnumerable<string> PartsOf(JsonElement owner) =>
        Items(owner, "subcomponents")
            .Select(part => UrlOf(part.Text, part.Item))
            .OfType<string>()
            .Where(part => PackageUrl.Read(part) is { IsImage: false })
            .Distinct(StringComparer.Ordinal);

    /// <summary>Whether it is held to parts, in whatever form: what can't be read must not mean the whole.</summary>
    private static bool SaysParts(JsonElement owner) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty("subcomponents", out var parts)
        && parts.ValueKind != JsonValueKind.Null
        && (parts.ValueKind != JsonValueKind.Array || parts.GetArrayLength() > 0);

    private static IEnumerable<(string? Text, JsonElement Item)> Items(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object
        && owner.TryGetProperty(name, out var list)
        && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
                .Select(item =>
                    item.ValueKind is JsonValueKind.String or JsonValueKind.Object
                        ? (item.ValueKind == JsonValueKind.String ? item.GetString() : null, item)
                        : throw new UnreadableReportException($"{name} of a statement holds {Shown(item)}.")
                )
            : [];

    private static string? UrlOf(string? text, JsonElement item) =>
        text
        ?? Said(Member(item, "identifiers"), "purl")
        ?? (Said(item, "@id") is { } id && PackageUrl.Read(id) is not null ? id : null);

    private static IEnumerable<string> HashesOf(JsonElement product) =>
        Said(Member(product, "hashes"), "sha-256") is { } hash && ImageDigest.Bare($"sha256:{hash}") is { } bare
            ? [bare]
            : [];
}
