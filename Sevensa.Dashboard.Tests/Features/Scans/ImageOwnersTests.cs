using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Whose an image is, and who may report on it.</summary>
[Collection(SandboxCollection.Name)]
public class ImageOwnersTests(SandboxApp app)
{
    [Fact]
    public async Task An_image_is_its_tenants_and_nobody_elses_to_report_on_or_to_see()
    {
        var digest = NewDigest();
        using var owner = await ProgramOfAsync(app, "psra-ltsd");
        using var other = await ProgramOfAsync(app, "witcom");
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

    [Theory]
    [InlineData("automation", true)]
    [InlineData("operator", true)]
    [InlineData("psra-ltsd", false)]
    public async Task What_a_pipeline_of_many_tenants_handed_in_is_listed_for_who_has_them_all(
        string who,
        bool isListed
    )
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9"));
        using var client = who == "psra-ltsd" ? await ProgramOfAsync(app, who) : await app.ApiAsAsync(who);
        var listed = await client.GetFromJsonAsync<JsonElement>("/api/v1/findings?severity=critical&limit=1000");
        Assert.Equal(
            isListed,
            listed
                .GetProperty("items")
                .EnumerateArray()
                .Any(item => item.GetProperty("imageDigest").GetString() == digest)
        );
    }

    [Fact]
    public async Task What_runs_for_a_tenant_is_not_reported_on_by_another()
    {
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var containers = await admin.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/containers");
        var digest = Uri.EscapeDataString(containers.GetProperty("items")[0].GetProperty("imageDigest").GetString()!);
        using var other = await ProgramOfAsync(app, "psra-ltsd");
        using var refused = await other.PostAsync(
            $"/api/v1/scans?digest={digest}&kinds=vulnerability",
            new StringContent(Trivy(null))
        );
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }
}
