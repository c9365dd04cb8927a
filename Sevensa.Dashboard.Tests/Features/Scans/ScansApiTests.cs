using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

[Collection(SandboxCollection.Name)]
public class ScansApiTests(SandboxApp app)
{
    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Digest(char digit) => $"sha256:{new string(digit, 64)}";

    private static string Report(string severity, string id = "CVE-2026-1", string? fixedIn = "2") =>
        $$"""
            {"SchemaVersion": 2, "ArtifactName": "shop/api:1", "Results": [{"Target": "app", "Class": "lang-pkgs", "Vulnerabilities": [
              {"VulnerabilityID": "{{id}}", "PkgName": "left-pad", "InstalledVersion": "1", "FixedVersion": "{{fixedIn}}", "Severity": "{{severity}}"}]}]}
            """;

    private static async Task<JsonElement> PostAsync(HttpClient client, string query, string report)
    {
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", Json(report));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var taken = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            taken.GetProperty("isNew").GetBoolean() ? HttpStatusCode.Created : HttpStatusCode.OK,
            answer.StatusCode
        );
        return taken;
    }

    [Fact]
    public async Task A_pipeline_hands_in_a_report_and_the_same_again_changes_nothing()
    {
        using var client = await app.ApiAsAsync("automation");
        var taken = await PostAsync(client, $"image=shop/api:1&digest={Digest('1')}&format=trivy", Report("CRITICAL"));
        Assert.Equal(1, taken.GetProperty("counts").GetProperty("critical").GetInt32());
        Assert.Equal("deny", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.True(taken.GetProperty("isNew").GetBoolean());
        var again = await PostAsync(client, $"image=shop/api:1&digest={Digest('1')}&format=trivy", Report("CRITICAL"));
        Assert.False(again.GetProperty("isNew").GetBoolean());
        Assert.Equal(taken.GetProperty("id").GetString(), again.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Every_format_leads_to_the_same_gate()
    {
        using var client = await app.ApiAsAsync("automation");
        (string Format, string Report)[] reports =
        [
            (
                "clair",
                """
                {"manifest_hash": "sha256:1", "packages": {"1": {"name": "left-pad", "version": "1"}},
                 "vulnerabilities": {"2": {"name": "CVE-2026-1", "normalized_severity": "Critical", "fixed_in_version": "2"}},
                 "package_vulnerabilities": {"1": ["2"]}}
                """
            ),
            (
                "sarif",
                """
                {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy", "rules": [{"id": "CVE-2026-1",
                 "properties": {"security-severity": "9.8"}}]}}, "results": [{"ruleId": "CVE-2026-1", "level": "error",
                 "message": {"text": "Package: left-pad\nInstalled Version: 1\nFixed Version: 2"}}]}]}
                """
            ),
            (
                "cyclonedx",
                """
                {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"bom-ref": "a", "name": "left-pad", "version": "1"}],
                 "vulnerabilities": [{"id": "CVE-2026-1", "ratings": [{"severity": "critical"}], "affects": [{"ref": "a"}],
                 "recommendation": "Upgrade left-pad to version 2"}]}
                """
            ),
        ];
        foreach (var (n, (format, report)) in reports.Index())
        {
            var taken = await PostAsync(client, $"digest=sha256:f0{n:x62}&format={format}", report);
            Assert.Equal(1, taken.GetProperty("counts").GetProperty("critical").GetInt32());
            var gate = taken.GetProperty("gate");
            Assert.Equal("deny", gate.GetProperty("verdict").GetString());
            var finding = gate.GetProperty("findings")[0];
            Assert.Equal("left-pad", finding.GetProperty("package").GetString());
            Assert.Equal("1", finding.GetProperty("installed").GetString());
            Assert.Equal("2", finding.GetProperty("fixedVersion").GetString());
        }
    }

    [Fact]
    public async Task A_list_of_parts_makes_no_image_a_scanned_one()
    {
        using var client = await app.ApiAsAsync("automation");
        var digest = Digest('b');
        var taken = await PostAsync(
            client,
            $"digest={digest}&format=cyclonedx",
            """{"bomFormat": "CycloneDX", "components": [{"name": "left-pad"}], "vulnerabilities": []}"""
        );
        Assert.Equal("unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.NotEmpty(taken.GetProperty("warnings").EnumerateArray());
        var gate = await client.GetFromJsonAsync<JsonElement>($"/api/v1/images/{digest}/gate");
        Assert.Equal("unknown", gate.GetProperty("verdict").GetString());
    }

    [Theory]
    [InlineData("format=clair", "{}", 422)]
    [InlineData("format=sarif", "{\"version\": \"2.0.0\", \"runs\": []}", 422)]
    [InlineData("format=cyclonedx", "{\"spdxVersion\": \"SPDX-2.3\"}", 422)]
    [InlineData("format=xml", "{}", 422)]
    [InlineData("format=trivy", "{\"SchemaVersion\": 2}", 422)]
    [InlineData("format=trivy&digest=latest", "{\"SchemaVersion\": 2}", 422)]
    [InlineData("format=trivy", "garbage", 422)]
    public async Task What_cannot_be_read_is_422_with_the_reason(string query, string body, int status)
    {
        using var client = await app.ApiAsAsync("automation");
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", Json(body));
        Assert.Equal(status, (int)answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }

    [Theory]
    [InlineData("trivy-fs", "-fs")]
    [InlineData("Trivy FS", "-fs")]
    [InlineData("syft-sbom", "-sbom")]
    [InlineData("grype-unsaid", "-unsaid")]
    public async Task A_name_under_which_reports_of_something_else_are_kept_is_no_scanners(string name, string ending)
    {
        using var client = await app.ApiAsAsync("automation");
        using var answer = await client.PostAsync(
            $"/api/v1/scans?digest=sha256:{0xf5:x64}&scanner={Uri.EscapeDataString(name)}",
            Json("""{"version": "2.1.0", "runs": []}""")
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();
        Assert.Contains($"ends in {ending}", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("viewer", HttpStatusCode.Forbidden)]
    [InlineData("approver", HttpStatusCode.Forbidden)]
    [InlineData("client-rentguy", HttpStatusCode.Forbidden)]
    [InlineData("operator", HttpStatusCode.Created)]
    [InlineData("automation", HttpStatusCode.Created)]
    public async Task Who_may_hand_in_reports(string name, HttpStatusCode status)
    {
        using var client = await app.ApiAsAsync(name);
        using var answer = await client.PostAsync(
            $"/api/v1/scans?digest=sha256:{name.Length:x64}",
            Json(Report("LOW"))
        );
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task The_gate_allows_denies_and_says_what_it_does_not_know()
    {
        using var client = await app.ApiAsAsync("automation");
        await PostAsync(client, $"digest={Digest('3')}", Report("HIGH"));
        async Task<string> AskAsync(string digest, string query = "") =>
            (await client.GetFromJsonAsync<JsonElement>($"/api/v1/images/{digest}/gate{query}"))
                .GetProperty("verdict")
                .GetString()!;

        Assert.Equal("allow", await AskAsync(Digest('3')));
        Assert.Equal("deny", await AskAsync(Digest('3'), "?policy=high"));
        Assert.Equal("deny", await AskAsync($"shop/api@{Digest('3')}", "?policy=high"));
        Assert.Equal("deny", await AskAsync(Uri.EscapeDataString($"shop/api@{Digest('3')}"), "?policy=high"));
        Assert.Equal("unknown", await AskAsync(Digest('4')));
        Assert.Equal("allow", await AskAsync(Digest('4'), "?policy=report"));
        using var wrong = await client.GetAsync($"/api/v1/images/{Digest('3')}/gate?policy=none");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task What_the_newest_report_no_longer_has_is_fixed_and_comes_back_when_it_has_it()
    {
        using var client = await app.ApiAsAsync("admin");
        async Task<Dictionary<string, string>> StatesAsync()
        {
            var states = new Dictionary<string, string>();
            string? cursor = null;
            do
            {
                var page = await client.GetFromJsonAsync<JsonElement>(
                    $"/api/v1/findings?limit=500{(cursor is null ? "" : $"&cursor={cursor}")}"
                );
                foreach (var item in page.GetProperty("items").EnumerateArray())
                {
                    if (item.GetProperty("imageDigest").GetString() == Digest('5'))
                    {
                        states.Add(
                            item.GetProperty("vulnerability").GetString()!,
                            item.GetProperty("state").GetString()!
                        );
                    }
                }
                cursor = page.GetProperty("next").GetString();
            } while (cursor is not null);
            return states;
        }

        await PostAsync(client, $"digest={Digest('5')}", Report("HIGH", "CVE-2026-1"));
        await PostAsync(client, $"digest={Digest('5')}", Report("HIGH", "CVE-2026-2"));
        Assert.Equal(new() { ["CVE-2026-1"] = "fixed", ["CVE-2026-2"] = "open" }, await StatesAsync());
        await PostAsync(client, $"digest={Digest('5')}", Report("MEDIUM", "CVE-2026-1"));
        Assert.Equal(new() { ["CVE-2026-1"] = "open", ["CVE-2026-2"] = "fixed" }, await StatesAsync());
    }

    [Fact]
    public async Task A_finding_is_accepted_by_a_person_with_a_reason_and_that_is_on_record()
    {
        using var admin = await app.ApiAsAsync("admin");
        await PostAsync(admin, $"digest={Digest('6')}", Report("CRITICAL", "CVE-2026-6"));
        var finding = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/findings?severity=critical&limit=500"))
            .GetProperty("items")
            .EnumerateArray()
            .Single(item => item.GetProperty("vulnerability").GetString() == "CVE-2026-6");
        var address = $"/api/v1/findings/{finding.GetProperty("id").GetString()}/decision";

        using (var bare = await admin.PostAsJsonAsync(address, new { decision = "accept" }))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, bare.StatusCode);
        }
        using (var odd = await admin.PostAsJsonAsync(address, new { decision = "ignore", reason = "x" }))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, odd.StatusCode);
        }
        using (
            var accepted = await admin.PostAsJsonAsync(address, new { decision = "accept", reason = "not reachable" })
        )
        {
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
            Assert.Equal(
                "accepted",
                (await accepted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString()
            );
        }
        var gate = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/images/{Digest('6')}/gate");
        Assert.Equal("allow", gate.GetProperty("verdict").GetString());
        var rows = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/audit?action=finding.accepted&target={finding.GetProperty("id").GetString()}"
        );
        Assert.Equal(
            "not reachable",
            rows.GetProperty("items")[0].GetProperty("after").GetProperty("reason").GetString()
        );
        using var reopened = await admin.PostAsJsonAsync(
            address,
            new { decision = "reopen", reason = "it is reachable" }
        );
        Assert.Equal(
            "open",
            (await reopened.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString()
        );
        var whole = await admin.GetFromJsonAsync<JsonElement>(
            $"/api/v1/findings/{finding.GetProperty("id").GetString()}"
        );
        Assert.Equal("CVE-2026-6", whole.GetProperty("finding").GetProperty("vulnerability").GetString());
        Assert.Equal(
            ["accepted: not reachable", "open: it is reachable"],
            whole
                .GetProperty("history")
                .EnumerateArray()
                .Select(one => $"{one.GetProperty("state").GetString()}: {one.GetProperty("reason").GetString()}")
        );
    }

    [Fact]
    public async Task The_critical_finding_of_the_chat_shows_with_the_container_that_has_it()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var patience = new CancellationTokenSource(Patience.Usual);
        JsonElement found;
        // Runners of the Sandbox tell what runs a moment after the start.
        do
        {
            found = await viewer.GetFromJsonAsync<JsonElement>(
                "/api/v1/findings?tenant=platform&severity=critical",
                patience.Token
            );
        } while (found.GetProperty("items").GetArrayLength() == 0);
        var finding = found.GetProperty("items")[0];
        Assert.Equal("CVE-2025-7783", finding.GetProperty("vulnerability").GetString());
        Assert.Equal("claude-chat", finding.GetProperty("containers")[0].GetProperty("service").GetString());
        Assert.Contains("4.0.4", finding.GetProperty("fixedVersion").GetString());

        var address = $"/api/v1/findings/{finding.GetProperty("id").GetString()}/decision";
        using var refused = await viewer.PostAsJsonAsync(address, new { decision = "accept", reason = "why not" });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var program = await app.ApiAsAsync("automation");
        using var noPerson = await program.PostAsJsonAsync(address, new { decision = "accept", reason = "why not" });
        Assert.Equal(HttpStatusCode.Forbidden, noPerson.StatusCode);
        var elsewhere = await viewer.GetFromJsonAsync<JsonElement>("/api/v1/findings?tenant=rentguy&severity=critical");
        Assert.Equal(0, elsewhere.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_unknown_tenant_or_finding_is_404_and_an_unknown_word_400()
    {
        using var client = await app.ApiAsAsync("operator");
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/findings?tenant=nobody")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/findings?severity=dire")).StatusCode);
        using var none = await client.PostAsJsonAsync("/api/v1/findings/none/decision", new { decision = "fixed" });
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Pages_of_findings_lose_and_repeat_nothing_while_they_change()
    {
        var digest = ScansApi.NewDigest();
        static string Many(IEnumerable<int> numbers) =>
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{string.Join(
                ',',
                numbers.Select(n => $$"""{"VulnerabilityID": "CVE-2032-{{n:000}}", "PkgName": "p", "Severity": "MEDIUM"}""")
            )}}]}]}""";
        using var owner = await ScansApi.ProgramOfAsync(app, "witcom");
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
