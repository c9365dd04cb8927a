using System.Text;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Severity, rules and what does not count, by the standard.</summary>
public class SarifReaderTests
{
    private static Task<ScanReport> ReadAsync(string run) =>
        new SarifReader().ReadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes($$"""{"version": "2.1.0", "runs": [{{run}}]}""")),
            TestContext.Current.CancellationToken
        );

    private static async Task<Severity> SeverityAsync(string result, string rule = """{"id": "r"}""") =>
        (
            await ReadAsync(
                $$$"""{"tool": {"driver": {"name": "x", "rules": [{{{rule}}}]}}, "results": [{{{result}}}]}"""
            )
        )
            .Findings.Single()
            .Severity;

    [Theory]
    [InlineData("""{"descriptor": {"id": "r"}, "configuration": {"level": "error"}}""", "{}", Severity.High)]
    [InlineData("""{"descriptor": {"id": "R"}, "configuration": {"level": "error"}}""", "{}", Severity.High)]
    [InlineData("""{"descriptor": {"index": 0}, "configuration": {"level": "note"}}""", "{}", Severity.Low)]
    [InlineData("""{"descriptor": {"index": 1}, "configuration": {"level": "note"}}""", "{}", Severity.Medium)]
    [InlineData("""{"descriptor": {"guid": "5A"}, "configuration": {"level": "note"}}""", "{}", Severity.Low)]
    [InlineData("""{"descriptor": {"id": "r"}, "configuration": {"level": "none"}}""", "{}", Severity.Unknown)]
    [InlineData("""{"descriptor": {"id": "r"}, "configuration": {"rank": 91}}""", "{}", Severity.Critical)]
    [InlineData(
        """{"descriptor": {"id": "r"}, "configuration": {"level": "note"}}""",
        """{"level": "error"}""",
        Severity.High
    )]
    [InlineData(
        """{"descriptor": {"id": "r"}, "configuration": {"level": "note"}}""",
        """{"provenance": {"invocationIndex": 0}}""",
        Severity.Low
    )]
    [InlineData(
        """{"descriptor": {"id": "r"}, "configuration": {"level": "note"}}""",
        """{"provenance": {"invocationIndex": 1}}""",
        Severity.Medium
    )]
    public async Task A_run_may_set_a_rule_otherwise_than_by_default(string setting, string more, Severity severity)
    {
        var result = more == "{}" ? """{"ruleId": "r"}""" : $$"""{"ruleId": "r", {{more[1..]}}""";
        var report = await ReadAsync(
            """{"tool": {"driver": {"name": "x", "rules": [{"id": "r", "guid": "5a"}, {"id": "s"}]}}, "invocations": [{"executionSuccessful": true, "ruleConfigurationOverrides": [SETTING]}MORE], "results": [RESULT]}"""
                .Replace("SETTING", setting, StringComparison.Ordinal)
                .Replace(
                    "MORE",
                    more.Contains("invocationIndex", StringComparison.Ordinal)
                        ? """, {"executionSuccessful": true}"""
                        : "",
                    StringComparison.Ordinal
                )
                .Replace("RESULT", result, StringComparison.Ordinal)
        );
        Assert.Equal(severity, report.Findings.Single().Severity);
    }

    [Theory]
    [InlineData("""{"executionSuccessful": false}""", false)]
    [InlineData("""{"executionSuccessful": "false"}""", false)]
    [InlineData("""{"executionSuccessful": true, "toolExecutionNotifications": [{"level": "error"}]}""", false)]
    [InlineData("""{"executionSuccessful": true, "toolConfigurationNotifications": [{"level": "error"}]}""", false)]
    [InlineData("""{"executionSuccessful": true, "toolExecutionNotifications": [{"level": "warning"}]}""", true)]
    public async Task A_run_that_met_with_an_error_is_not_all_that_it_would_have_found(string invocation, bool complete)
    {
        var report = await ReadAsync(
            $$$"""{"tool": {"driver": {"name": "grype"}}, "invocations": [{{{invocation}}}], "results": []}"""
        );
        Assert.Equal((complete, complete), (report.Incomplete is null, report.ByNature.Count > 0));
    }

    [Theory]
    [InlineData("Trivy", "trivy")]
    [InlineData("trivy-fs", "trivy_fs")]
    [InlineData("Docker SBOM", "docker_sbom")]
    [InlineData("grype-unsaid", "grype_unsaid")]
    public async Task No_program_is_called_as_anothers_reports_of_something_else(string told, string kept) =>
        Assert.Equal(
            kept,
            (await ReadAsync($$$"""{"tool": {"driver": {"name": "{{{told}}}"}}, "results": []}""")).Scanner
        );

    [Fact]
    public async Task What_a_rule_that_is_switched_off_would_find_is_not_looked_for()
    {
        var report = await ReadAsync(
            """
            {"tool": {"driver": {"name": "x", "rules": [{"id": "a", "defaultConfiguration": {"enabled": false}}, {"id": "b", "defaultConfiguration": {"enabled": false}}, {"id": "c"}]}},
             "invocations": [{"executionSuccessful": true, "ruleConfigurationOverrides": [{"descriptor": {"id": "b"}, "configuration": {"enabled": true}}, {"descriptor": {"index": 2}, "configuration": {"enabled": false}}]}],
             "results": [{"ruleId": "c", "level": "error"}]}
            """
        );
        Assert.Equal(["a", "c"], report.NotLookedFor.Order());
        // It was found all the same, and so it counts.
        Assert.Equal(Severity.High, Assert.Single(report.Findings).Severity);
    }

    [Theory]
    [InlineData("""{"ruleId": "cve-2030-1"}""", "cve-2030-1")]
    [InlineData("""{"ruleIndex": 0}""", "CVE-2030-1")]
    [InlineData("""{"rule": {"index": 0}}""", "CVE-2030-1")]
    [InlineData("""{"rule": {"id": "Cve-2030-1"}}""", "Cve-2030-1")]
    [InlineData("""{"ruleId": "cve-2030-1/a", "ruleIndex": 0}""", "cve-2030-1/a")]
    [InlineData("""{"rule": {"index": 0, "toolComponent": {"name": "more"}}}""", "CVE-2030-2")]
    public async Task A_rule_is_found_by_its_index_and_by_its_id_in_any_case(string result, string id)
    {
        var report = await ReadAsync(
            $$$"""{"tool": {"driver": {"name": "x", "rules": [{"id": "CVE-2030-1", "properties": {"security-severity": "9.8"}}]}, "extensions": [{"name": "more", "rules": [{"id": "CVE-2030-2", "properties": {"security-severity": "9.8"}}]}]}, "results": [{{{result}}}]}"""
        );
        var finding = Assert.Single(report.Findings);
        Assert.Equal((id, Severity.Critical), (finding.Vulnerability, finding.Severity));
    }

    [Theory]
    [InlineData("""{"ruleId": "r"}""", """{"id": "r"}""", Severity.Medium)]
    [InlineData("""{"ruleId": "r", "level": "error"}""", """{"id": "r"}""", Severity.High)]
    [InlineData("""{"ruleId": "r"}""", """{"id": "r", "defaultConfiguration": {"level": "note"}}""", Severity.Low)]
    [InlineData(
        """{"ruleId": "r", "level": "note"}""",
        """{"id": "r", "properties": {"security-severity": "9.8"}}""",
        Severity.Critical
    )]
    [InlineData(
        """{"ruleId": "r", "level": "note"}""",
        """{"id": "r", "properties": {"security-severity": 7.5}}""",
        Severity.High
    )]
    [InlineData("""{"ruleId": "r", "rank": 95.0, "level": "note"}""", """{"id": "r"}""", Severity.Critical)]
    [InlineData("""{"ruleId": "r", "rank": -1, "level": "note"}""", """{"id": "r"}""", Severity.Low)]
    [InlineData(
        """{"ruleId": "r/b", "level": "note"}""",
        """{"id": "r", "properties": {"security-severity": "9.1"}}""",
        Severity.Critical
    )]
    [InlineData(
        """{"ruleId": "r", "properties": {"cvss": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}""",
        """{"id": "r"}""",
        Severity.Critical
    )]
    [InlineData(
        """{"ruleId": "r", "level": "note", "message": {"text": "Package: p\nSeverity: CRITICAL"}}""",
        """{"id": "r", "properties": {"security-severity": "2.0"}}""",
        Severity.Critical
    )]
    [InlineData("""{"ruleId": "r", "kind": "review"}""", """{"id": "r"}""", Severity.Unknown)]
    [InlineData(
        """{"ruleId": "r", "level": "note"}""",
        """{"id": "r", "properties": {"security-severity": "critical"}}""",
        Severity.Critical
    )]
    [InlineData(
        """{"ruleId": "r", "level": "note"}""",
        """{"id": "r", "properties": {"severity": "HIGH"}}""",
        Severity.High
    )]
    [InlineData(
        """{"ruleId": "r", "level": "note"}""",
        """{"id": "r", "properties": {"cvssv3_baseScore": 9.8}}""",
        Severity.Critical
    )]
    [InlineData(
        """{"ruleId": "r", "properties": {"cvss2": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}}""",
        """{"id": "r"}""",
        Severity.Critical
    )]
    public async Task Severity_follows_the_scanners_word_then_its_score_then_the_level(
        string result,
        string rule,
        Severity severity
    ) => Assert.Equal(severity, await SeverityAsync(result, rule));

    [Fact]
    public async Task Rules_of_extensions_are_not_mixed_up_with_the_drivers()
    {
        var report = await ReadAsync(
            """
            {"tool": {"driver": {"name": "CodeQL", "rules": [{"id": "other", "properties": {"security-severity": "1.0"}}]},
              "extensions": [{"name": "queries", "rules": [{"id": "js/sql", "properties": {"security-severity": "9.8"}}]}]},
             "results": [
               {"ruleId": "js/sql", "ruleIndex": 0, "message": {"text": "a"}},
               {"rule": {"id": "js/sql", "index": 0, "toolComponent": {"index": 0}}, "message": {"text": "b"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "b.js"}}}]}]}
            """
        );
        Assert.All(
            report.Findings,
            found => Assert.Equal((Severity.Critical, FindingKind.Code), (found.Severity, found.Kind))
        );
    }

    [Fact]
    public async Task What_passed_or_was_gone_before_does_not_count_and_suppressions_need_all_to_be_accepted()
    {
        var report = await ReadAsync(
            """
            {"tool": {"driver": {"name": "x"}}, "results": [
              {"ruleId": "passed", "kind": "pass"}, {"ruleId": "gone", "baselineState": "absent"},
              {"ruleId": "new", "baselineState": "new"},
              {"ruleId": "accepted", "suppressions": [{"kind": "external", "justification": "not reachable"}]},
              {"ruleId": "disputed", "suppressions": [{"kind": "inSource", "status": "accepted"}, {"kind": "external", "status": "rejected"}]}]}
            """
        );
        Assert.Equal(["new", "accepted", "disputed"], report.Findings.Select(found => found.Vulnerability));
        Assert.Equal([null, "not reachable", null], report.Findings.Select(found => found.Suppressed));
        Assert.Equal(2, report.Notes.Count);
    }

    [Theory]
    [InlineData("""{"tool": {"driver": {"name": "grype"}}, "results": null}""")]
    [InlineData("""{"tool": {"driver": {"name": "grype"}}}""")]
    [InlineData(
        """{"tool": {"driver": {"name": "grype"}}, "invocations": [{"executionSuccessful": false}], "results": []}"""
    )]
    [InlineData(
        """{"tool": {"driver": {"name": "grype"}}, "externalPropertyFileReferences": {"results": [{}]}, "results": []}"""
    )]
    public async Task A_run_that_failed_or_keeps_its_results_elsewhere_is_no_clean_scan(string run)
    {
        var report = await ReadAsync(run);
        Assert.NotNull(report.Incomplete);
        Assert.Empty(report.ByNature);
    }

    [Theory]
    [InlineData("""{"id": "r"}""", Severity.High)]
    [InlineData("""{"index": 0}""", Severity.High)]
    [InlineData("""{"id": "other"}""", Severity.Low)]
    public async Task A_level_that_the_invocation_set_goes_before_the_rules_own(string descriptor, Severity severity)
    {
        var report = await ReadAsync(
            $$$"""
            {"tool": {"driver": {"name": "x", "rules": [{"id": "r", "defaultConfiguration": {"level": "note"}}]}},
             "invocations": [{"executionSuccessful": true, "ruleConfigurationOverrides": [{"descriptor": {{{descriptor}}}, "configuration": {"level": "error"}}]}],
             "results": [{"ruleId": "r"}]}
            """
        );
        Assert.Equal(severity, Assert.Single(report.Findings).Severity);
    }

    [Fact]
    public async Task Grypes_current_form_is_read_from_the_rules_help()
    {
        var report = await ReadAsync(
            """
            {"tool": {"driver": {"name": "grype", "rules": [{"id": "CVE-2030-1-zlib",
              "help": {"text": "Vulnerability CVE-2030-1\nSeverity: critical\nPackage: zlib\nVersion: 1.2.0\nFix Version: 1.2.9\nType: deb\nLocation: /var/lib/dpkg/status"},
              "properties": {"security-severity": "9.8"}}]}},
             "results": [{"ruleId": "CVE-2030-1-zlib", "level": "error",
               "message": {"text": "A critical vulnerability in deb package: zlib, version 1.2.0 was found in image shop at: /var/lib/dpkg/status"},
               "locations": [{"physicalLocation": {"artifactLocation": {"uri": "shop/var/lib/dpkg/status"}}}]}]}
            """
        );
        var found = report.Findings.Single();
        Assert.Equal(
            ("CVE-2030-1", "zlib", "1.2.0", "1.2.9", "", Severity.Critical),
            (found.Vulnerability, found.Package, found.Installed, found.FixedVersion, found.Place, found.Severity)
        );
    }
}
