using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
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

    [Fact]
    public async Task The_same_again_without_a_time_is_a_scan_of_now()
    {
        var digest = NewDigest();
        var query = $"format=trivy&kinds=vulnerability&digest={digest}";
        await PostAsync(app, query, Trivy(null));
        var first = await ScannedAtAsync();
        var again = await PostAsync(app, query, Trivy(null));
        Assert.False(again.GetProperty("isNew").GetBoolean());
        Assert.True(await ScannedAtAsync() > first);
        // With a time of its own it is the scan that it was.
        digest = NewDigest();
        var timed = Trivy(null, at: "2026-11-02T10:00:00Z");
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", timed);
        first = await ScannedAtAsync();
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", timed);
        Assert.Equal(first, await ScannedAtAsync());

        async Task<DateTimeOffset> ScannedAtAsync() =>
            (await GateAsync(app, digest)).GetProperty("scannedAt").GetDateTimeOffset();
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
    public async Task A_clock_that_was_ahead_once_makes_no_scan_after_it_an_older_one()
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9", at: "2099-01-01T00:00:00Z"));
        var made = app
            .Services.GetRequiredService<TimeProvider>()
            .GetUtcNow()
            .AddMinutes(-1)
            .ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Trivy(null, at: made));
        Assert.Equal("allow", await VerdictAsync(app, digest));
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
        var gate = await GateAsync(app, digest);
        Assert.Equal("allow", gate.GetProperty("verdict").GetString());
        // Who reads the verdict learns by whose leave it passes, and until when.
        const string Leave = "1 finding against the rule is accepted until 2090-01-01 00:00 UTC.";
        Assert.Contains(Leave, Words(gate));
        Assert.Contains(Leave, gate.GetProperty("reason").GetString());
        Assert.DoesNotContain("accepted", Words(await GateAsync(app, digest, "?policy=report")));
    }
}
