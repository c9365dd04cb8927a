using System.Text;
using Sevensa.Dashboard.Features.Scans.Reports;
using static Sevensa.Dashboard.Tests.Features.Scans.VexDocuments;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Statements as OpenVEX and CSAF write them: of what they are, and what of them is left aside.</summary>
public class VexReaderTests
{
    private const string Zlib = "pkg:deb/debian/zlib1g@1.2.13?arch=amd64";
    private static readonly string Digest = $"sha256:{7:x64}";
    private static readonly ReportReaders Readers = new([new OpenVexReader(), new CsafReader()]);

    private static async Task<VexDocument> ReadAsync(string text)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var (report, _) = await Readers.ReadAsync(body, null, TestContext.Current.CancellationToken);
        Assert.Empty(report.Findings);
        Assert.NotNull(report.NoScan);
        return report.Vex!;
    }

    [Fact]
    public async Task Each_product_of_a_statement_is_known_by_its_url_its_digest_and_its_parts()
    {
        var hashed = Product("https://shop.example/image", Zlib);
        hashed["hashes"] = new System.Text.Json.Nodes.JsonObject { ["sha-256"] = Digest["sha256:".Length..] };
        var document = await ReadAsync(
            OpenVex(
                "a",
                3,
                At,
                Statement("not_affected", "CVE-2030-1", Product(Image(Digest), Zlib), aliases: ["GHSA-1-2-3"]),
                Statement("fixed", "CVE-2030-2", hashed),
                Statement("under_investigation", "CVE-2030-3", Product(Zlib), null),
                Statement("affected", "CVE-2030-4", Product("pkg:oci/shop?repository_url=docker.io/library/shop"), null)
            )
        );
        Assert.Equal(("https://vex.example/a", "3", "Shop"), (document.Id, document.Version, document.Author));
        Assert.Equal(
            [
                (VexStatus.NotAffected, "CVE-2030-1 GHSA-1-2-3", Digest, null, Zlib),
                (VexStatus.Fixed, "CVE-2030-2", Digest, null, Zlib),
                (VexStatus.UnderInvestigation, "CVE-2030-3", "", null, Zlib),
                (VexStatus.Affected, "CVE-2030-4", "", "shop", null),
            ],
            document.Statements.Select(one =>
                (
                    one.Status,
                    string.Join(' ', one.Names),
                    string.Join(' ', one.Product.Digests),
                    one.Product.Repository,
                    one.Product.Part
                )
            )
        );
    }

    [Fact]
    public async Task The_first_form_of_openvex_is_read_too()
    {
        var document = await ReadAsync(
            $$"""{"@context": "https://openvex.dev/ns", "@id": "a", "statements": [{"vulnerability": "CVE-2030-1", "products": ["{{Image(Digest)}}"], "subcomponents": ["{{Zlib}}"], "status": "not_affected", "impact_statement": "not called"}]}"""
        );
        var one = Assert.Single(document.Statements);
        Assert.Equal((Zlib, "not called"), (one.Product.Part, one.Why));
        Assert.Equal([Digest], one.Product.Digests);
    }

    [Theory]
    [InlineData("""{"@id": "IMAGE", "subcomponents": {"@id": "pkg:deb/debian/zlib@1"}}""", "[]")]
    [InlineData("""{"@id": "IMAGE", "subcomponents": "zlib"}""", "[]")]
    [InlineData("\"IMAGE\"", """{"@id": "pkg:deb/debian/zlib@1"}""")]
    [InlineData("\"IMAGE\"", """["libz.so"]""")]
    public async Task Parts_that_cannot_be_read_do_not_mean_the_whole(string product, string beside)
    {
        var named = product.Replace("IMAGE", Image(Digest), StringComparison.Ordinal);
        var document = await ReadAsync(
            $$"""{"@context": "https://openvex.dev/ns", "@id": "a", "statements": [{"vulnerability": "CVE-2030-1", "products": [{{named}}], "subcomponents": {{beside}}, "status": "not_affected", "impact_statement": "not called"}]}"""
        );
        Assert.Empty(document.Statements);
    }

    [Fact]
    public async Task Parts_beside_the_products_may_be_objects_too()
    {
        var document = await ReadAsync(
            $$"""{"@context": "https://openvex.dev/ns", "@id": "a", "statements": [{"vulnerability": "CVE-2030-1", "products": ["{{Image(Digest)}}"], "subcomponents": [{"@id": "{{Zlib}}"}], "status": "not_affected", "impact_statement": "not called"}]}"""
        );
        Assert.Equal(Zlib, Assert.Single(document.Statements).Product.Part);
    }

    [Theory]
    [InlineData("product_version_range", "pkg:npm/lodash", 0)]
    [InlineData("product_version", "pkg:npm/lodash", 0)]
    [InlineData("product_version_range", "pkg:oci/shop?repository_url=registry.example/shop", 0)]
    [InlineData("product_version", "pkg:npm/lodash@4.17.21", 1)]
    [InlineData("product_name", "pkg:npm/lodash", 1)]
    public async Task What_csaf_says_of_one_version_is_not_said_of_all(string category, string url, int statements)
    {
        var document = await ReadAsync(
            Csaf("a", "1", "known_not_affected", "CVE-2030-1", url, null)
                .Replace(
                    "{\"category\": \"product_version\", \"name\": \"1\"",
                    $"{{\"category\": \"{category}\", \"name\": \"vers:npm/<4.17\"",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal(statements, document.Statements.Count);
    }

    [Fact]
    public async Task A_csaf_group_that_is_named_again_and_again_is_refused_before_the_memory_is_full()
    {
        var ids = string.Join(',', Enumerable.Repeat("\"P\"", 2_000));
        var uses = string.Join(',', Enumerable.Repeat("\"G\"", 2_000));
        var text = Csaf(
                "a",
                "1",
                "fixed",
                "CVE-2030-1",
                Image(Digest),
                null,
                rest: $"\"remediations\": [{{\"details\": \"patched\", \"group_ids\": [{uses}]}}],"
            )
            .Replace(
                "\"product_tree\": {",
                $"\"product_tree\": {{\"product_groups\": [{{\"group_id\": \"G\", \"product_ids\": [{ids}]}}],",
                StringComparison.Ordinal
            );
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() => ReadAsync(text));
        Assert.Contains("groups", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkg:oci/shop@1.2.3?repository_url=registry.example/shop", "1.2.3")]
    [InlineData("pkg:oci/shop@sha512%3Aabc?repository_url=registry.example/shop&tag=1", "sha512:abc")]
    [InlineData("pkg:docker/shop@1.2.3", "1.2.3")]
    [InlineData("pkg:oci/shop?repository_url=registry.example/shop&tag=1", "1")]
    [InlineData("pkg:oci/shop?repository_url=registry.example/shop", null)]
    public void An_images_version_that_is_no_digest_holds_it_to_that_version(string url, string? tag) =>
        Assert.Equal(tag, VexProduct.Image(PackageUrl.Read(url), [])!.Tag);

    [Theory]
    [InlineData("not_affected")]
    [InlineData("fixed")]
    public async Task Who_says_that_it_does_not_count_gives_a_reason(string status)
    {
        var document = await ReadAsync(
            OpenVex("a", 1, At, Statement(status, "CVE-2030-1", Product(Image(Digest)), justification: null))
        );
        Assert.Equal((0, 1), (document.Statements.Count, document.Unfounded));
        var csaf = status == "fixed" ? "fixed" : "known_not_affected";
        document = await ReadAsync(Csaf("a", "1", csaf, "CVE-2030-1", Image(Digest), null, rest: ""));
        Assert.Equal((0, 1), (document.Statements.Count, document.Unfounded));
    }

    [Fact]
    public async Task Csafs_products_are_found_through_branches_relations_and_groups()
    {
        var related = await ReadAsync(Csaf("a", "1.0.2", "known_not_affected", "CVE-2030-1", Image(Digest), Zlib));
        var one = Assert.Single(related.Statements);
        Assert.Equal(("Shop a", "1.0.2"), (related.Id, related.Version));
        Assert.Equal(
            (VexStatus.NotAffected, "component_not_present", Zlib),
            (one.Status, one.Justification, one.Product.Part)
        );
        Assert.Equal([Digest], one.Product.Digests);
        // A package of an operating system that is named by its CPE is none of this image's.
        var platform = await ReadAsync(Csaf("a", "1", "known_not_affected", "CVE-2030-1", "cpe:/o:shop:linux:9", Zlib));
        Assert.Empty(platform.Statements);
        var grouped = Csaf(
                "a",
                "1",
                "fixed",
                "CVE-2030-1",
                Image(Digest),
                null,
                rest: "\"remediations\": [{\"category\": \"vendor_fix\", \"details\": \"patched in 1.3\", \"group_ids\": [\"G\"]}],"
            )
            .Replace(
                "\"product_tree\": {",
                "\"product_tree\": {\"product_groups\": [{\"group_id\": \"G\", \"product_ids\": [\"P\"]}],",
                StringComparison.Ordinal
            );
        Assert.Equal("patched in 1.3", Assert.Single((await ReadAsync(grouped)).Statements).Why);
    }

    [Theory]
    [InlineData("""{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "a", "statements": {}}""", "statements")]
    [InlineData("""{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "a", "statements": [{}]}""", "status")]
    [InlineData(
        """{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "a", "statements": [{"status": "harmless", "vulnerability": "CVE-1"}]}""",
        "harmless"
    )]
    [InlineData(
        """{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "a", "statements": [{"status": "affected"}]}""",
        "vulnerability"
    )]
    [InlineData("""{"document": {"csaf_version": "1.2", "tracking": {"id": "a"}}}""", "1.2")]
    [InlineData("""{"document": {"csaf_version": "2.0", "tracking": {"id": "a", "status": "draft"}}}""", "draft")]
    [InlineData("""{"document": {"csaf_version": "2.0", "tracking": {"id": "a"}}, "vulnerabilities": [{}]}""", "cve")]
    public async Task What_is_no_statement_is_refused_with_the_reason(string text, string word)
    {
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() => ReadAsync(text));
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkg:deb/debian/zlib1g@1.2.13", "zlib1g", "1.2.13", "", true)]
    [InlineData("pkg:deb/debian/zlib1g@1.2.13", "zlib1g", "1.2.14", "", false)]
    [InlineData("pkg:deb/debian/zlib1g@1.2.13", "zlib1g", "1.2.13", "app/zlib", false)]
    [InlineData("pkg:deb/debian/zlib1g@1.2.13?epoch=1", "zlib1g", "1:1.2.13", "", true)]
    [InlineData("pkg:deb/debian/tar@1.34%2Bdfsg-1.2", "tar", "1.34+dfsg-1.2", "", true)]
    [InlineData("pkg:npm/%40scope/x@1", "@scope/x", "1", "app/package-lock.json", true)]
    [InlineData("pkg:npm/%40scope/x@1", "x", "1", "app/package-lock.json", false)]
    [InlineData("pkg:npm/lodash", "lodash", "4", "app", true)]
    [InlineData("pkg:maven/org.x/lib@1", "org.x:lib", "1", "a.jar", true)]
    [InlineData("pkg:maven/org.x/lib@1", "lib", "1", "a.jar", true)]
    [InlineData("pkg:maven/org.x/lib@1", "org.y:lib", "1", "a.jar", false)]
    [InlineData("pkg:golang/github.com/x/y@v1.2.0", "github.com/x/y", "1.2.0", "bin/app", true)]
    [InlineData("pkg:pypi/Py_Yaml@1", "py-yaml", "1", "", true)]
    public void A_package_is_the_findings_by_name_version_and_kind(
        string url,
        string package,
        string installed,
        string place,
        bool means
    ) => Assert.Equal(means, PackageUrl.Read(url)!.Means(package, installed, place));

    [Theory]
    [InlineData("pkg:npm/protobuf", "npm", true)]
    [InlineData("pkg:npm/protobuf", "pypi", false)]
    [InlineData("pkg:pypi/protobuf", "npm", false)]
    [InlineData("pkg:deb/debian/protobuf@3", "npm", false)]
    [InlineData("pkg:npm/protobuf", null, true)]
    [InlineData("pkg:pypi/protobuf", null, true)]
    public void A_package_of_another_kind_is_not_meant_where_the_finding_knows_its_own(
        string url,
        string? ecosystem,
        bool means
    ) => Assert.Equal(means, PackageUrl.Read(url)!.Means("protobuf", "3", "", ecosystem));

    [Theory]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Class": "lang-pkgs", "Type": "jar", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "PkgIdentifier": {"PURL": "pkg:npm/p@1"} }]}]}""",
        "npm"
    )]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Class": "lang-pkgs", "Type": "pip", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p"}]}]}""",
        "pypi"
    )]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p"}]}]}""",
        null
    )]
    [InlineData(
        """{"descriptor": {}, "matches": [{"vulnerability": {"id": "CVE-1"}, "artifact": {"name": "p", "type": "go-module"} }]}""",
        "golang"
    )]
    [InlineData(
        """{"bomFormat": "CycloneDX", "components": [{"bom-ref": "1", "name": "p", "purl": "PKG:Gem/p@1"}], "vulnerabilities": [{"id": "CVE-1", "affects": [{"ref": "1"}]}]}""",
        "gem"
    )]
    [InlineData(
        """{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "CVE-1", "affects": [{"ref": "p"}]}]}""",
        null
    )]
    public async Task A_finding_knows_of_which_kind_its_package_is_where_the_report_says_it(string text, string? kind)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var readers = new ReportReaders([new TrivyReader(), new GrypeReader(), new CycloneDxReader()]);
        var (report, _) = await readers.ReadAsync(body, null, TestContext.Current.CancellationToken);
        Assert.Equal(kind, Assert.Single(report.Findings).Ecosystem);
    }

    [Theory]
    [InlineData("2", "1", true)]
    [InlineData("10", "9", true)]
    [InlineData("1.0.2", "1.0.10", false)]
    [InlineData("1.1", "1.0.9", true)]
    [InlineData("1", "1", null)]
    [InlineData(null, "1", null)]
    public void Versions_follow_each_other_number_by_number(string? version, string? other, bool? isAfter) =>
        Assert.Equal(isAfter, VexDocument.IsAfter(version, other));

    [Theory]
    [InlineData("pkg:oci/shop", null)]
    [InlineData("pkg:docker/library/shop@1.0", null)]
    [InlineData("pkg:nonsense", null)]
    [InlineData("https://shop.example", null)]
    [InlineData("pkg:deb/debian/zlib1g", null)]
    public void What_may_be_anybodys_is_no_package(string url, string? part) =>
        Assert.Equal(part, PackageUrl.Read(url) is { } read ? VexProduct.Package(read, url)?.Part : null);
}
