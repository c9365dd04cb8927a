using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Alerts;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A tenant's own gate policy: tried first, changed by an approved action, and what each of its rules denies.</summary>
public sealed class GatePoliciesTests(SandboxApp app) : IClassFixture<SandboxApp>, IAsyncLifetime
{
    private const string Policies = "/api/v1/gate/policies";
    private HttpClient @operator = null!;

    public async ValueTask InitializeAsync()
    {
        @operator = await app.ApiAsAsync("operator");
        await app.FleetIsKnownAsync();
    }

    public ValueTask DisposeAsync()
    {
        @operator.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_is_tried_then_saved_through_approval_and_taken_back()
    {
        var digest = NewDigest();
        await ReportAsync(digest, "shop:1", Vulnerability("CVE-2031-1", "HIGH"));
        Assert.Equal("allow", await AskAsync(digest));
        var before = await PolicyAsync();
        Assert.False(before.GetProperty("isOwn").GetBoolean());
        Assert.Equal("critical", before.GetProperty("rules").GetProperty("severity").GetString());

        using var tried = await @operator.PostAsJsonAsync(
            $"{Policies}/preview",
            new { tenant = "witcom", rules = new { severity = "low", unrated = true } }
        );
        var would = await tried.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(tried.IsSuccessStatusCode, would.ToString());
        Assert.NotEmpty(would.GetProperty("images").EnumerateArray());
        Assert.Equal("allow", await AskAsync(digest));

        var proposed = await ProposeAsync(
            HttpMethod.Post,
            Policies,
            new
            {
                tenant = "witcom",
                rules = new { severity = "high" },
                reason = "highs too",
            }
        );
        Assert.Equal("gate-policy.save", (string?)proposed["kind"]);
        Assert.Equal("allow", await AskAsync(digest));
        await ApproveAsync(proposed);
        Assert.Equal("deny", await AskAsync(digest));
        var held = await PolicyAsync();
        Assert.True(held.GetProperty("isOwn").GetBoolean());
        Assert.Equal(1, held.GetProperty("version").GetInt32());
        Assert.Equal((string)proposed["id"]!, held.GetProperty("proposalId").GetString());
        // Another tenant's images are judged as before, and named policies by their words.
        Assert.Equal("allow", await AskAsync(digest, "psra-ltsd"));
        Assert.Equal("allow", await VerdictAsync(app, digest, "?policy=critical"));

        // The same again has nothing to change; back again, the gate opens, which is a high risk.
        using var same = await @operator.PutAsJsonAsync(
            $"{Policies}/witcom",
            new { rules = new { severity = "high" }, reason = "again" }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, same.StatusCode);
        var back = await ProposeAsync(HttpMethod.Delete, $"{Policies}/witcom?reason=enough", null);
        await ApproveAsync(back);
        Assert.Equal("allow", await AskAsync(digest));
        Assert.False((await PolicyAsync()).GetProperty("isOwn").GetBoolean());
        using var none = await @operator.DeleteAsync($"{Policies}/witcom?reason=enough");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, none.StatusCode);
    }

    [Fact]
    public async Task A_plan_for_one_version_changes_no_other()
    {
        var first = await ProposeAsync(
            HttpMethod.Post,
            Policies,
            new
            {
                tenant = "platform",
                rules = new { severity = "high" },
                reason = "one",
            }
        );
        var second = await ProposeAsync(
            HttpMethod.Post,
            Policies,
            new
            {
                tenant = "platform",
                rules = new { severity = "medium" },
                reason = "two",
            }
        );
        await ApproveAsync(first);
        using var approver = await app.ApiAsAsync("approver");
        using var late = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{(string)second["id"]!}/approve",
            new { planHash = (string)second["planHash"]!, comment = "" }
        );
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Contains("worldChanged", await late.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_lets_pass_what_was_held_back_is_a_high_risk()
    {
        var open = await ProposeAsync(
            HttpMethod.Post,
            Policies,
            new
            {
                tenant = "psra-ltsd",
                rules = new { unscanned = "allow" },
                reason = "quick",
            }
        );
        Assert.Equal("high", (string?)open["risk"]);
        foreach (var looser in (object[])[new { fixableOnly = true }, new { graceDays = 365 }, new { newOnly = true }])
        {
            var later = await ProposeAsync(
                HttpMethod.Post,
                Policies,
                new
                {
                    tenant = "psra-ltsd",
                    rules = looser,
                    reason = "later",
                }
            );
            Assert.Equal("high", (string?)later["risk"]);
        }
        var stricter = await ProposeAsync(
            HttpMethod.Post,
            Policies,
            new
            {
                tenant = "psra-ltsd",
                rules = new { severity = "low", unrated = true },
                reason = "strict",
            }
        );
        Assert.Equal("medium", (string?)stricter["risk"]);
    }

    [Fact]
    public async Task Each_rule_denies_what_it_says()
    {
        var (old, exploited, ended, fixable) = (NewDigest(), NewDigest(), NewDigest(), NewDigest());
        await ReportAsync(old, "shop:1", Vulnerability("CVE-2031-2", "HIGH"));
        await ReportAsync(
            fixable,
            "other:1",
            """{"VulnerabilityID": "CVE-2031-3", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "CRITICAL"}"""
        );
        await ReportAsync(
            ended,
            "base:1",
            "",
            metadata: """, "Metadata": {"OS": {"Family": "debian", "Name": "9", "EOSL": true}}"""
        );
        await GrypeAsync(exploited);

        await HoldAsync(new { severity = "high" });
        Assert.Equal("deny", await AskAsync(old, "rentguy"));
        Assert.Equal("deny", await AskAsync(fixable, "rentguy"));
        Assert.Equal("allow", await AskAsync(ended, "rentguy"));
        Assert.Equal("allow", await AskAsync(exploited, "rentguy"));

        await HoldAsync(new { severity = "high", graceDays = 7 });
        Assert.Equal("allow", await AskAsync(old, "rentguy"));

        await HoldAsync(new { severity = "high", fixableOnly = true });
        Assert.Equal("deny", await AskAsync(old, "rentguy"));
        Assert.Equal("allow", await AskAsync(fixable, "rentguy"));

        await HoldAsync(new { severity = "high", endOfLife = true });
        var verdict = await GateAsync(app, ended, "?tenant=rentguy");
        Assert.Equal("deny", verdict.GetProperty("verdict").GetString());
        Assert.Contains("end of life", verdict.GetProperty("reason").GetString());

        await HoldAsync(new { severity = "none", exploited = true });
        Assert.Equal("deny", await AskAsync(exploited, "rentguy"));
        Assert.Equal("allow", await AskAsync(old, "rentguy"));

        // What runs has it too, so that it is not new; what only somebody's report of the repository has, is.
        var (image, known) = await RunningFindingAsync();
        var (newer, newest, unrun) = (NewDigest(), NewDigest(), NewDigest());
        await ReportAsync(unrun, $"{image}:unrun", Vulnerability("CVE-2031-4", "HIGH"));
        await ReportAsync(newer, $"{image}:newer", known);
        await ReportAsync(newest, $"{image}:newest", $"{known}, {Vulnerability("CVE-2031-4", "HIGH")}");
        await HoldAsync(new { severity = "low", newOnly = true });
        Assert.Equal("allow", await AskAsync(newer, "rentguy"));
        var fresh = await GateAsync(app, newest, "?tenant=rentguy");
        Assert.Equal("deny", fresh.GetProperty("verdict").GetString());
        Assert.Equal(
            "CVE-2031-4",
            Assert.Single(fresh.GetProperty("findings").EnumerateArray()).GetProperty("vulnerability").GetString()
        );

        // An old scan is none.
        var stale = NewDigest();
        await ReportAsync(stale, "aged:1", "", at: "2020-01-01T00:00:00Z");
        Assert.Equal("allow", await AskAsync(stale, "rentguy"));
        await HoldAsync(new { staleAfterDays = 30 });
        Assert.Equal("unknown", await AskAsync(stale, "rentguy"));
        Assert.Equal("allow", await AskAsync(newer, "rentguy"));
        await HoldAsync(new { staleAfterDays = 30, unscanned = "allow" });
        Assert.Equal("allow", await AskAsync(stale, "rentguy"));
        Assert.Equal("allow", await AskAsync(NewDigest(), "rentguy"));
    }

    [Fact]
    public async Task A_report_is_answered_by_the_policy_of_its_tenant()
    {
        await HoldAsync(new { severity = "medium" });
        using var program = await ProgramOfAsync(app, "rentguy");
        using var body = new StringContent(Trivy("CVE-2031-5", "HIGH"), Encoding.UTF8, "application/json");
        using var answer = await program.PostAsync($"/api/v1/scans?kinds=vulnerability&digest={NewDigest()}", body);
        var gate = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("gate");
        Assert.Equal("deny", gate.GetProperty("verdict").GetString());
        Assert.Equal("tenant:rentguy", gate.GetProperty("policy").GetString());
    }

    [Theory]
    [InlineData("""{"tenant": "witcom", "rules": {"severity": "severe"}, "reason": "x"}""", "severity")]
    [InlineData("""{"tenant": "witcom", "rules": {"graceDays": -1}, "reason": "x"}""", "graceDays")]
    [InlineData("""{"tenant": "witcom", "rules": {"staleAfterDays": 0}, "reason": "x"}""", "staleAfterDays")]
    [InlineData("""{"tenant": "witcom", "rules": {"kinds": ["virus"]}, "reason": "x"}""", "kinds")]
    [InlineData("""{"tenant": "witcom", "rules": {"unscanned": "maybe"}, "reason": "x"}""", "unscanned")]
    [InlineData("""{"tenant": "witcom", "reason": "x"}""", "rules")]
    public async Task What_cannot_be_a_policy_says_why(string body, string names)
    {
        foreach (var path in (string[])[Policies, $"{Policies}/preview"])
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await @operator.PostAsync(path, content);
            var told = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, told);
            Assert.Contains(names, told);
        }
    }

    [Fact]
    public async Task Who_does_not_see_a_tenant_learns_nothing_and_who_only_looks_proposes_nothing()
    {
        using var program = await ProgramOfAsync(app, "rentguy");
        var seen = await program.GetFromJsonAsync<JsonElement>(Policies);
        Assert.Equal(
            "rentguy",
            Assert.Single(seen.GetProperty("items").EnumerateArray()).GetProperty("tenant").GetString()
        );
        using var foreign = await program.PostAsJsonAsync(
            $"{Policies}/preview",
            new { tenant = "witcom", rules = new { } }
        );
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        using var asked = await program.GetAsync($"/api/v1/images/{NewDigest()}/gate?tenant=witcom");
        Assert.Equal(HttpStatusCode.NotFound, asked.StatusCode);
        using var viewer = await app.ApiAsAsync("viewer");
        using var refused = await viewer.PostAsJsonAsync(
            Policies,
            new
            {
                tenant = "witcom",
                rules = new { },
                reason = "x",
            }
        );
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    /// <summary>The repository of an image that the tenant runs, and a finding of it as a report has it.</summary>
    private async Task<(string Repository, string Found)> RunningFindingAsync()
    {
        using var client = await app.ApiAsAsync("admin");
        var page = await client.GetFromJsonAsync<JsonElement>(
            "/api/v1/findings?tenant=rentguy&kind=vulnerability&limit=1"
        );
        var finding = page.GetProperty("items")[0];
        var repository = finding.GetProperty("image").GetString()!.Split(':')[0];
        return (
            repository,
            $$"""{"VulnerabilityID": "{{finding.GetProperty("vulnerability").GetString()}}", "PkgName": "{{finding.GetProperty("package").GetString()}}", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "HIGH"}"""
        );
    }

    private static string Vulnerability(string id, string severity) =>
        $$"""{"VulnerabilityID": "{{id}}", "PkgName": "zlib", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "{{severity}}"}""";

    private async Task ReportAsync(
        string digest,
        string image,
        string found,
        string metadata = "",
        string? at = null
    ) =>
        await PostAsync(
            app,
            $"digest={digest}&image={image}&kinds=vulnerability",
            $$"""{"SchemaVersion": 2, "ArtifactName": "{{image}}"{{metadata}}{{(at is null ? "" : $", \"CreatedAt\": \"{at}\"")}}, "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{{found}}]}]}"""
        );

    private async Task GrypeAsync(string digest) =>
        await PostAsync(
            app,
            $"digest={digest}",
            """
            {"matches": [{"vulnerability": {"id": "CVE-2031-6", "severity": "Medium", "knownExploited": [{"cve": "CVE-2031-6", "vendorProject": "x", "product": "y", "dateAdded": "2031-01-01"}]},
             "relatedVulnerabilities": [], "artifact": {"name": "zlib", "version": "1", "type": "deb"}}], "source": {"type": "image"}, "descriptor": {"name": "grype"}}
            """
        );

    private async Task<string> AskAsync(string digest, string tenant = "witcom") =>
        await VerdictAsync(app, digest, $"?tenant={tenant}");

    private async Task<JsonElement> PolicyAsync() =>
        (await @operator.GetFromJsonAsync<JsonElement>(Policies))
            .GetProperty("items")
            .EnumerateArray()
            .Single(one => one.GetProperty("tenant").GetString() == "witcom");

    private async Task HoldAsync(object rules) =>
        await ApproveAsync(await ProposeAsync(HttpMethod.Put, $"{Policies}/rentguy", new { rules, reason = "tried" }));

    private async Task<JsonNode> ProposeAsync(HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        using var answer = await @operator.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!;
    }

    private async Task ApproveAsync(JsonNode proposal)
    {
        var done = await AlertsApi.ApproveAsync(app, proposal);
        Assert.True((string?)done["state"] == "succeeded", done.ToJsonString());
    }
}
