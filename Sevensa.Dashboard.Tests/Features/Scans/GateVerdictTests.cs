using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What a verdict names beside its word: what nobody rated or scanned, and how much there is.</summary>
[Collection(SandboxCollection.Name)]
public class GateVerdictTests(SandboxApp app)
{
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
    public async Task An_unrated_entry_that_is_another_name_of_a_rated_one_is_told()
    {
        var taken = await PostAsync(
            app,
            $"digest={NewDigest()}&scanner=some-scanner",
            """
            {"bomFormat": "CycloneDX", "vulnerabilities": [
             {"id": "GHSA-1", "references": [{"id": "CVE-2030-4"}], "ratings": [{"severity": "medium"}], "affects": [{"ref": ""}]},
             {"id": "PYSEC-2030-1", "references": [{"id": "CVE-2030-4"}], "ratings": [], "affects": [{"ref": ""}]}]}
            """
        );
        Assert.Contains("1 of its entries nobody rated", Words(taken));
        var unrated = await PostAsync(
            app,
            $"digest={NewDigest()}&scanner=some-scanner",
            """{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "PYSEC-2030-1", "affects": [{"ref": ""}]}]}"""
        );
        Assert.Contains("1 vulnerability that nobody rated", Words(unrated));
        Assert.Contains("nobody rated", unrated.GetProperty("gate").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task An_index_is_let_pass_only_when_all_of_its_platforms_were_scanned()
    {
        var (index, amd, arm) = (NewDigest(), NewDigest(), NewDigest());
        string Of(string id, string machine, string results) =>
            $$"""
                {"SchemaVersion": 2, "Metadata": {"ImageID": "{{id}}", "RepoDigests": ["shop@{{index}}"], "ImageConfig": {"architecture": "{{machine}}"} },
                 "Results": [{{results}}]}
                """;
        await PostAsync(app, "kinds=vulnerability", Of(amd, "amd64", ""));
        Assert.Equal("allow", await VerdictAsync(app, index));
        const string Key = """{"Target": "a", "Class": "secret", "Secrets": [{"RuleID": "key", "Severity": "LOW"}]}""";
        await PostAsync(app, "kinds=secret", Of(arm, "arm64", Key));
        var gate = await GateAsync(app, index);
        Assert.Equal("unknown", gate.GetProperty("verdict").GetString());
        Assert.Contains("on linux/arm64, so it is not let pass", gate.GetProperty("reason").GetString());
        Assert.Equal("allow", await VerdictAsync(app, amd));
        await PostAsync(app, "kinds=vulnerability", Of(arm, "arm64", ""));
        Assert.Equal("allow", await VerdictAsync(app, index));
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
