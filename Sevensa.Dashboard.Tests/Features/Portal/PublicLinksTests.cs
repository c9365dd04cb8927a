using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Portal;

[Collection(SandboxCollection.Name)]
public sealed class PublicLinksTests(SandboxApp app)
{
    private const string Links = "/api/v1/tenants/rentguy/public-links";

    [Fact]
    public async Task A_link_shows_the_portal_to_nobody_in_particular_until_it_is_revoked()
    {
        using var admin = await app.ApiAsAsync("admin");
        var link = await AddAsync(admin, new { name = "intranet", days = 30 });
        var path = link.GetProperty("path").GetString()!;
        using var anybody = app.Anonymous();
        var page = await anybody.GetStringAsync(path);
        Assert.Contains("RentGuy", page, StringComparison.Ordinal);
        Assert.Contains("90 days ago", page, StringComparison.Ordinal);
        Assert.Contains("noindex", page, StringComparison.Ordinal);
        // No circuit, no query, no host, no other tenant.
        Assert.DoesNotMatch("<script[^>]*blazor", page);
        Assert.DoesNotContain("vps-", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Witcom", page, StringComparison.OrdinalIgnoreCase);

        using var revoked = await admin.DeleteAsync($"{Links}/{link.GetProperty("id").GetString()}");
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        using var gone = await anybody.GetAsync(path);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var words = await gone.Content.ReadAsStringAsync();
        Assert.DoesNotContain("RentGuy", words, StringComparison.Ordinal);
        Assert.Contains("Ask who gave it to you for another.", words, StringComparison.Ordinal);
        var listed = await admin.GetFromJsonAsync<JsonElement>(Links);
        Assert.Contains(
            listed.GetProperty("items").EnumerateArray(),
            one =>
                one.GetProperty("name").GetString() == "intranet"
                && one.GetProperty("revokedAt").ValueKind == JsonValueKind.String
        );
    }

    [Fact]
    public async Task What_was_not_signed_here_opens_nothing()
    {
        using var admin = await app.ApiAsAsync("admin");
        var link = await AddAsync(admin, new { name = "whole" });
        var path = link.GetProperty("path").GetString()!;
        using var anybody = app.Anonymous();
        // Not its last letter, some of whose bits mean nothing.
        var altered = path[..^10] + (path[^10] == 'A' ? 'B' : 'A') + path[^9..];
        foreach (
            var wrong in new[] { altered, "/status/x", $"/status/{link.GetProperty("id").GetString()}", path + "A" }
        )
        {
            using var answer = await anybody.GetAsync(wrong);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("viewer")]
    [InlineData("client-rentguy")]
    public async Task Only_an_administrator_makes_or_sees_links(string person)
    {
        using var client = await app.ApiAsAsync(person);
        using var listed = await client.GetAsync(Links);
        Assert.Equal(HttpStatusCode.Forbidden, listed.StatusCode);
        using var made = await client.PostAsJsonAsync(Links, new { name = "x" });
        Assert.Equal(HttpStatusCode.Forbidden, made.StatusCode);
        using var browser = await app.BrowserAsAsync(person);
        using var page = await browser.GetAsync("/portal/rentguy/links");
        Assert.NotEqual(HttpStatusCode.OK, page.StatusCode);
    }

    [Theory]
    [InlineData("", 10)]
    [InlineData("x", 0)]
    [InlineData("x", 100_000)]
    public async Task What_cannot_be_a_link_is_refused_with_the_reason(string name, int days)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsJsonAsync(Links, new { name, days });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        using var unknown = await admin.PostAsJsonAsync("/api/v1/tenants/nobody/public-links", new { name = "x" });
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var other = await admin.DeleteAsync("/api/v1/tenants/witcom/public-links/abc");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    private static async Task<JsonElement> AddAsync(HttpClient client, object wanted)
    {
        using var answer = await client.PostAsJsonAsync(Links, wanted);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
