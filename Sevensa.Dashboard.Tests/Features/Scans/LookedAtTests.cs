using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Recordings;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A scan of something else than the image closes nothing of the image, and makes it no scanned one.</summary>
[Collection(SandboxCollection.Name)]
public class LookedAtTests(SandboxApp app)
{
    private const string SilentSarif =
        """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": []}]}""";

    private static string Grype(
        string? id,
        string source = """{"type": "image", "target": {"userInput": "shop:1"}}"""
    ) =>
        $$"""{"matches": [{{(
            id is null ? "" : $$"""{"vulnerability": {"id": "{{id}}", "severity": "Critical"}, "artifact": {"name": "zlib", "version": "1", "type": "deb"} }"""
        )}}], "source": {{source}}, "descriptor": {"name": "grype"} }""";

    private static string CycloneDx(string tool, string type) =>
        $$"""{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"tools": {"components": [{"name": "{{tool}}"}]}, "component": {"type": "{{type}}", "name": "src"} }, "components": [{"name": "a"}], "vulnerabilities": []}""";

    private static Task<string> RecordedAsync(string file) =>
        File.ReadAllTextAsync(Path.Combine(Recorded.Folder(), file), TestContext.Current.CancellationToken);

    public static TheoryData<string, string> Folders =>
        new()
        {
            { "trivy", """{"SchemaVersion": 2, "ArtifactType": "filesystem", "Results": []}""" },
            { "trivy", """{"SchemaVersion": 2, "ArtifactType": "vm", "Results": []}""" },
            { "trivy", CycloneDx("trivy", "application") },
            { "trivy", CycloneDx("trivy", "file") },
            {
                "trivy",
                """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy"}}, "results": [], "properties": {}}]}"""
            },
            { "grype", "others/grype-clean.json" },
            { "grype", "others/grype-clean.cdx.json" },
            { "grype", Grype(null, """{"type": "file", "target": "/srv/shop.jar"}""") },
            { "grype", Grype(null, """{"target": "/srv/shop"}""") },
            { "syft-and-more", CycloneDx("syft-and-more", "file") },
        };

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_folder_opens_no_gate_and_is_named_in_the_verdict(string scanner, string report)
    {
        report = report.StartsWith('{') ? report : await RecordedAsync(report);
        var fresh = NewDigest();
        var taken = await PostAsync(app, $"digest={fresh}&kinds=vulnerability", report);
        Assert.Equal("unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.DoesNotContain(
            taken.GetProperty("kinds").EnumerateArray(),
            kind => kind.GetProperty("kind").GetString() == "vulnerability" && kind.GetProperty("scanned").GetBoolean()
        );
        var gate = await GateAsync(app, fresh);
        Assert.Equal(
            ("unknown", JsonValueKind.Null),
            (gate.GetProperty("verdict").GetString(), gate.GetProperty("scannedAt").ValueKind)
        );
        Assert.Contains("folder", Words(gate));
        Assert.Contains("folder", gate.GetProperty("reason").GetString());

        var denied = NewDigest();
        await PostAsync(app, $"digest={denied}", scanner == "grype" ? Grype("CVE-2030-9") : Trivy("CVE-2030-9"));
        var scannedAt = await ScannedAtAsync(denied);
        await PostAsync(app, $"digest={denied}&kinds=vulnerability&platform=linux/amd64", report);
        await PostAsync(app, $"digest={denied}&kinds=vulnerability", report);
        Assert.Equal("deny", await VerdictAsync(app, denied));
        // Nor is the image's scan a newer one by it.
        Assert.Equal(scannedAt, await ScannedAtAsync(denied));
    }

    [Fact]
    public async Task A_folder_that_finds_something_denies_and_closes_only_what_it_found()
    {
        var digest = NewDigest();
        const string Directory = """{"type": "directory", "target": "src"}""";
        await PostAsync(app, $"digest={digest}", Grype("CVE-2030-1"));
        await PostAsync(app, $"digest={digest}", Grype("CVE-2030-2", Directory));
        Assert.Equal(2, (await GateAsync(app, digest)).GetProperty("total").GetInt32());
        await PostAsync(app, $"digest={digest}", Grype(null, Directory));
        Assert.Equal(1, (await GateAsync(app, digest)).GetProperty("total").GetInt32());
        var seen = Assert.Single(
            await FindingsAsync(app, digest),
            found => found.GetProperty("state").GetString() == "open"
        );
        Assert.Equal("CVE-2030-1", seen.GetProperty("vulnerability").GetString());
    }

    [Fact]
    public async Task A_report_that_does_not_say_what_was_looked_at_closes_nothing_of_the_image_until_its_sender_does()
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}", Grype("CVE-2030-9"));
        var scannedAt = await ScannedAtAsync(digest);
        Assert.Contains("platform=", Words(await PostAsync(app, $"digest={digest}", SilentSarif)));
        await PostAsync(app, $"digest={digest}", """{"matches": [], "descriptor": {"name": "grype"}}""");
        Assert.Equal(("deny", scannedAt), (await VerdictAsync(app, digest), await ScannedAtAsync(digest)));
        await PostAsync(app, $"digest={digest}", Grype(null));
        Assert.Equal("allow", await VerdictAsync(app, digest));
    }

    [Fact]
    public async Task What_such_a_report_found_is_gone_by_the_next_of_them_and_by_one_of_the_image()
    {
        const string Found =
            """{"ruleId": "CVE-2030-9", "message": {"text": "A critical vulnerability in deb package: zlib, version 1 was found at: /x"}}""";
        var found = SilentSarif.Replace("\"results\": []", $"\"results\": [{Found}]", StringComparison.Ordinal);
        foreach (var clean in new[] { SilentSarif, Grype(null) })
        {
            var digest = NewDigest();
            await PostAsync(app, $"digest={digest}", found);
            Assert.Equal("deny", await VerdictAsync(app, digest));
            await PostAsync(app, $"digest={digest}", clean);
            Assert.Equal("allow", await VerdictAsync(app, digest));
        }
        // The very one that was there before it says so again.
        var between = NewDigest();
        foreach (var (report, verdict) in new[] { (Grype(null), "allow"), (found, "deny"), (Grype(null), "allow") })
        {
            await PostAsync(app, $"digest={between}", report);
            Assert.Equal(verdict, await VerdictAsync(app, between));
        }
        // One of the image that was made before it says nothing of it.
        var later = NewDigest();
        await PostAsync(app, $"digest={later}", found);
        await PostAsync(
            app,
            $"digest={later}",
            Grype(null)
                .Replace(
                    "\"name\": \"grype\"",
                    "\"name\": \"grype\", \"timestamp\": \"2026-01-02T10:00:00Z\"",
                    StringComparison.Ordinal
                )
        );
        Assert.Equal("deny", await VerdictAsync(app, later));
    }

    [Fact]
    public async Task A_list_of_parts_that_was_scanned_closes_nothing_of_the_image()
    {
        foreach (var list in new[] { "others/grype-sbom-trivy.json", "trivy/sbom-syft.cdx.json" })
        {
            var digest = NewDigest();
            var isGrypes = list.Contains("grype", StringComparison.Ordinal);
            await PostAsync(app, $"digest={digest}", isGrypes ? Grype("CVE-2031-77") : Trivy("CVE-2031-77"));
            await PostAsync(app, $"digest={digest}&kinds=vulnerability", await RecordedAsync(list));
            var finding = (await FindingsAsync(app, digest)).Single(one =>
                one.GetProperty("vulnerability").GetString() == "CVE-2031-77"
            );
            Assert.Equal("open", finding.GetProperty("state").GetString());
        }
    }

    /// <summary>Reports of lists, and whether their scanner's own family wrote the list.</summary>
    public static TheoryData<string, bool> Lists =>
        new()
        {
            { """{"SchemaVersion": 2, "ArtifactType": "spdx", "Metadata": {"OS": {"Family": "debian"}}}""", false },
            { """{"SchemaVersion": 2, "ArtifactType": "cyclonedx", "Results": []}""", false },
            { CycloneDx("trivy", "container"), false },
            {
                Grype(null, """{"type": "image", "target": {"imageID": "6a5ab6d5-9a7c-4a2e-8f6e-0f1f0a2b3c4d"}}"""),
                false
            },
            {
                $$$"""{"SchemaVersion": 2, "ArtifactType": "cyclonedx", "Metadata": {"ImageID": "sha256:{{{new string('7', 64)}}}"}}""",
                true
            },
            {
                Grype(
                    null,
                    $$$"""{"type": "image", "target": {"imageID": "x-1", "manifestDigest": "sha256:{{{new string('8', 64)}}}"}}"""
                ),
                true
            },
        };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_that_another_program_wrote_opens_no_gate(string report, bool isOwn)
    {
        var digest = NewDigest();
        var taken = await PostAsync(app, $"digest={digest}&kinds=vulnerability", report);
        Assert.Equal(isOwn ? "allow" : "unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Equal(!isOwn, Words(taken).Contains("another program made", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_leaves_the_systems_packages_out_closes_none_of_them_and_opens_no_gate()
    {
        // OSV-Scanner's SARIF has zlib with 9.8; its CycloneDX of the same scan can't name it.
        var (sarif, list) = (
            await RecordedAsync("others/osv-image.sarif"),
            await RecordedAsync("others/osv-image.cdx.json")
        );
        foreach (var platform in new[] { "", "&platform=linux/amd64" })
        {
            var digest = NewDigest();
            await PostAsync(app, $"digest={digest}{platform}", sarif);
            Assert.Equal("deny", await VerdictAsync(app, digest));
            await PostAsync(app, $"digest={digest}&scanner=osv-scanner{platform}", list);
            Assert.Equal("deny", await VerdictAsync(app, digest));
        }
        var fresh = NewDigest();
        await PostAsync(app, $"digest={fresh}&scanner=osv-scanner", list);
        Assert.Equal("unknown", await VerdictAsync(app, fresh));
    }

    [Fact]
    public async Task What_looks_at_requirements_alone_scans_no_image()
    {
        var digest = NewDigest();
        const string Report = """{"bomFormat": "CycloneDX", "specVersion": "1.4", "vulnerabilities": []}""";
        await PostAsync(app, $"digest={digest}&scanner=pip-audit", Report);
        Assert.Equal("unknown", await VerdictAsync(app, digest));
    }

    [Theory]
    [InlineData("linux/arm64", """{"os": "linux", "architecture": "amd64"}""", "linux/amd64")]
    [InlineData("linux/arm64", """{"architecture": "amd64"}""", "linux/amd64")]
    [InlineData("arm64", """{"architecture": "amd64"}""", "linux/amd64")]
    [InlineData("linux/amd64", """{"os": "windows", "architecture": "amd64"}""", "windows/amd64")]
    [InlineData("linux/arm/v6", """{"architecture": "arm", "variant": "v7"}""", "linux/arm/v7")]
    public async Task A_scan_of_another_platform_is_refused_in_words_that_name_both(
        string platform,
        string config,
        string said
    )
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}&platform={platform}", Trivy("CVE-2030-9"));
        var detail = await RefusedAsync(
            $"digest={digest}&kinds=vulnerability&platform={platform}",
            $$"""{"SchemaVersion": 2, "Metadata": {"ImageConfig": {{config}} }, "Results": []}"""
        );
        Assert.Contains(platform, detail);
        Assert.Contains(said, detail);
        Assert.Equal("deny", await VerdictAsync(app, digest));
    }

    [Theory]
    [InlineData("x86_64", """{"architecture": "amd64"}""", "linux/amd64")]
    [InlineData("windows/amd64", """{"architecture": "amd64"}""", "windows/amd64")]
    [InlineData("linux/arm64/v8", """{"os": "linux", "architecture": "arm64"}""", "linux/arm64")]
    [InlineData("linux/arm", """{"architecture": "arm", "variant": "v7"}""", "linux/arm/v7")]
    [InlineData("", """{"architecture": "a b"}""", null)]
    public async Task One_platform_in_two_ways_of_writing_is_one(string platform, string config, string? known)
    {
        var taken = await PostAsync(
            app,
            $"digest={NewDigest()}&kinds=vulnerability&platform={platform}",
            $$"""{"SchemaVersion": 2, "Metadata": {"ImageConfig": {{config}} }, "Results": []}"""
        );
        Assert.Equal(known, taken.GetProperty("platform").GetString());
    }

    public static TheoryData<string, string> OverTheLimit =>
        new()
        {
            { "platform=linux/amd64/v1/more", "os/architecture" },
            { "platform=linux//amd64", "os/architecture" },
            { "platform=linux/amd64%0Ax", "os/architecture" },
            { "platform=%3Cscript%3E/amd64", "os/architecture" },
            { $"platform=linux/{new string('a', 33)}", "32 characters" },
            { $"image={new string('a', 301)}", "300 characters" },
            { $"scanner={new string('a', 61)}", "60 characters" },
            { "scanner=trivy%2Bgrype", "60 characters" },
            { "scanner=a%0Ab", "60 characters" },
        };

    [Theory]
    [MemberData(nameof(OverTheLimit))]
    public async Task What_a_sender_says_has_limits_that_the_refusal_names(string query, string words)
    {
        var digest = NewDigest();
        var detail = await RefusedAsync($"digest={digest}&kinds=vulnerability&{query}", Trivy(null));
        Assert.Contains(words, detail);
        Assert.True(detail.Length < 400, detail);
        Assert.Equal("unknown", await VerdictAsync(app, digest));
    }

    [Fact]
    public async Task An_unknown_kind_is_named_by_its_beginning()
    {
        var detail = await RefusedAsync($"digest={NewDigest()}&kinds={new string('a', 2000)}", Trivy(null));
        Assert.True(detail.Length < 400, detail);
    }

    private async Task<string?> ScannedAtAsync(string digest) =>
        (await GateAsync(app, digest)).GetProperty("scannedAt").GetString();

    private async Task<string> RefusedAsync(string query, string report)
    {
        using var client = await app.ApiAsAsync("automation");
        using var body = new StringContent(report);
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;
    }
}
