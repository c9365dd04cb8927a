using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What opens the gate and what does not: only a newer scan, of the same scanner, kind and platform.</summary>
[Collection(SandboxCollection.Name)]
public class ScanGateTests(SandboxApp app)
{
    private static int number;

    private static string NewDigest() => $"sha256:{Interlocked.Increment(ref number) + 0x5ca0000:x64}";

    private static string Trivy(string? id, string severity = "CRITICAL", string rest = "", string? at = null) =>
        $$"""
            {"SchemaVersion": 2, "ArtifactName": "shop:1", {{(at is null ? "" : $"\"CreatedAt\": \"{at}\",")}}
             "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{{(
                id is null ? "" : $$"""{"VulnerabilityID": "{{id}}", "PkgName": "zlib", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "{{severity}}"}"""
            )}}]}{{rest}}]}
            """;

    private const string Secret =
        """, {"Target": "/app/.env", "Class": "secret", "Secrets": [{"RuleID": "key", "Severity": "CRITICAL", "Title": "key", "StartLine": 1, "EndLine": 1, "Match": "*"}]}""";

    private async Task<JsonElement> PostAsync(string query, string report, string who = "automation")
    {
        using var client = await app.ApiAsAsync(who);
        using var body = new StringContent(report, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.True(text.Length <= 20_000, $"{text.Length} bytes");
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<JsonElement> GateAsync(string digest, string query = "", string who = "automation")
    {
        using var client = await app.ApiAsAsync(who);
        return await client.GetFromJsonAsync<JsonElement>($"/api/v1/images/{digest}/gate{query}");
    }

    private async Task<string> VerdictAsync(string digest, string query = "", string who = "automation") =>
        (await GateAsync(digest, query, who)).GetProperty("verdict").GetString()!;

    private async Task<List<JsonElement>> FindingsAsync(string digest)
    {
        using var client = await app.ApiAsAsync("admin");
        var found = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>(
                $"/api/v1/findings?limit=500{(cursor is null ? "" : $"&cursor={cursor}")}"
            );
            found.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        } while (cursor is not null);
        return [.. found.Where(item => item.GetProperty("imageDigest").GetString() == digest)];
    }

    private static string Words(JsonElement taken) =>
        string.Join(' ', taken.GetProperty("warnings").EnumerateArray().Select(one => one.GetString()));

    [Fact]
    public async Task A_report_without_a_time_that_comes_again_after_another_is_a_new_scan()
    {
        var digest = NewDigest();
        var query = $"format=trivy&kinds=vulnerability&digest={digest}";
        var found = Trivy("CVE-2030-7");
        await PostAsync(query, found);
        Assert.Equal("deny", await VerdictAsync(digest));
        await PostAsync(query, Trivy(null));
        Assert.Equal("allow", await VerdictAsync(digest));
        var again = await PostAsync(query, found);
        Assert.True(again.GetProperty("isNew").GetBoolean());
        Assert.Equal("deny", await VerdictAsync(digest));
    }

    public static TheoryData<string, string> NoScansOfVulnerabilities =>
        new()
        {
            { "trivy", """{"SchemaVersion": 2}""" },
            { "trivy", $$"""{"SchemaVersion": 2, "Results": [{{Secret[1..]}}]}""" },
            {
                "trivy",
                """{"SchemaVersion": 2, "ArtifactType": "filesystem", "Results": [{"Target": "Dockerfile", "Class": "config", "Type": "dockerfile", "Misconfigurations": [{"ID": "DS-0002", "Severity": "HIGH", "Status": "FAIL", "Title": "root"}]}]}"""
            },
            {
                "trivy",
                """{"SchemaVersion": 2, "Results": [{"Target": "OS Packages", "Class": "license", "Licenses": [{"Severity": "HIGH", "PkgName": "bash", "Name": "GPL-3.0"}]}]}"""
            },
            { "sarif", """{"version": "2.1.0", "runs": []}""" },
            {
                "sarif",
                """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Hadolint"}}, "results": []}]}"""
            },
            {
                "sarif",
                """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "ESLint"}}, "results": [{"ruleId": "no-eval", "level": "error"}]}]}"""
            },
            { "sarif", """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": null}]}""" },
            {
                "cyclonedx",
                """{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": "zlib"}], "vulnerabilities": []}"""
            },
            {
                "cyclonedx",
                """{"bomFormat": "CycloneDX", "metadata": {"tools": [{"name": "checkov"}]}, "components": [], "vulnerabilities": [{"id": "CKV_DOCKER_2", "affects": [{"ref": "a"}]}]}"""
            },
            {
                "cyclonedx",
                """{"bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": [{"id": "CVE-2030-8", "analysis": {"state": "not_affected"}, "affects": [{"ref": "a"}]}]}"""
            },
        };

    [Theory]
    [MemberData(nameof(NoScansOfVulnerabilities))]
    public async Task A_report_without_a_scan_for_vulnerabilities_opens_no_gate(string format, string report)
    {
        var fresh = NewDigest();
        var taken = await PostAsync($"digest={fresh}&format={format}", report);
        Assert.Equal("unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.NotEmpty(Words(taken));
        Assert.Equal("unknown", await VerdictAsync(fresh));

        var denied = NewDigest();
        await PostAsync($"digest={denied}", Trivy("CVE-2030-9"));
        await PostAsync($"digest={denied}&format={format}", report);
        Assert.Equal("deny", await VerdictAsync(denied));
    }

    [Fact]
    public async Task What_was_looked_for_is_said_by_the_sender()
    {
        var digest = NewDigest();
        var silent = await PostAsync($"digest={digest}", Trivy(null));
        Assert.False(silent.GetProperty("isNew").GetBoolean());
        Assert.Contains("kinds=vulnerability", Words(silent));
        Assert.Equal("unknown", await VerdictAsync(digest));
        await PostAsync($"digest={digest}&kinds=secret", Trivy(null));
        Assert.Equal("unknown", await VerdictAsync(digest));
        var told = await PostAsync($"digest={digest}&kinds=vulnerability,secret", Trivy(null));
        Assert.Equal("allow", told.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Equal("allow", await VerdictAsync(digest));

        using var client = await app.ApiAsAsync("automation");
        using var body = new StringContent(Trivy(null));
        using var wrong = await client.PostAsync($"/api/v1/scans?digest={digest}&kinds=virus", body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
    }

    [Fact]
    public async Task Makers_that_do_nothing_else_need_not_say_it()
    {
        var digest = NewDigest();
        await PostAsync(
            $"digest={digest}",
            """{"matches": [], "source": {"type": "image"}, "descriptor": {"name": "grype"}}"""
        );
        Assert.Equal("allow", await VerdictAsync(digest));
        var linted = NewDigest();
        var taken = await PostAsync(
            $"digest={linted}&kinds=vulnerability",
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "hadolint"}}, "results": []}]}"""
        );
        Assert.Contains("hadolint does not look for vulnerabilities", Words(taken));
        Assert.Equal("unknown", await VerdictAsync(linted));
    }

    [Fact]
    public async Task Absence_closes_what_the_same_scanner_found_and_nothing_else()
    {
        var digest = NewDigest();
        const string GrypeNone = """{"matches": [], "source": {"type": "image"}, "descriptor": {"name": "grype"}}""";
        await PostAsync($"digest={digest}", Trivy("CVE-2030-9", rest: Secret));
        await PostAsync($"digest={digest}", GrypeNone);
        Assert.Equal("deny", await VerdictAsync(digest));
        await PostAsync($"digest={digest}&kinds=vulnerability", Trivy(null));
        Assert.Equal("allow", await VerdictAsync(digest));
        // The secret was not looked for, so it is still there.
        Assert.Equal("deny", await VerdictAsync(digest, "?policy=critical-secrets"));
        await PostAsync($"digest={digest}&kinds=secret", Trivy(null));
        Assert.Equal("allow", await VerdictAsync(digest, "?policy=critical-secrets"));
    }

    [Fact]
    public async Task Two_scanners_that_see_one_thing_make_one_finding_that_both_must_lose()
    {
        var digest = NewDigest();
        const string Grype =
            """{"matches": [{"vulnerability": {"id": "GHSA-1111-2222-3333", "severity": "Low"}, "relatedVulnerabilities": [{"id": "CVE-2030-9"}], "artifact": {"name": "zlib", "version": "1", "type": "deb"}}], "source": {}, "descriptor": {}}""";
        await PostAsync($"digest={digest}", Trivy("CVE-2030-9"));
        await PostAsync($"digest={digest}", Grype);
        var finding = Assert.Single(await FindingsAsync(digest));
        Assert.Equal("critical", finding.GetProperty("severity").GetString());
        Assert.Equal(
            ["GHSA-1111-2222-3333"],
            finding.GetProperty("aliases").EnumerateArray().Select(one => one.GetString())
        );
        await PostAsync($"digest={digest}&kinds=vulnerability", Trivy(null));
        finding = Assert.Single(await FindingsAsync(digest));
        Assert.Equal(
            ("open", "low"),
            (finding.GetProperty("state").GetString(), finding.GetProperty("severity").GetString())
        );
    }

    [Fact]
    public async Task Order_is_kept_for_each_scanner_and_kind_by_itself()
    {
        var digest = NewDigest();
        await PostAsync($"digest={digest}", Trivy("CVE-2030-9", at: "2026-11-01T10:00:00Z"));
        await PostAsync(
            $"digest={digest}",
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "ESLint"}}, "results": [{"ruleId": "no-eval"}]}]}"""
        );
        var later = await PostAsync($"digest={digest}", Trivy("CVE-2030-10", at: "2026-11-02T10:00:00Z"));
        Assert.Equal("deny", later.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Equal(
            ["CVE-2030-10"],
            later
                .GetProperty("gate")
                .GetProperty("findings")
                .EnumerateArray()
                .Select(one => one.GetProperty("vulnerability").GetString())
        );
        // A delayed one opens nothing that a newer one does not have, and says so.
        await PostAsync($"digest={digest}&kinds=vulnerability", Trivy(null, at: "2026-11-03T10:00:00Z"));
        Assert.Equal("allow", await VerdictAsync(digest));
        var old = await PostAsync($"digest={digest}", Trivy("CVE-2030-11", at: "2026-11-02T11:00:00Z"));
        Assert.False(old.GetProperty("isNew").GetBoolean());
        Assert.Contains("older", Words(old));
        Assert.Equal("allow", await VerdictAsync(digest));
    }

    [Fact]
    public async Task A_report_of_the_future_is_taken_as_made_now()
    {
        var digest = NewDigest();
        var taken = await PostAsync($"digest={digest}&kinds=vulnerability", Trivy(null, at: "2099-01-01T00:00:00Z"));
        Assert.Contains("has not come yet", Words(taken));
        await PostAsync($"digest={digest}", Trivy("CVE-2030-9"));
        Assert.Equal("deny", await VerdictAsync(digest));
    }

    [Fact]
    public async Task An_index_is_denied_while_any_of_its_platforms_is_and_an_image_id_judged_by_itself()
    {
        var (index, amd64, arm64) = (NewDigest(), NewDigest(), NewDigest());
        string Platform(string id, string architecture, string found) =>
            $$"""
                {"SchemaVersion": 2, "ArtifactName": "shop:1", "Metadata": {"ImageID": "{{id}}", "RepoDigests": ["registry.example/shop@{{index}}"],
                 "ImageConfig": {"architecture": "{{architecture}}"} }, "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{{found}}]}]}
                """;
        const string Critical =
            """{"VulnerabilityID": "CVE-2030-9", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "CRITICAL"}""";
        Assert.Equal(
            "linux/amd64",
            (await PostAsync("", Platform(amd64, "amd64", Critical))).GetProperty("platform").GetString()
        );
        await PostAsync("kinds=vulnerability", Platform(arm64, "arm64", ""));
        Assert.Equal(
            ["deny", "deny", "allow"],
            [await VerdictAsync(index), await VerdictAsync(amd64), await VerdictAsync(arm64)]
        );
        await PostAsync("kinds=vulnerability", Platform(amd64, "amd64", ""));
        Assert.Equal(
            ["allow", "allow", "allow"],
            [await VerdictAsync(index), await VerdictAsync(amd64), await VerdictAsync(arm64)]
        );
    }

    [Fact]
    public async Task A_report_that_says_no_platform_closes_nothing_of_a_platform_until_it_is_told()
    {
        var (index, id) = (NewDigest(), NewDigest());
        await PostAsync(
            $"digest={index}",
            $$"""{"matches": [{"vulnerability": {"id": "CVE-2030-9", "severity": "Critical"}, "artifact": {"name": "zlib", "version": "1", "type": "deb"} }], "source": {"target": {"imageID": "{{id}}", "architecture": "amd64", "os": "linux"} }, "descriptor": {} }"""
        );
        const string Clean =
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": []}]}""";
        Assert.Contains("platform=", Words(await PostAsync($"digest={index}", Clean)));
        Assert.Equal("deny", await VerdictAsync(index));
        await PostAsync($"digest={index}&platform=linux/amd64", Clean);
        Assert.Equal("allow", await VerdictAsync(index));
    }

    [Fact]
    public async Task What_was_accepted_comes_back_accepted_in_whatever_format()
    {
        var (digest, id) = (NewDigest(), NewDigest());
        string Json(string found) =>
            $$"""{"SchemaVersion": 2, "ArtifactName": "build-1.tar", "Metadata": {"ImageID": "{{id}}"}, "Results": [{"Target": "build-1.tar (debian 12)", "Class": "os-pkgs", "Vulnerabilities": [{{found}}]}]}""";
        const string Found =
            """{"VulnerabilityID": "CVE-2030-9", "PkgName": "zlib1g", "InstalledVersion": "1", "Severity": "CRITICAL"}""";
        await PostAsync($"digest={digest}", Json(Found));
        using var admin = await app.ApiAsAsync("admin");
        var finding = Assert.Single(await FindingsAsync(digest));
        using var accepted = await admin.PostAsJsonAsync(
            $"/api/v1/findings/{finding.GetProperty("id").GetString()}/decision",
            new
            {
                decision = "accept",
                reason = "not reachable",
                until = "2090-01-01T00:00:00Z",
            }
        );
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        await PostAsync($"digest={digest}&kinds=vulnerability", Json(""));
        Assert.Equal("fixed", Assert.Single(await FindingsAsync(digest)).GetProperty("state").GetString());
        await PostAsync(
            $"digest={digest}",
            $$"""
            {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy", "rules": [{"id": "CVE-2030-9", "name": "OsPackageVulnerability", "properties": {"tags": ["vulnerability", "security", "CRITICAL"]} }]} },
             "properties": {"imageID": "{{id}}", "imageName": "build-2.tar"},
             "results": [{"ruleId": "CVE-2030-9", "ruleIndex": 0, "level": "error", "message": {"text": "Package: zlib1g\nInstalled Version: 1\nSeverity: CRITICAL\nFixed Version: "},
               "locations": [{"physicalLocation": {"artifactLocation": {"uri": "library/build-2.tar"} } }]}]}]}
            """
        );
        finding = Assert.Single(await FindingsAsync(digest));
        Assert.Equal(
            ("accepted", "not reachable", "2090-01-01T00:00:00.000Z"),
            (
                finding.GetProperty("state").GetString(),
                finding.GetProperty("reason").GetString(),
                finding.GetProperty("until").GetString()
            )
        );
        Assert.Equal("allow", await VerdictAsync(digest));
    }

    [Fact]
    public async Task Unrated_findings_and_an_old_system_are_named_in_the_verdict()
    {
        var digest = NewDigest();
        var taken = await PostAsync($"digest={digest}", Trivy("CVE-2030-9", "UNKNOWN"));
        Assert.Equal(1, taken.GetProperty("counts").GetProperty("unknown").GetInt32());
        var gate = await GateAsync(digest);
        Assert.Equal("allow", gate.GetProperty("verdict").GetString());
        Assert.Contains("nobody rated", gate.GetProperty("reason").GetString());
        Assert.Equal("deny", await VerdictAsync(digest, "?policy=critical-unrated"));

        var old = NewDigest();
        await PostAsync(
            $"digest={old}&kinds=vulnerability",
            """{"SchemaVersion": 2, "ArtifactName": "old:1", "Metadata": {"OS": {"Family": "debian", "Name": "8.11", "EOSL": true}}, "Results": [{"Target": "old", "Class": "os-pkgs"}]}"""
        );
        Assert.Contains("debian 8.11, is past its end of life", Words(await GateAsync(old)));
    }

    [Theory]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "HIGH"}, {"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "HIGH"}]}]}"""
    )]
    [InlineData(
        """{"bomFormat": "CycloneDX", "components": [{"bom-ref": "p", "name": "p"}], "vulnerabilities": [{"id": "CVE-1", "ratings": [{"severity": "high"}], "affects": [{"ref": "p"}, {"ref": "p"}]}]}"""
    )]
    public async Task The_same_entry_twice_is_one_finding(string report)
    {
        var taken = await PostAsync($"digest={NewDigest()}", report);
        Assert.Equal(1, taken.GetProperty("counts").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Compressed_and_utf16_reports_are_read()
    {
        using var client = await app.ApiAsAsync("automation");
        async Task<(HttpStatusCode Status, string Text)> SendAsync(byte[] bytes, string? encoding)
        {
            using var content = new ByteArrayContent(bytes);
            if (encoding is not null)
            {
                content.Headers.ContentEncoding.Add(encoding);
            }
            using var answer = await client.PostAsync($"/api/v1/scans?digest={NewDigest()}", content);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        var plain = Encoding.UTF8.GetBytes(Trivy("CVE-2030-9"));
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(plain);
        }
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(packed.ToArray(), "gzip")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(packed.ToArray(), null)).Status);
        Assert.Equal(
            HttpStatusCode.Created,
            (await SendAsync([0xff, 0xfe, .. Encoding.Unicode.GetBytes(Trivy("CVE-2030-9"))], null)).Status
        );
        Assert.Equal(HttpStatusCode.Created, (await SendAsync([0xef, 0xbb, 0xbf, .. plain], null)).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(plain, "zstd")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(plain, "gzip")).Status);
        var (status, text) = await SendAsync(Encoding.UTF8.GetBytes("<bom/>"), null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("Send JSON", text);
        Assert.Contains("--data-binary", (await SendAsync(Encoding.UTF8.GetBytes("--boundary"), null)).Text);
    }

    [Fact]
    public async Task What_is_cut_off_or_not_compressed_as_it_says_is_refused_in_words()
    {
        using var client = await app.ApiAsAsync("automation");
        async Task<string> RefusedAsync(byte[] bytes, string? encoding)
        {
            var digest = NewDigest();
            using var content = new ByteArrayContent(bytes);
            if (encoding is not null)
            {
                content.Headers.ContentEncoding.Add(encoding);
            }
            using var answer = await client.PostAsync($"/api/v1/scans?digest={digest}&kinds=vulnerability", content);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Equal("unknown", await VerdictAsync(digest));
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;
        }

        var plain = Encoding.UTF8.GetBytes(Trivy(null));
        foreach (
            var (encoding, pack) in new (string, Func<Stream, Stream>)[]
            {
                ("gzip", to => new GZipStream(to, CompressionMode.Compress, leaveOpen: true)),
                ("deflate", to => new ZLibStream(to, CompressionMode.Compress, leaveOpen: true)),
                ("br", to => new BrotliStream(to, CompressionMode.Compress, leaveOpen: true)),
            }
        )
        {
            using var packed = new MemoryStream();
            await using (var packing = pack(packed))
            {
                await packing.WriteAsync(plain);
            }
            var whole = packed.ToArray();
            // All of the report is there, and what says that it is all of it is not.
            foreach (var cut in new[] { 1, 4, whole.Length / 2 })
            {
                Assert.Contains("unpacked", await RefusedAsync(whole[..^cut], encoding));
            }
            if (encoding == "gzip")
            {
                Assert.Contains("unpacked", await RefusedAsync(whole[..^3], null));
                whole[^6] ^= 0xff;
                Assert.Contains("unpacked", await RefusedAsync(whole, encoding));
            }
            Assert.DoesNotContain(
                "body is empty",
                await RefusedAsync("#!/bin/sh\necho no report"u8.ToArray(), encoding)
            );
            Assert.Contains("unpacked", await RefusedAsync([.. Enumerable.Repeat((byte)'A', 100)], encoding));
        }
        Assert.Contains("body is empty", await RefusedAsync([], null));
        Assert.Contains(
            "Send JSON",
            await RefusedAsync("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0"u8.ToArray(), null)
        );
        Assert.Contains(
            "VEX",
            await RefusedAsync("""{"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}"""u8.ToArray(), null)
        );
    }

    [Theory]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "CRITICAL"}]}], "Results": []}"""
    )]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "CRITICAL", "Severity": "LOW"}]}]}"""
    )]
    [InlineData(
        """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": [{"ruleId": "a"}], "results": []}]}"""
    )]
    public async Task A_member_that_stands_there_twice_is_refused_rather_than_chosen_from(string report)
    {
        var digest = NewDigest();
        using var client = await app.ApiAsAsync("automation");
        using var content = new StringContent(report);
        using var answer = await client.PostAsync($"/api/v1/scans?digest={digest}&kinds=vulnerability", content);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("twice", await answer.Content.ReadAsStringAsync());
        Assert.Equal("unknown", await VerdictAsync(digest));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("10:00")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    public async Task A_time_that_is_none_is_named_and_the_report_taken_as_made_now(string time)
    {
        var digest = NewDigest();
        await PostAsync($"digest={digest}&kinds=vulnerability", Trivy(null, at: "2026-01-01T00:00:00Z"));
        var taken = await PostAsync($"digest={digest}", Trivy("CVE-2030-9", at: time));
        Assert.Contains($"\"{time}\"", Words(taken));
        Assert.Equal("deny", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.DoesNotContain("is none at which", Words(await PostAsync($"digest={NewDigest()}", Trivy("CVE-2030-9"))));
    }

    [Fact]
    public async Task An_unrated_entry_that_is_another_name_of_a_rated_one_is_told()
    {
        var taken = await PostAsync(
            $"digest={NewDigest()}&scanner=osv-scanner",
            """
            {"bomFormat": "CycloneDX", "vulnerabilities": [
             {"id": "GHSA-1", "references": [{"id": "CVE-2030-4"}], "ratings": [{"severity": "medium"}], "affects": [{"ref": ""}]},
             {"id": "PYSEC-2030-1", "references": [{"id": "CVE-2030-4"}], "ratings": [], "affects": [{"ref": ""}]}]}
            """
        );
        Assert.Contains("1 of its entries nobody rated", Words(taken));
        var unrated = await PostAsync(
            $"digest={NewDigest()}&scanner=osv-scanner",
            """{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "PYSEC-2030-1", "affects": [{"ref": ""}]}]}"""
        );
        Assert.Contains("1 vulnerability that nobody rated", Words(unrated));
        Assert.Contains("nobody rated", unrated.GetProperty("gate").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_chain_of_names_in_one_report_is_one_finding()
    {
        var digest = NewDigest();
        static string Match(string id, string related) =>
            $$"""{"vulnerability": {"id": "{{id}}", "severity": "Critical"}, "relatedVulnerabilities": [{{related}}], "artifact": {"name": "zlib", "version": "1", "type": "deb"} }""";
        await PostAsync(
            $"digest={digest}",
            $$"""{"matches": [{{string.Join(
                ',',
                Match("GHSA-1", ""),
                Match("DSA-1", """{"id": "GHSA-1"}, {"id": "CVE-2030-9"}"""),
                Match("CVE-2030-9", "")
            )}}], "source": {}, "descriptor": {} }"""
        );
        var finding = Assert.Single(await FindingsAsync(digest));
        Assert.Equal("CVE-2030-9", finding.GetProperty("vulnerability").GetString());
    }

    [Fact]
    public async Task A_score_or_vector_stands_in_for_a_word_that_is_missing()
    {
        foreach (
            var found in new[]
            {
                """{"VulnerabilityID": "CVE-1", "PkgName": "p", "CVSS": {"nvd": {"V3Score": 9.8}}}""",
                """{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "UNKNOWN", "CVSS": {"ghsa": {"V40Vector": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}}}""",
            }
        )
        {
            var taken = await PostAsync(
                $"digest={NewDigest()}",
                $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{found}}]}]}"""
            );
            Assert.Equal(1, taken.GetProperty("counts").GetProperty("critical").GetInt32());
        }
        var clair = await PostAsync(
            $"digest={NewDigest()}",
            """
            {"manifest_hash": "sha256:1", "packages": {"1": {"name": "p", "version": "1"}},
             "vulnerabilities": {"2": {"name": "CVE-2030-1", "normalized_severity": "Unknown"}}, "package_vulnerabilities": {"1": ["2"]},
             "enrichments": {"message/vnd.clair.map.vulnerability; enricher=clair.cvss": [{"2": [{"baseScore": 9.8, "version": "3.1"}]}]}}
            """
        );
        Assert.Equal(1, clair.GetProperty("counts").GetProperty("critical").GetInt32());
    }

    [Fact]
    public async Task A_run_of_sarif_that_ended_before_what_is_known_changes_nothing()
    {
        var digest = NewDigest();
        static string Run(string end, string results) =>
            $$"""{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"} }, "invocations": [{"executionSuccessful": true, "endTimeUtc": "{{end}}"}], "results": [{{results}}]}]}""";
        const string Critical =
            """{"ruleId": "CVE-2030-9", "message": {"text": "A critical vulnerability in deb package: zlib, version 1 was found at: /x"}}""";
        await PostAsync($"digest={digest}", Run("2026-02-02T10:00:00Z", Critical));
        Assert.Contains("older", Words(await PostAsync($"digest={digest}", Run("2026-02-01T10:00:00Z", ""))));
        Assert.Equal("deny", await VerdictAsync(digest));
        await PostAsync($"digest={digest}", Run("2026-02-03T10:00:00Z", ""));
        Assert.Equal("allow", await VerdictAsync(digest));
    }

    [Fact]
    public async Task A_platform_of_an_index_that_nobody_scanned_is_named()
    {
        var (index, amd64, arm64) = (NewDigest(), NewDigest(), NewDigest());
        string Platform(string id, string architecture) =>
            $$"""{"SchemaVersion": 2, "Metadata": {"ImageID": "{{id}}", "RepoDigests": ["r/shop@{{index}}"], "ImageConfig": {"architecture": "{{architecture}}"} } }""";
        await PostAsync("kinds=vulnerability", Platform(amd64, "amd64"));
        await PostAsync("kinds=secret", Platform(arm64, "arm64"));
        Assert.Contains("linux/arm64", Words(await GateAsync(index)));
        Assert.DoesNotContain("linux/arm64", Words(await GateAsync(amd64)));
        Assert.Equal("unknown", await VerdictAsync(arm64));
    }

    [Fact]
    public async Task Unrated_findings_without_a_fix_are_named_where_only_those_with_one_count()
    {
        var digest = NewDigest();
        await PostAsync(
            $"digest={digest}",
            """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p"}]}]}"""
        );
        var gate = await GateAsync(digest, "?policy=fixable-critical-unrated");
        Assert.Equal("allow", gate.GetProperty("verdict").GetString());
        Assert.Contains("no fix", gate.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Text_that_is_none_is_refused_and_what_no_store_keeps_is_made_whole()
    {
        using var client = await app.ApiAsAsync("automation");
        foreach (
            var body in new[]
            {
                """{"SchemaVersion":2,"ArtifactName":"a\ud800","Results":[]}"""u8.ToArray(),
                [.. """{"SchemaVersion":2,"ArtifactName":"a"""u8, 0xff, .. "\",\"Results\":[]}"u8],
            }
        )
        {
            using var content = new ByteArrayContent(body);
            using var answer = await client.PostAsync(
                $"/api/v1/scans?digest={NewDigest()}&kinds=vulnerability",
                content
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains("Unicode", await answer.Content.ReadAsStringAsync());
        }
        var digest = NewDigest();
        var title = new string('a', 499) + "\U0001F600";
        await PostAsync(
            $"digest={digest}&image=a%00b",
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "C1", "PkgName": "p\u0000q", "Severity": "LOW", "Title": "{{title}}"}]}]}"""
        );
        var finding = Assert.Single(await FindingsAsync(digest));
        Assert.Equal("p\uFFFDq", finding.GetProperty("package").GetString());
        Assert.Equal("a\uFFFDb", finding.GetProperty("image").GetString());
        Assert.Equal(499, finding.GetProperty("title").GetString()!.Length);
    }

    [Fact]
    public async Task A_large_answer_holds_a_count_and_the_first_of_them()
    {
        var digest = NewDigest();
        var many = string.Join(
            ',',
            Enumerable
                .Range(0, 3000)
                .Select(n =>
                    $$"""{"VulnerabilityID": "CVE-2031-{{n:0000}}", "PkgName": "a-package-with-a-name-of-some-length-{{n}}", "InstalledVersion": "1.2.3+b{{n}}", "FixedVersion": "1.2.4", "Severity": "CRITICAL"}"""
                )
        );
        var taken = await PostAsync(
            $"digest={digest}",
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{many}}]}]}"""
        );
        var gate = taken.GetProperty("gate");
        Assert.Equal(3000, gate.GetProperty("total").GetInt32());
        Assert.InRange(gate.GetProperty("findings").GetArrayLength(), 50, 100);
    }

    /// <summary>A program of its own that has one tenant.</summary>
    private async Task<HttpClient> ProgramOfAsync(string tenant)
    {
        using var admin = await app.ApiAsAsync("admin");
        var id = $"pipeline-{tenant}-{Interlocked.Increment(ref number)}";
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id,
                role = "operator",
                tenants = new[] { tenant },
                scopes = new[] { "read", "scans:write" },
            }
        );
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
        var client = app.Anonymous();
        using var issued = await client.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = id,
                    ["client_secret"] = secret,
                }
            )
        );
        var token = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    [Fact]
    public async Task An_image_is_its_tenants_and_nobody_elses_to_report_on_or_to_see()
    {
        var digest = NewDigest();
        using var owner = await ProgramOfAsync("psra-ltsd");
        using var other = await ProgramOfAsync("witcom");
        using var first = await owner.PostAsync(
            $"/api/v1/scans?digest={digest}",
            new StringContent(Trivy("CVE-2030-9"))
        );
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        using var refused = await other.PostAsync(
            $"/api/v1/scans?digest={digest}&kinds=vulnerability",
            new StringContent(Trivy(null))
        );
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.DoesNotContain("shop:1", await refused.Content.ReadAsStringAsync());
        var seen = await other.GetFromJsonAsync<JsonElement>($"/api/v1/images/{digest}/gate");
        Assert.Equal("unknown", seen.GetProperty("verdict").GetString());
        Assert.Empty(seen.GetProperty("findings").EnumerateArray());
        var known = await owner.GetFromJsonAsync<JsonElement>($"/api/v1/images/{digest}/gate");
        Assert.Equal("deny", known.GetProperty("verdict").GetString());
        var listed = await owner.GetFromJsonAsync<JsonElement>("/api/v1/findings?tenant=psra-ltsd&limit=500");
        Assert.Contains(
            listed.GetProperty("items").EnumerateArray(),
            item => item.GetProperty("imageDigest").GetString() == digest
        );
        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/audit?action=scan.refused&target={digest}");
        Assert.Equal("refused", rows.GetProperty("items")[0].GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task What_runs_for_a_tenant_is_not_reported_on_by_another()
    {
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var containers = await admin.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/containers");
        var digest = Uri.EscapeDataString(containers.GetProperty("items")[0].GetProperty("imageDigest").GetString()!);
        using var other = await ProgramOfAsync("psra-ltsd");
        using var refused = await other.PostAsync(
            $"/api/v1/scans?digest={digest}&kinds=vulnerability",
            new StringContent(Trivy(null))
        );
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Pages_of_findings_lose_and_repeat_nothing_while_they_change()
    {
        var digest = NewDigest();
        static string Many(IEnumerable<int> numbers) =>
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{string.Join(
                ',',
                numbers.Select(n => $$"""{"VulnerabilityID": "CVE-2032-{{n:000}}", "PkgName": "p", "Severity": "MEDIUM"}""")
            )}}]}]}""";
        using var owner = await ProgramOfAsync("witcom");
        async Task SendAsync(IEnumerable<int> numbers) =>
            (await owner.PostAsync($"/api/v1/scans?digest={digest}", new StringContent(Many(numbers))))
                .EnsureSuccessStatusCode()
                .Dispose();

        await SendAsync(Enumerable.Range(0, 40).Select(n => n * 2));
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await owner.GetFromJsonAsync<JsonElement>(
                $"/api/v1/findings?tenant=witcom&severity=medium&limit=7{(cursor is null ? "" : $"&cursor={cursor}")}"
            );
            seen.AddRange(
                page.GetProperty("items")
                    .EnumerateArray()
                    .Where(item => item.GetProperty("imageDigest").GetString() == digest)
                    .Select(item => item.GetProperty("vulnerability").GetString()!)
            );
            cursor = page.GetProperty("next").GetString();
            // Others come and go between the pages.
            await SendAsync(Enumerable.Range(0, 40).Select(n => n * 2).Concat([(seen.Count * 2) + 1]));
        } while (cursor is not null);
        Assert.Equal(seen.Distinct(), seen);
        Assert.Empty(Enumerable.Range(0, 40).Select(n => $"CVE-2032-{n * 2:000}").Except(seen));

        using var wrong = await owner.GetAsync("/api/v1/findings?cursor=nonsense");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }
}
