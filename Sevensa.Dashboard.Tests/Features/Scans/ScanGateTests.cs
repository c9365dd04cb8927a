using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What opens the gate and what does not: only a newer scan, of the same scanner, kind and platform.</summary>
[Collection(SandboxCollection.Name)]
public class ScanGateTests(SandboxApp app)
{
    [Fact]
    public async Task A_report_without_a_time_that_comes_again_after_another_is_a_new_scan()
    {
        var digest = NewDigest();
        var query = $"format=trivy&kinds=vulnerability&digest={digest}";
        var found = Trivy("CVE-2030-7");
        await PostAsync(app, query, found);
        Assert.Equal("deny", await VerdictAsync(app, digest));
        await PostAsync(app, query, Trivy(null));
        Assert.Equal("allow", await VerdictAsync(app, digest));
        var again = await PostAsync(app, query, found);
        Assert.True(again.GetProperty("isNew").GetBoolean());
        Assert.Equal("deny", await VerdictAsync(app, digest));
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
            {
                "cyclonedx",
                """{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"tools": [{"name": "trivy"}]}, "components": [{"bom-ref": "a", "name": "zlib"}], "vulnerabilities": [{"id": "CVE-2030-8", "analysis": {"state": "not_affected"}, "affects": [{"ref": "a"}]}]}"""
            },
        };

    [Theory]
    [MemberData(nameof(NoScansOfVulnerabilities))]
    public async Task A_report_without_a_scan_for_vulnerabilities_opens_no_gate(string format, string report)
    {
        var fresh = NewDigest();
        var taken = await PostAsync(app, $"digest={fresh}&format={format}", report);
        Assert.Equal("unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.NotEmpty(Words(taken));
        Assert.Equal("unknown", await VerdictAsync(app, fresh));

        var denied = NewDigest();
        await PostAsync(app, $"digest={denied}", Trivy("CVE-2030-9"));
        await PostAsync(app, $"digest={denied}&format={format}", report);
        Assert.Equal("deny", await VerdictAsync(app, denied));
    }

    [Fact]
    public async Task What_was_looked_for_is_said_by_the_sender()
    {
        var digest = NewDigest();
        var silent = await PostAsync(app, $"digest={digest}", Trivy(null));
        Assert.False(silent.GetProperty("isNew").GetBoolean());
        Assert.Contains("kinds=vulnerability", Words(silent));
        Assert.Equal("unknown", await VerdictAsync(app, digest));
        await PostAsync(app, $"digest={digest}&kinds=secret", Trivy(null));
        Assert.Equal("unknown", await VerdictAsync(app, digest));
        var told = await PostAsync(app, $"digest={digest}&kinds=vulnerability,secret", Trivy(null));
        Assert.Equal("allow", told.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Equal("allow", await VerdictAsync(app, digest));

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
            app,
            $"digest={digest}",
            """{"matches": [], "source": {"type": "image"}, "descriptor": {"name": "grype"}}"""
        );
        Assert.Equal("allow", await VerdictAsync(app, digest));
        var linted = NewDigest();
        var taken = await PostAsync(
            app,
            $"digest={linted}&kinds=vulnerability",
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "hadolint"}}, "results": []}]}"""
        );
        Assert.Contains("hadolint does not look for vulnerabilities", Words(taken));
        Assert.Equal("unknown", await VerdictAsync(app, linted));
    }

    [Fact]
    public async Task Absence_closes_what_the_same_scanner_found_and_nothing_else()
    {
        var digest = NewDigest();
        const string GrypeNone = """{"matches": [], "source": {"type": "image"}, "descriptor": {"name": "grype"}}""";
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9", rest: Secret));
        await PostAsync(app, $"digest={digest}", GrypeNone);
        Assert.Equal("deny", await VerdictAsync(app, digest));
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Trivy(null));
        Assert.Equal("allow", await VerdictAsync(app, digest));
        // The secret was not looked for, so it is still there.
        Assert.Equal("deny", await VerdictAsync(app, digest, "?policy=critical-secrets"));
        await PostAsync(app, $"digest={digest}&kinds=secret", Trivy(null));
        Assert.Equal("allow", await VerdictAsync(app, digest, "?policy=critical-secrets"));
    }

    [Fact]
    public async Task Two_scanners_that_see_one_thing_make_one_finding_that_both_must_lose()
    {
        var digest = NewDigest();
        const string Grype =
            """{"matches": [{"vulnerability": {"id": "GHSA-1111-2222-3333", "severity": "Low"}, "relatedVulnerabilities": [{"id": "CVE-2030-9"}], "artifact": {"name": "zlib", "version": "1", "type": "deb"}}], "source": {}, "descriptor": {}}""";
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9"));
        await PostAsync(app, $"digest={digest}", Grype);
        var finding = Assert.Single(await FindingsAsync(app, digest));
        Assert.Equal("critical", finding.GetProperty("severity").GetString());
        Assert.Equal(
            ["GHSA-1111-2222-3333"],
            finding.GetProperty("aliases").EnumerateArray().Select(one => one.GetString())
        );
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Trivy(null));
        finding = Assert.Single(await FindingsAsync(app, digest));
        Assert.Equal(
            ("open", "low"),
            (finding.GetProperty("state").GetString(), finding.GetProperty("severity").GetString())
        );
    }

    [Fact]
    public async Task Order_is_kept_for_each_scanner_and_kind_by_itself()
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9", at: "2026-11-01T10:00:00Z"));
        await PostAsync(
            app,
            $"digest={digest}",
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "ESLint"}}, "results": [{"ruleId": "no-eval"}]}]}"""
        );
        var later = await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-10", at: "2026-11-02T10:00:00Z"));
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
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Trivy(null, at: "2026-11-03T10:00:00Z"));
        Assert.Equal("allow", await VerdictAsync(app, digest));
        var old = await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-11", at: "2026-11-02T11:00:00Z"));
        Assert.False(old.GetProperty("isNew").GetBoolean());
        Assert.Contains("older", Words(old));
        Assert.Equal("allow", await VerdictAsync(app, digest));
    }

    [Fact]
    public async Task A_report_of_the_future_is_taken_as_made_now()
    {
        var digest = NewDigest();
        var taken = await PostAsync(
            app,
            $"digest={digest}&kinds=vulnerability",
            Trivy(null, at: "2099-01-01T00:00:00Z")
        );
        Assert.Contains("has not come yet", Words(taken));
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9"));
        Assert.Equal("deny", await VerdictAsync(app, digest));
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
            (await PostAsync(app, "", Platform(amd64, "amd64", Critical))).GetProperty("platform").GetString()
        );
        await PostAsync(app, "kinds=vulnerability", Platform(arm64, "arm64", ""));
        Assert.Equal(
            ["deny", "deny", "allow"],
            [await VerdictAsync(app, index), await VerdictAsync(app, amd64), await VerdictAsync(app, arm64)]
        );
        await PostAsync(app, "kinds=vulnerability", Platform(amd64, "amd64", ""));
        Assert.Equal(
            ["allow", "allow", "allow"],
            [await VerdictAsync(app, index), await VerdictAsync(app, amd64), await VerdictAsync(app, arm64)]
        );
    }

    [Fact]
    public async Task A_report_that_says_no_platform_closes_nothing_of_a_platform_until_it_is_told()
    {
        var (index, id) = (NewDigest(), NewDigest());
        await PostAsync(
            app,
            $"digest={index}",
            $$"""{"matches": [{"vulnerability": {"id": "CVE-2030-9", "severity": "Critical"}, "artifact": {"name": "zlib", "version": "1", "type": "deb"} }], "source": {"target": {"imageID": "{{id}}", "architecture": "amd64", "os": "linux"} }, "descriptor": {} }"""
        );
        const string Clean =
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": []}]}""";
        Assert.Contains("platform=", Words(await PostAsync(app, $"digest={index}", Clean)));
        Assert.Equal("deny", await VerdictAsync(app, index));
        await PostAsync(app, $"digest={index}&platform=linux/amd64", Clean);
        Assert.Equal("allow", await VerdictAsync(app, index));
    }

    [Fact]
    public async Task What_was_accepted_comes_back_accepted_in_whatever_format()
    {
        var (digest, id) = (NewDigest(), NewDigest());
        string Json(string found) =>
            $$"""{"SchemaVersion": 2, "ArtifactName": "build-1.tar", "Metadata": {"ImageID": "{{id}}"}, "Results": [{"Target": "build-1.tar (debian 12)", "Class": "os-pkgs", "Vulnerabilities": [{{found}}]}]}""";
        const string Found =
            """{"VulnerabilityID": "CVE-2030-9", "PkgName": "zlib1g", "InstalledVersion": "1", "Severity": "CRITICAL"}""";
        await PostAsync(app, $"digest={digest}", Json(Found));
        using var admin = await app.ApiAsAsync("admin");
        var finding = Assert.Single(await FindingsAsync(app, digest));
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
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Json(""));
        Assert.Equal("fixed", Assert.Single(await FindingsAsync(app, digest)).GetProperty("state").GetString());
        await PostAsync(
            app,
            $"digest={digest}",
            $$"""
            {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy", "rules": [{"id": "CVE-2030-9", "name": "OsPackageVulnerability", "properties": {"tags": ["vulnerability", "security", "CRITICAL"]} }]} },
             "properties": {"imageID": "{{id}}", "imageName": "build-2.tar"},
             "results": [{"ruleId": "CVE-2030-9", "ruleIndex": 0, "level": "error", "message": {"text": "Package: zlib1g\nInstalled Version: 1\nSeverity: CRITICAL\nFixed Version: "},
               "locations": [{"physicalLocation": {"artifactLocation": {"uri": "library/build-2.tar"} } }]}]}]}
            """
        );
        finding = Assert.Single(await FindingsAsync(app, digest));
        Assert.Equal(
            ("accepted", "not reachable", "2090-01-01T00:00:00.000Z"),
            (
                finding.GetProperty("state").GetString(),
                finding.GetProperty("reason").GetString(),
                finding.GetProperty("until").GetString()
            )
        );
        Assert.Equal("allow", await VerdictAsync(app, digest));
    }

    [Fact]
    public async Task Unrated_findings_and_an_old_system_are_named_in_the_verdict()
    {
        var digest = NewDigest();
        var taken = await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9", "UNKNOWN"));
        Assert.Equal(1, taken.GetProperty("counts").GetProperty("unknown").GetInt32());
        var gate = await GateAsync(app, digest);
        Assert.Equal("allow", gate.GetProperty("verdict").GetString());
        Assert.Contains("nobody rated", gate.GetProperty("reason").GetString());
        Assert.Equal("deny", await VerdictAsync(app, digest, "?policy=critical-unrated"));

        var old = NewDigest();
        await PostAsync(
            app,
            $"digest={old}&kinds=vulnerability",
            """{"SchemaVersion": 2, "ArtifactName": "old:1", "Metadata": {"OS": {"Family": "debian", "Name": "8.11", "EOSL": true}}, "Results": [{"Target": "old", "Class": "os-pkgs"}]}"""
        );
        Assert.Contains("debian 8.11, is past its end of life", Words(await GateAsync(app, old)));
    }

    [Fact]
    public async Task An_old_system_is_named_of_an_image_that_nobody_scanned_too()
    {
        var digest = NewDigest();
        var taken = await PostAsync(
            app,
            $"digest={digest}",
            """{"SchemaVersion": 2, "Metadata": {"OS": {"Family": "debian", "Name": "8.11", "EOSL": true}}, "Results": [{"Target": "old", "Class": "os-pkgs"}]}"""
        );
        Assert.Contains("past its end of life", Words(taken));
        var gate = await GateAsync(app, digest);
        Assert.Equal("unknown", gate.GetProperty("verdict").GetString());
        Assert.Contains("past its end of life", Words(gate));
    }

    [Fact]
    public async Task What_no_scanner_ran_for_is_no_scan_whatever_its_sender_says()
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", """{"version": "2.1.0", "runs": []}""");
        Assert.Equal("unknown", await VerdictAsync(app, digest));
    }

    [Fact]
    public async Task A_statement_about_one_of_two_closes_only_that_one()
    {
        var digest = NewDigest();
        await PostAsync(
            app,
            $"digest={digest}",
            """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-2030-1", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "CRITICAL"}, {"VulnerabilityID": "CVE-2030-2", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "CRITICAL"}]}]}"""
        );
        await PostAsync(
            app,
            $"digest={digest}",
            """{"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"tools": {"components": [{"name": "trivy"}]}}, "components": [{"bom-ref": "z", "name": "zlib", "version": "1"}], "vulnerabilities": [{"id": "CVE-2030-1", "analysis": {"state": "not_affected"}, "affects": [{"ref": "z"}]}]}"""
        );
        var open = Assert.Single(
            await FindingsAsync(app, digest),
            found => found.GetProperty("state").GetString() == "open"
        );
        Assert.Equal("CVE-2030-2", open.GetProperty("vulnerability").GetString());
        Assert.Equal("deny", await VerdictAsync(app, digest));
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
        var taken = await PostAsync(app, $"digest={NewDigest()}", report);
        Assert.Equal(1, taken.GetProperty("counts").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task An_unrated_entry_that_is_another_name_of_a_rated_one_is_told()
    {
        var taken = await PostAsync(
            app,
            $"digest={NewDigest()}&scanner=osv-scanner",
            """
            {"bomFormat": "CycloneDX", "vulnerabilities": [
             {"id": "GHSA-1", "references": [{"id": "CVE-2030-4"}], "ratings": [{"severity": "medium"}], "affects": [{"ref": ""}]},
             {"id": "PYSEC-2030-1", "references": [{"id": "CVE-2030-4"}], "ratings": [], "affects": [{"ref": ""}]}]}
            """
        );
        Assert.Contains("1 of its entries nobody rated", Words(taken));
        var unrated = await PostAsync(
            app,
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
            app,
            $"digest={digest}",
            $$"""{"matches": [{{string.Join(
                ',',
                Match("GHSA-1", ""),
                Match("DSA-1", """{"id": "GHSA-1"}, {"id": "CVE-2030-9"}"""),
                Match("CVE-2030-9", "")
            )}}], "source": {}, "descriptor": {} }"""
        );
        var finding = Assert.Single(await FindingsAsync(app, digest));
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
                app,
                $"digest={NewDigest()}",
                $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{found}}]}]}"""
            );
            Assert.Equal(1, taken.GetProperty("counts").GetProperty("critical").GetInt32());
        }
        var clair = await PostAsync(
            app,
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
        await PostAsync(app, $"digest={digest}", Run("2026-02-02T10:00:00Z", Critical));
        Assert.Contains("older", Words(await PostAsync(app, $"digest={digest}", Run("2026-02-01T10:00:00Z", ""))));
        Assert.Equal("deny", await VerdictAsync(app, digest));
        await PostAsync(app, $"digest={digest}", Run("2026-02-03T10:00:00Z", ""));
        Assert.Equal("allow", await VerdictAsync(app, digest));
    }

    [Fact]
    public async Task A_platform_of_an_index_that_nobody_scanned_is_named()
    {
        var (index, amd64, arm64) = (NewDigest(), NewDigest(), NewDigest());
        string Platform(string id, string architecture) =>
            $$"""{"SchemaVersion": 2, "Metadata": {"ImageID": "{{id}}", "RepoDigests": ["r/shop@{{index}}"], "ImageConfig": {"architecture": "{{architecture}}"} } }""";
        await PostAsync(app, "kinds=vulnerability", Platform(amd64, "amd64"));
        await PostAsync(app, "kinds=secret", Platform(arm64, "arm64"));
        Assert.Contains("linux/arm64", Words(await GateAsync(app, index)));
        Assert.DoesNotContain("linux/arm64", Words(await GateAsync(app, amd64)));
        Assert.Equal("unknown", await VerdictAsync(app, arm64));
    }

    [Fact]
    public async Task Unrated_findings_without_a_fix_are_named_where_only_those_with_one_count()
    {
        var digest = NewDigest();
        await PostAsync(
            app,
            $"digest={digest}",
            """{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p"}]}]}"""
        );
        var gate = await GateAsync(app, digest, "?policy=fixable-critical-unrated");
        Assert.Equal("allow", gate.GetProperty("verdict").GetString());
        Assert.Contains("no fix", gate.GetProperty("reason").GetString());
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
            app,
            $"digest={digest}",
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{many}}]}]}"""
        );
        var gate = taken.GetProperty("gate");
        Assert.Equal(3000, gate.GetProperty("total").GetInt32());
        Assert.InRange(gate.GetProperty("findings").GetArrayLength(), 50, 100);
    }
}
