using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Scans.Statements;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;
using static Sevensa.Dashboard.Tests.Features.Scans.VexDocuments;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What statements (OpenVEX, CSAF) do to what scanners found.</summary>
public sealed class StatementTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Zlib = "pkg:deb/debian/zlib@1";

    /// <summary>Two criticals: CVE-2030-1 (GHSA-x-1) in zlib and CVE-2030-2 in tar.</summary>
    private const string Results = """
        "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2030-1", "VendorIDs": ["GHSA-x-1"], "PkgName": "zlib", "InstalledVersion": "1", "Severity": "CRITICAL"}, {"VulnerabilityID": "CVE-2030-2", "PkgName": "tar", "InstalledVersion": "1", "Severity": "CRITICAL"}]}]
        """;

    private const string Two = $$"""{"SchemaVersion": 2, {{Results}} }""";
    private static int number;

    private static string NewId() => $"doc-{Interlocked.Increment(ref number)}";

    private async Task<string> ScannedAsync()
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Two);
        Assert.Equal(2, (await GateAsync(app, digest)).GetProperty("total").GetInt32());
        return digest;
    }

    private async Task<JsonElement> FindingAsync(string digest, string vulnerability) =>
        (await FindingsAsync(app, digest)).Single(one => one.GetProperty("vulnerability").GetString() == vulnerability);

    private async Task<string> StateAsync(string digest, string vulnerability = "CVE-2030-1") =>
        (await FindingAsync(digest, vulnerability)).GetProperty("state").GetString()!;

    private static string NotAffected(string digest, string id, int version = 1, string at = At) =>
        OpenVex(id, version, at, Statement("not_affected", "CVE-2030-1", Product(Image(digest), Zlib)));

    private static string Affected(string digest, string id, int version = 1, string at = At) =>
        OpenVex(id, version, at, Statement("affected", "CVE-2030-1", Product(Image(digest), Zlib), null));

    [Fact]
    public async Task A_statement_about_one_of_two_lets_that_one_be_and_leaves_the_other_alone()
    {
        var digest = await ScannedAsync();
        // Its own URL says which image is meant.
        var taken = await PostAsync(app, "", NotAffected(digest, NewId()));
        Assert.Equal(digest, taken.GetProperty("digest").GetString());
        Assert.Contains("1 not_affected", Words(taken));
        var finding = await FindingAsync(digest, "CVE-2030-1");
        Assert.Equal("suppressed", finding.GetProperty("state").GetString());
        Assert.StartsWith(
            "VEX: not_affected: vulnerable_code_not_present (Shop, 2026-02-01)",
            finding.GetProperty("reason").GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal("notAffected", finding.GetProperty("stated").GetProperty("status").GetString());
        Assert.Equal("open", await StateAsync(digest, "CVE-2030-2"));
        Assert.Equal(1, (await GateAsync(app, digest)).GetProperty("total").GetInt32());
        // The next scan finds it again, and the statement still holds.
        var next = Two.Replace("2, \"R", "2, \"x\": 1, \"R", StringComparison.Ordinal);
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", next);
        Assert.Equal("suppressed", await StateAsync(digest));
        using var admin = await app.ApiAsAsync("admin");
        var history = (
            await admin.GetFromJsonAsync<JsonElement>($"/api/v1/findings/{finding.GetProperty("id").GetString()}")
        ).GetProperty("history");
        Assert.Contains("VEX: not_affected", Assert.Single(history.EnumerateArray()).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_statement_waits_for_the_scan_and_makes_no_image_a_scanned_one()
    {
        var digest = NewDigest();
        var taken = await PostAsync(app, "kinds=vulnerability", NotAffected(digest, NewId()));
        Assert.Equal("unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Equal("unknown", await VerdictAsync(app, digest));
        Assert.Empty(await FindingsAsync(app, digest));
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Two);
        Assert.Equal("suppressed", await StateAsync(digest));
        Assert.Equal("open", await StateAsync(digest, "CVE-2030-2"));
    }

    [Fact]
    public async Task Of_two_versions_the_later_holds_whichever_came_first_and_the_same_twice_changes_nothing()
    {
        var digest = await ScannedAsync();
        var id = NewId();
        Assert.True(IsNew(await PostAsync(app, "", NotAffected(digest, id, 1))));
        Assert.False(IsNew(await PostAsync(app, "", NotAffected(digest, id, 1))));
        Assert.True(IsNew(await PostAsync(app, "", Affected(digest, id, 2))));
        Assert.Equal("open", await StateAsync(digest));
        var old = await PostAsync(app, "", NotAffected(digest, id, 1));
        Assert.Contains("not later", Words(old));
        Assert.Equal((false, "open"), (IsNew(old), await StateAsync(digest)));
        // Without another version the time says it.
        Assert.True(IsNew(await PostAsync(app, "", NotAffected(digest, id, 2, "2026-02-02T10:00:00Z"))));
        Assert.Equal("suppressed", await StateAsync(digest));
        // A version that says it no longer takes it back.
        var other = OpenVex(
            id,
            3,
            "2026-02-03T10:00:00Z",
            Statement("not_affected", "CVE-2030-2", Product(Image(digest)))
        );
        await PostAsync(app, "", other);
        Assert.Equal("open", await StateAsync(digest));
        Assert.Equal("suppressed", await StateAsync(digest, "CVE-2030-2"));
    }

    [Fact]
    public async Task Of_two_documents_the_newer_statement_holds_and_of_one_time_the_one_that_lets_nothing_pass()
    {
        var digest = await ScannedAsync();
        await PostAsync(app, "", Affected(digest, NewId(), at: "2026-02-05T10:00:00Z"));
        await PostAsync(app, "", NotAffected(digest, NewId(), at: "2026-02-04T10:00:00Z"));
        Assert.Equal("open", await StateAsync(digest));
        await PostAsync(app, "", NotAffected(digest, NewId(), at: "2026-02-05T10:00:00Z"));
        Assert.Equal("open", await StateAsync(digest));
        await PostAsync(app, "", NotAffected(digest, NewId(), at: "2026-02-06T10:00:00Z"));
        Assert.Equal("suppressed", await StateAsync(digest));
        // A clock that is ahead wins over nobody who says it afterwards.
        await PostAsync(app, "", NotAffected(digest, NewId(), at: "2999-01-01T00:00:00Z"));
        var now = TimeProvider.System.GetUtcNow().AddSeconds(1).ToString("O", CultureInfo.InvariantCulture);
        await PostAsync(app, "", Affected(digest, NewId(), at: now));
        Assert.Equal("open", await StateAsync(digest));
    }

    [Fact]
    public async Task What_is_said_of_another_image_or_product_changes_nothing()
    {
        var digest = await ScannedAsync();
        var others = new[]
        {
            Product(Image(NewDigest())),
            Product("pkg:oci/other?repository_url=registry.example/other"),
            Product("pkg:deb/debian/zlib"),
            Product("pkg:npm/zlib@2"),
            Product("https://shop.example/product"),
            Product(Image(digest), "pkg:deb/debian/zlib@2"),
            Product(Image(digest), "pkg:deb/debian/zlib-static@1"),
            Product(Image(digest), "file:///usr/lib/libz.so"),
        };
        foreach (var product in others)
        {
            var told = product.ToJsonString();
            await PostAsync(
                app,
                $"digest={digest}",
                OpenVex(NewId(), 1, At, Statement("not_affected", "CVE-2030-1", product))
            );
            Assert.Equal(("open", told), (await StateAsync(digest), told));
        }
        // A package of just this name and version is meant wherever it lies; the image is the one for which it is sent.
        await PostAsync(
            app,
            $"digest={digest}",
            OpenVex(NewId(), 1, At, Statement("fixed", "GHSA-X-1", Product(Zlib), "inline_mitigations_already_exist"))
        );
        Assert.Equal("suppressed", await StateAsync(digest));
        var several = OpenVex(
            NewId(),
            1,
            At,
            Statement("not_affected", "CVE-2030-1", Product(Image(NewDigest()))),
            Statement("not_affected", "CVE-2030-2", Product(Image(NewDigest())))
        );
        using var client = await app.ApiAsAsync("automation");
        using var nameless = await client.PostAsync("/api/v1/scans", new StringContent(several));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, nameless.StatusCode);
        Assert.Contains("digest", await nameless.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_package_of_one_kind_is_not_that_of_the_same_name_of_another()
    {
        var digest = NewDigest();
        string Of(string type, string target) =>
            $$"""{"Class": "lang-pkgs", "Type": "{{type}}", "Target": "{{target}}", "Vulnerabilities": [{"VulnerabilityID": "CVE-2030-1", "PkgName": "protobuf", "InstalledVersion": "3", "Severity": "CRITICAL"}]}""";
        await PostAsync(
            app,
            $"digest={digest}&kinds=vulnerability",
            $$"""{"SchemaVersion": 2, "Results": [{{Of("node-pkg", "Node.js")}}, {{Of("python-pkg", "Python")}}] }"""
        );
        await PostAsync(
            app,
            "",
            OpenVex(
                NewId(),
                1,
                At,
                Statement("not_affected", "CVE-2030-1", Product(Image(digest), "pkg:npm/protobuf@3"))
            )
        );
        var open = (await FindingsAsync(app, digest)).Where(one => one.GetProperty("state").GetString() == "open");
        Assert.Equal("Python", Assert.Single(open).GetProperty("place").GetString());
    }

    [Fact]
    public async Task An_image_is_meant_by_its_repository_too_where_the_sender_says_which_one_it_is()
    {
        var digest = await ScannedAsync();
        string Named(string product) =>
            OpenVex(NewId(), 1, At, Statement("not_affected", "CVE-2030-1", Product(product, Zlib)));
        const string Url = "pkg:oci/shop?repository_url=registry.example/shop&tag=";
        var query = $"digest={digest}&image=registry.example/shop:1";
        await PostAsync(app, query, Named($"{Url}2"));
        Assert.Equal("open", await StateAsync(digest));
        await PostAsync(app, query, Named($"{Url}1"));
        Assert.Equal("suppressed", await StateAsync(digest));
    }

    [Fact]
    public async Task Csaf_says_the_same_in_its_own_words()
    {
        var digest = await ScannedAsync();
        var id = NewId();
        await PostAsync(app, "", Csaf(id, "1", "known_not_affected", "CVE-2030-1", Image(digest), Zlib));
        var finding = await FindingAsync(digest, "CVE-2030-1");
        Assert.Equal("suppressed", finding.GetProperty("state").GetString());
        Assert.Contains("component_not_present", finding.GetProperty("reason").GetString());
        Assert.Equal("open", await StateAsync(digest, "CVE-2030-2"));
        await PostAsync(app, "", Csaf(id, "2", "under_investigation", "CVE-2030-1", Image(digest), Zlib, rest: ""));
        finding = await FindingAsync(digest, "CVE-2030-1");
        Assert.Equal("open", finding.GetProperty("state").GetString());
        Assert.Equal("underInvestigation", finding.GetProperty("stated").GetProperty("status").GetString());
        await PostAsync(app, "", Csaf(id, "2.1", "known_not_affected", "CVE-2030-1", Image(NewDigest()), Zlib));
        Assert.Equal("open", await StateAsync(digest));
    }

    [Fact]
    public async Task Without_a_reason_nothing_is_cleared_and_the_sender_is_told()
    {
        var digest = await ScannedAsync();
        foreach (var status in new[] { "not_affected", "fixed" })
        {
            var taken = await PostAsync(
                app,
                $"digest={digest}",
                OpenVex(NewId(), 1, At, Statement(status, "CVE-2030-1", Product(Image(digest)), null))
            );
            Assert.Contains("give no reason", Words(taken));
            Assert.Equal("open", await StateAsync(digest));
        }
    }

    [Fact]
    public async Task Of_one_image_only_so_many_documents_are_kept_and_a_later_version_of_one_is_taken_still()
    {
        var digest = await ScannedAsync();
        var id = NewId();
        await PostAsync(app, "", Affected(digest, id));
        var store = app.Services.GetRequiredService<StatementStore>();
        for (var other = 1; other < StatementIntake.MostDocuments; other++)
        {
            await store.PutAsync(
                new VexDocumentRow
                {
                    Id = $"{digest[7..37]}-{other}",
                    Document = $"{other}",
                    Digest = digest,
                    At = DateTimeOffset.UnixEpoch,
                    ReceivedAt = DateTimeOffset.UnixEpoch,
                    ReceivedBy = "Olga",
                    Owners = "*",
                    Statements = "[]",
                },
                TestContext.Current.CancellationToken
            );
        }
        using var client = await app.ApiAsAsync("automation");
        using var one = await client.PostAsync("/api/v1/scans", new StringContent(NotAffected(digest, NewId())));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, one.StatusCode);
        Assert.Contains("later version", await one.Content.ReadAsStringAsync());
        Assert.Equal("open", await StateAsync(digest));
        await PostAsync(app, "", NotAffected(digest, id, 2));
        Assert.Equal("suppressed", await StateAsync(digest));
    }

    [Fact]
    public async Task What_is_said_of_one_platform_is_not_said_of_the_other()
    {
        var index = NewDigest();
        string Of(string architecture) =>
            $$"""{"SchemaVersion": 2, "Metadata": {"ImageID": "{{NewDigest()}}", "RepoDigests": ["r/shop@{{index}}"], "ImageConfig": {"os": "linux", "architecture": "{{architecture}}"} }, {{Two["{\"SchemaVersion\": 2, ".Length..]}}""";
        await PostAsync(app, "kinds=vulnerability", Of("amd64"));
        await PostAsync(app, "kinds=vulnerability", Of("arm64"));
        Assert.Equal(4, (await GateAsync(app, index)).GetProperty("total").GetInt32());
        // The sender may say it too.
        var id = NewId();
        await PostAsync(
            app,
            $"digest={index}&platform=linux/arm64",
            OpenVex(id, 1, At, Statement("not_affected", "CVE-2030-1", Product(Zlib)))
        );
        Assert.Equal(3, (await GateAsync(app, index)).GetProperty("total").GetInt32());
        await PostAsync(app, $"digest={index}", OpenVex(id, 2, At));
        Assert.Equal(4, (await GateAsync(app, index)).GetProperty("total").GetInt32());
        await PostAsync(
            app,
            "",
            OpenVex(NewId(), 1, At, Statement("not_affected", "CVE-2030-1", Product(Image(index, "&arch=arm64"))))
        );
        Assert.Equal(3, (await GateAsync(app, index)).GetProperty("total").GetInt32());
        await PostAsync(
            app,
            "",
            OpenVex(NewId(), 1, At, Statement("not_affected", "CVE-2030-1", Product(Image(index))))
        );
        Assert.Equal(2, (await GateAsync(app, index)).GetProperty("total").GetInt32());
    }

    private static bool IsNew(JsonElement taken) => taken.GetProperty("isNew").GetBoolean();
}
