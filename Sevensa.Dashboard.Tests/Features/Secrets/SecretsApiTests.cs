using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

[Collection(SandboxCollection.Name)]
public class SecretsApiTests(SandboxApp app)
{
    [Theory]
    [InlineData("admin")]
    [InlineData("operator")]
    [InlineData("viewer")]
    [InlineData("automation")]
    public async Task Staff_see_names_versions_and_ages(string name)
    {
        using var client = await app.ApiAsAsync(name);
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/tenants/witcom/secrets");
        var old = list.GetProperty("items")
            .EnumerateArray()
            .Single(item => item.GetProperty("path").GetString() == "psra-api/database");
        Assert.Equal(97, old.GetProperty("ageDays").GetInt32(), 1.1);
        Assert.Equal(2, old.GetProperty("version").GetInt32());
        Assert.True(old.GetProperty("overdue").GetBoolean());
        Assert.Equal("psra-api", old.GetProperty("consumers")[0].GetString());
        Assert.DoesNotContain("sandbox-", list.ToString());
    }

    [Fact]
    public async Task A_list_is_paged_by_path()
    {
        using var client = await app.ApiAsAsync("viewer");
        var first = await client.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/secrets?limit=2");
        Assert.Equal(2, first.GetProperty("items").GetArrayLength());
        var next = Uri.EscapeDataString(first.GetProperty("next").GetString()!);
        var second = await client.GetFromJsonAsync<JsonElement>(
            $"/api/v1/tenants/rentguy/secrets?limit=2&cursor={next}"
        );
        Assert.Equal("web/payment-provider", second.GetProperty("items")[0].GetProperty("path").GetString());
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
    }

    [Theory]
    [InlineData("api/database")]
    [InlineData("rentguy/api/database")]
    [InlineData("secret/rentguy/api/database")]
    public async Task One_secret_has_its_history(string path)
    {
        using var client = await app.ApiAsAsync("viewer");
        var secret = await client.GetFromJsonAsync<JsonElement>($"/api/v1/tenants/rentguy/secrets/{path}");
        Assert.Equal("api/database", secret.GetProperty("path").GetString());
        Assert.Equal(3, secret.GetProperty("versions").GetArrayLength());
    }

    [Theory]
    [InlineData("..%2Fwitcom%2Fpsra-api%2Fdatabase")]
    [InlineData("%2e%2e%2fwitcom%2fpsra-api%2fdatabase")]
    [InlineData("..%5Cwitcom%5Cpsra-api")]
    [InlineData("api%2F%2Fdatabase")]
    [InlineData("api//database")]
    [InlineData("witcom/psra-api/database")]
    [InlineData("secret/witcom/psra-api/database")]
    public async Task No_path_leads_to_another_tenant(string path)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync(
            new Uri(
                $"{app.Address}api/v1/tenants/rentguy/secrets/{path}",
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        );
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_client_is_refused_and_nobody_is_asked_who_they_are()
    {
        using var client = await app.ApiAsAsync("client-rentguy");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/v1/tenants/rentguy/secrets")).StatusCode);
        using var nobody = app.Anonymous();
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await nobody.GetAsync("/api/v1/tenants/rentguy/secrets")).StatusCode
        );
    }

    [Fact]
    public async Task A_viewer_may_not_propose_a_rotation()
    {
        var body = new
        {
            kind = "secret.rotate",
            tenant = "rentguy",
            target = "api/database",
            reason = "old",
        };
        using var viewer = await app.ApiAsAsync("viewer");
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsJsonAsync("/api/v1/proposals", body)).StatusCode);
        using var person = await app.ApiAsAsync("operator");
        using var answer = await person.PostAsJsonAsync("/api/v1/proposals", body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var proposal = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("dashboard", proposal.GetProperty("plan").GetProperty("executor").GetProperty("role").GetString());
    }

    [Fact]
    public async Task Leases_are_paged_to_the_end_and_say_how_they_stand()
    {
        using var client = await app.ApiAsAsync("viewer");
        var first = await client.GetFromJsonAsync<JsonElement>("/api/v1/leases?limit=1");
        Assert.Equal("alive", first.GetProperty("items")[0].GetProperty("state").GetString());
        var seen = 1;
        var page = first;
        while (page.GetProperty("next").GetString() is { } next)
        {
            page = await client.GetFromJsonAsync<JsonElement>(
                $"/api/v1/leases?limit=1&cursor={Uri.EscapeDataString(next)}"
            );
            seen += page.GetProperty("items").GetArrayLength();
        }
        var all = await client.GetFromJsonAsync<JsonElement>("/api/v1/leases");
        Assert.Equal(all.GetProperty("items").GetArrayLength(), seen);
        Assert.Equal(0, all.GetProperty("missing").GetArrayLength());
    }

    [Fact]
    public async Task A_cursor_that_is_no_place_is_refused()
    {
        using var client = await app.ApiAsAsync("viewer");
        foreach (var path in (string[])["tenants/rentguy/secrets", "leases"])
        {
            using var answer = await client.GetAsync($"/api/v1/{path}?cursor=a%00b");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Leases_are_their_tenants_own()
    {
        using var client = await app.ApiAsAsync("viewer");
        var mine = await client.GetFromJsonAsync<JsonElement>("/api/v1/leases?tenant=rentguy");
        Assert.All(
            mine.GetProperty("items").EnumerateArray(),
            lease => Assert.Equal("rentguy-app", lease.GetProperty("role").GetString())
        );
        Assert.NotEqual(0, mine.GetProperty("items").GetArrayLength());
        var none = await client.GetFromJsonAsync<JsonElement>("/api/v1/leases?tenant=witcom");
        Assert.Equal(0, none.GetProperty("items").GetArrayLength());
    }
}
