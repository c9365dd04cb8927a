using System.Net;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What a report is a scan for, and what it says nothing about.</summary>
[Collection(SandboxCollection.Name)]
public class ScanKindsTests(SandboxApp app)
{
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

    [Theory]
    [InlineData("filesystem")]
    [InlineData("repository")]
    [InlineData("cyclonedx")]
    [InlineData("spdx")]
    public async Task A_scan_of_something_else_than_the_image_closes_nothing_of_the_image(string artifact)
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9"));
        string Other(string findings) =>
            $$"""{"SchemaVersion": 2, "ArtifactType": "{{artifact}}", "Results": [{"Target": "package-lock.json", "Class": "lang-pkgs", "Vulnerabilities": [{{findings}}]}]}""";
        await PostAsync(
            app,
            $"digest={digest}",
            Other(
                """{"VulnerabilityID": "CVE-2030-10", "PkgName": "a", "InstalledVersion": "1", "Severity": "CRITICAL"}"""
            )
        );
        Assert.Equal(2, await OpenAsync());
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Other(""));
        Assert.Equal(1, await OpenAsync());
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Trivy(null));
        Assert.Equal("allow", await VerdictAsync(app, digest));

        async Task<int> OpenAsync() =>
            (await FindingsAsync(app, digest)).Count(found => found.GetProperty("state").GetString() == "open");
    }

    [Theory]
    // Judged in part; pointing at the parts of another document.
    [InlineData(
        """{"id": "CVE-2030-8", "analysis": {"state": "not_affected"}, "affects": [{"ref": "a"}]}, {"id": "CVE-2030-7", "affects": [{"ref": "a"}]}"""
    )]
    [InlineData("""{"id": "CVE-2030-7", "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a"}]}""")]
    public async Task A_statement_without_parts_closes_nothing_that_it_does_not_name(string vulnerabilities)
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9"));
        await PostAsync(
            app,
            $"digest={digest}",
            $$"""{"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"tools": [{"name": "trivy"}]}, "vulnerabilities": [{{vulnerabilities}}]}"""
        );
        Assert.Equal("deny", await VerdictAsync(app, digest));
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
}
