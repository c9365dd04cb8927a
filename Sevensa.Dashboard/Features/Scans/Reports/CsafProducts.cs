using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>The products of a CSAF document by their ids: images, packages, and packages as parts of images.</summary>
internal sealed class CsafProducts
{
    private const int Most = 100_000;

    /// <summary>Products that all uses of groups name together: a group may be named again and again.</summary>
    private const int MostOfGroups = 1_000_000;

    private readonly Dictionary<string, (string? Url, string[] Hashes)> own = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Part, string Whole)> related = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> groups = new(StringComparer.Ordinal);

    private readonly CancellationToken stop;
    private int named;

    public CsafProducts(JsonElement root, CancellationToken cancellation)
    {
        stop = cancellation;
        var tree = Member(root, "product_tree");
        foreach (var product in List(tree, "full_product_names", "the product_tree"))
        {
            Add(product, isOfVersion: false);
        }
        Walk(tree, isOfVersion: false);
        foreach (var relation in List(tree, "relationships", "the product_tree"))
        {
            if (
                Said(Member(relation, "full_product_name"), "product_id") is { } id
                && Said(relation, "product_reference") is { } part
                && Said(relation, "relates_to_product_reference") is { } whole
            )
            {
                related.TryAdd(id, (part, whole));
            }
        }
        foreach (var group in List(tree, "product_groups", "the product_tree"))
        {
            if (Said(group, "group_id") is { } id)
            {
                groups.TryAdd(id, [.. Words(group, "product_ids")]);
            }
        }
    }

    /// <exception cref="UnreadableReportException">The document names more by its groups than is read.</exception>
    public IEnumerable<string> OfGroup(string id)
    {
        stop.ThrowIfCancellationRequested();
        var found = groups.GetValueOrDefault(id) ?? [];
        named += found.Length + 1;
        return named <= MostOfGroups
            ? found
            : throw new UnreadableReportException(
                $"The groups of the VEX document name more than {MostOfGroups} products, all their uses together."
            );
    }

    /// <summary>
    /// What is meant by a product's id; nothing when it is no image and no package. A package that is part of something that is no
    /// image (an operating system by its CPE) is none of this image's.
    /// </summary>
    public IEnumerable<VexProduct> Of(string id)
    {
        if (related.TryGetValue(id, out var relation))
        {
            return own.TryGetValue(relation.Part, out var part) && Image(relation.Whole) is { } image
                ? Vex.Products(image, null, [part.Url ?? ""], hasParts: true)
                : [];
        }
        return own.TryGetValue(id, out var product) ? Vex.Products(Image(id), product.Url, [], hasParts: false) : [];
    }

    private VexProduct? Image(string id)
    {
        if (!own.TryGetValue(id, out var product))
        {
            return null;
        }
        var url = PackageUrl.Read(product.Url);
        return url is { IsImage: false } ? null : VexProduct.Image(url, product.Hashes);
    }

    /// <param name="isOfVersion">Whether a branch above says a version, or a range of them.</param>
    private void Walk(JsonElement owner, bool isOfVersion)
    {
        foreach (var branch in List(owner, "branches", "the product_tree"))
        {
            stop.ThrowIfCancellationRequested();
            var isVersion = isOfVersion || Hint(branch, "category") is "product_version" or "product_version_range";
            if (Member(branch, "product") is { ValueKind: JsonValueKind.Object } product)
            {
                Add(product, isVersion);
            }
            Walk(branch, isVersion);
        }
    }

    private void Add(JsonElement product, bool isOfVersion)
    {
        if (own.Count == Most)
        {
            throw new UnreadableReportException($"The VEX document has more than {Most} products.");
        }
        if (Said(product, "product_id") is not { } id)
        {
            return;
        }
        var how = Member(product, "product_identification_helper");
        var url = Said(how, "purl");
        // What is said of one version or of a range, by a URL that names none, is not said of all versions.
        var isAnyVersion = isOfVersion && PackageUrl.Read(url) is { Version: "", Tag: null };
        own.TryAdd(id, (isAnyVersion ? null : url, [.. HashesOf(how)]));
    }

    private static IEnumerable<string> HashesOf(JsonElement how) =>
        List(how, "hashes", "a product")
            .SelectMany(file => List(file, "file_hashes", "a product"))
            .Where(hash => Hint(hash, "algorithm") is "sha256")
            .Select(hash => ImageDigest.Bare($"sha256:{Said(hash, "value")}"))
            .OfType<string>();
}
