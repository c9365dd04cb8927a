using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A tenant's findings as a file, in each of its forms.</summary>
public sealed class FindingsExportTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Address = "/api/v1/tenants/witcom/findings/export";

    /// <summary>More than one page of them, and one whose words a spreadsheet would compute.</summary>
    private static string Many(string mark, int count) =>
        $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{{string.Join(
            ',',
            Enumerable.Range(0, count).Select(n => $$"""{"VulnerabilityID": "CVE-{{mark}}-{{n:0000}}", "PkgName": "zlib", "InstalledVersion": "1,\"2\"", "FixedVersion": "2, 3", "Severity": "HIGH", "Title": "=HYPERLINK(1)"}""")
        )}}]}]}""";

    [Fact]
    public async Task Every_form_has_all_that_the_list_has()
    {
        var digest = ScansApi.NewDigest();
        using var owner = await ScansApi.ProgramOfAsync(app, "witcom");
        await SendAsync(owner, digest, Many("2041", 1_203));

        var json = await owner.GetFromJsonAsync<JsonElement>(Address);
        Assert.Equal("witcom", json.GetProperty("tenant").GetString());
        var own = json.GetProperty("findings").EnumerateArray().Where(one => IsOf(one, digest)).ToList();
        Assert.Equal(1_203, own.Count);
        Assert.Equal(1_203, own.Select(one => one.GetProperty("id").GetString()).Distinct().Count());

        var rows = (await owner.GetStringAsync($"{Address}?format=csv")).Split("\r\n");
        Assert.StartsWith("severity,state,kind,vulnerability,", rows[0], StringComparison.Ordinal);
        var own2041 = rows.Where(row => row.Contains("CVE-2041-", StringComparison.Ordinal)).ToList();
        Assert.Equal(1_203, own2041.Count);
        Assert.StartsWith(
            "high,open,vulnerability,CVE-2041-0000,,zlib,\"1,\"\"2\"\"\",\"2, 3\",",
            own2041[0],
            StringComparison.Ordinal
        );
        Assert.EndsWith(",'=HYPERLINK(1),", own2041[0], StringComparison.Ordinal);

        var vex = await owner.GetFromJsonAsync<JsonElement>($"{Address}?format=vex");
        Assert.Equal("CycloneDX", vex.GetProperty("bomFormat").GetString());
        var parts = vex.GetProperty("components")
            .EnumerateArray()
            .Select(part => part.GetProperty("bom-ref").GetString())
            .ToHashSet();
        var told = vex.GetProperty("vulnerabilities").EnumerateArray().ToList();
        Assert.Equal(
            1_203,
            told.Count(one => one.GetProperty("id").GetString()!.StartsWith("CVE-2041-", StringComparison.Ordinal))
        );
        Assert.All(told, one => Assert.Contains(one.GetProperty("affects")[0].GetProperty("ref").GetString(), parts));
    }

    [Fact]
    public async Task What_was_decided_is_told_in_the_words_of_VEX_and_is_no_scan_when_it_is_handed_in()
    {
        var digest = ScansApi.NewDigest();
        using var owner = await ScansApi.ProgramOfAsync(app, "witcom");
        await SendAsync(owner, digest, Many("2042", 3));
        await SendAsync(owner, digest, Many("2042", 2));
        using var admin = await app.ApiAsAsync("admin");
        var accepted = (await owner.GetFromJsonAsync<JsonElement>(Address))
            .GetProperty("findings")
            .EnumerateArray()
            .Single(one => one.GetProperty("vulnerability").GetString() == "CVE-2042-0001");
        using var decided = await admin.PostAsJsonAsync(
            $"/api/v1/findings/{accepted.GetProperty("id").GetString()}/decision",
            new
            {
                decision = "accept",
                reason = "nobody calls it",
                until = "2099-01-31T00:00:00.000Z",
            }
        );
        Assert.True(decided.IsSuccessStatusCode, await decided.Content.ReadAsStringAsync());

        var text = await owner.GetStringAsync($"{Address}?format=vex");
        var analyses = JsonElement
            .Parse(text)
            .GetProperty("vulnerabilities")
            .EnumerateArray()
            .Where(one => one.GetProperty("id").GetString()!.StartsWith("CVE-2042-", StringComparison.Ordinal))
            .ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("analysis"));
        Assert.Equal("in_triage", analyses["CVE-2042-0000"].GetProperty("state").GetString());
        Assert.Equal("exploitable", analyses["CVE-2042-0001"].GetProperty("state").GetString());
        Assert.Equal("will_not_fix", analyses["CVE-2042-0001"].GetProperty("response")[0].GetString());
        Assert.Equal("nobody calls it (until 2099-01-31)", analyses["CVE-2042-0001"].GetProperty("detail").GetString());
        Assert.Equal("resolved", analyses["CVE-2042-0002"].GetProperty("state").GetString());

        var address = $"/api/v1/findings/{accepted.GetProperty("id").GetString()}";
        var history = (await owner.GetFromJsonAsync<JsonElement>(address)).GetProperty("history");
        Assert.Equal("nobody calls it", Assert.Single(history.EnumerateArray()).GetProperty("reason").GetString());
        using var stranger = await ScansApi.ProgramOfAsync(app, "rentguy");
        using var unseen = await stranger.GetAsync(address);
        Assert.Equal(HttpStatusCode.NotFound, unseen.StatusCode);

        var unscanned = ScansApi.NewDigest();
        var taken = await SendAsync(owner, unscanned, text);
        Assert.Equal("unknown", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Contains("(VEX)", taken.GetProperty("warnings").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_affected_says_why_in_the_words_of_CycloneDX_and_in_its_own()
    {
        var digest = ScansApi.NewDigest();
        using var owner = await ScansApi.ProgramOfAsync(app, "witcom");
        await SendAsync(owner, digest, Many("2043", 3));
        using var admin = await app.ApiAsAsync("admin");
        var ids = (await owner.GetFromJsonAsync<JsonElement>($"{Address}?image={digest}"))
            .GetProperty("findings")
            .EnumerateArray()
            .ToDictionary(
                one => one.GetProperty("vulnerability").GetString()!,
                one => one.GetProperty("id").GetString()!
            );
        Assert.Equal(3, ids.Count);
        await DecideAsync(
            "CVE-2043-0000",
            new
            {
                decision = "notAffected",
                justification = "vulnerable_code_not_in_execute_path",
                reason = "the module is not loaded",
            }
        );
        await DecideAsync("CVE-2043-0001", new { decision = "affected", reason = "seen in the field" });
        await DecideAsync("CVE-2043-0002", new { decision = "investigate", reason = "asked the vendor" });

        var analyses = (await owner.GetFromJsonAsync<JsonElement>($"{Address}?format=vex&image={digest}"))
            .GetProperty("vulnerabilities")
            .EnumerateArray()
            .Select(one => one.GetProperty("analysis"))
            .ToList();
        Assert.Equal(
            ["not_affected", "exploitable", "in_triage"],
            analyses.Select(one => one.GetProperty("state").GetString())
        );
        Assert.Equal("code_not_reachable", analyses[0].GetProperty("justification").GetString());
        Assert.Equal(
            "vulnerable_code_not_in_execute_path: the module is not loaded",
            analyses[0].GetProperty("detail").GetString()
        );
        Assert.Equal("seen in the field", analyses[1].GetProperty("detail").GetString());
        var row = (await owner.GetStringAsync($"{Address}?format=csv&image={digest}")).Split("\r\n")[1];
        Assert.Contains(",notAffected,vulnerable_code_not_in_execute_path,", row, StringComparison.Ordinal);

        async Task DecideAsync(string vulnerability, object decision)
        {
            using var answer = await admin.PostAsJsonAsync($"/api/v1/findings/{ids[vulnerability]}/decision", decision);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("?format=xml", 400)]
    [InlineData("?severity=dire", 400)]
    [InlineData("?exposure=everywhere", 400)]
    [InlineData("?image=latest", 400)]
    public async Task An_unknown_form_is_refused(string query, int status)
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var answer = await viewer.GetAsync(Address + query);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task The_pages_link_gives_the_same_file_to_a_browser()
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var answer = await browser.GetAsync("/tenants/witcom/scans/export?format=csv");
        Assert.True(answer.IsSuccessStatusCode);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("findings-witcom.csv", answer.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        using var stranger = await app.BrowserAsAsync("client-rentguy");
        using var refused = await stranger.GetAsync("/tenants/witcom/scans/export?format=csv");
        Assert.False(refused.IsSuccessStatusCode && refused.Content.Headers.ContentType?.MediaType == "text/csv");
    }

    private static bool IsOf(JsonElement finding, string digest) =>
        finding.GetProperty("imageDigest").GetString() == digest;

    private static async Task<JsonElement> SendAsync(HttpClient client, string digest, string report)
    {
        using var body = new StringContent(report, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/api/v1/scans?digest={digest}", body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
