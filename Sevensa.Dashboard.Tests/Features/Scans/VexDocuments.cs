using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Documents of statements, as their makers write them.</summary>
internal static class VexDocuments
{
    public const string At = "2026-02-01T10:00:00.647787998Z";

    /// <summary>The package URL of an image in a repository.</summary>
    public static string Image(string digest, string rest = "") =>
        $"pkg:oci/shop@{Uri.EscapeDataString(digest)}?repository_url=registry.example/shop{rest}";

    public static JsonObject Statement(
        string status,
        string vulnerability,
        JsonNode product,
        string? justification = "vulnerable_code_not_present",
        string[]? aliases = null
    )
    {
        var one = new JsonObject
        {
            ["vulnerability"] = new JsonObject
            {
                ["name"] = vulnerability,
                ["aliases"] = new JsonArray([.. (aliases ?? []).Select(alias => JsonValue.Create(alias))]),
            },
            ["products"] = new JsonArray(product),
            ["status"] = status,
        };
        if (justification is not null)
        {
            one["justification"] = justification;
        }
        return one;
    }

    public static JsonObject Product(string id, params string[] parts)
    {
        var product = new JsonObject { ["@id"] = id };
        if (parts.Length > 0)
        {
            product["subcomponents"] = new JsonArray([.. parts.Select(part => new JsonObject { ["@id"] = part })]);
        }
        return product;
    }

    public static string OpenVex(string id, int version, string at, params JsonObject[] statements) =>
        new JsonObject
        {
            ["@context"] = "https://openvex.dev/ns/v0.2.0",
            ["@id"] = $"https://vex.example/{id}",
            ["author"] = "Shop",
            ["timestamp"] = at,
            ["version"] = version,
            ["statements"] = new JsonArray([.. statements]),
        }.ToJsonString();

    /// <summary>One vulnerability in a package of an image, by the profile VEX of CSAF.</summary>
    public static string Csaf(
        string id,
        string version,
        string status,
        string vulnerability,
        string image,
        string? part,
        string at = "2026-02-01T10:00:00Z",
        string rest = "\"flags\": [{\"label\": \"component_not_present\", \"product_ids\": [\"P\"]}],"
    )
    {
        var relation = part is null
            ? ""
            : """
                , "relationships": [{"category": "installed_on", "product_reference": "PART", "relates_to_product_reference": "IMAGE",
                   "full_product_name": {"name": "both", "product_id": "P"} }]
                """;
        return $$"""
            {"document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "t", "publisher": {"category": "vendor", "name": "Shop", "namespace": "https://shop.example"},
               "tracking": {"id": "{{id}}", "status": "final", "version": "{{version}}", "initial_release_date": "{{at}}", "current_release_date": "{{at}}", "revision_history": []} },
             "product_tree": {"branches": [{"category": "vendor", "name": "Shop", "branches": [
                {"category": "product_version", "name": "1", "product": {"name": "image", "product_id": "{{(
                part is null ? "P" : "IMAGE"
            )}}", "product_identification_helper": {"purl": {{JsonSerializer.Serialize(image)}}} } },
                {"category": "product_version", "name": "2", "product": {"name": "part", "product_id": "PART", "product_identification_helper": {"purl": {{JsonSerializer.Serialize(
                part ?? "pkg:generic/x"
            )}}} } }]}]{{relation}} },
             "vulnerabilities": [{"cve": "{{vulnerability}}", {{rest}} "product_status": {"{{status}}": ["P"]} }]}
            """;
    }
}
