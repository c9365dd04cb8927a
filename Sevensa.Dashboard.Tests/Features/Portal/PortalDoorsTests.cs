using System.Net;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Portal;

[Collection(SandboxCollection.Name)]
public sealed class PortalDoorsTests(SandboxApp app)
{
    [Fact]
    public async Task A_client_opens_the_portal()
    {
        using var client = await app.BrowserAsAsync("client-rentguy");
        using var portal = await client.GetAsync("/portal");
        Assert.Equal(HttpStatusCode.OK, portal.StatusCode);
    }

    [Theory]
    [InlineData("/tenants/rentguy")]
    [InlineData("/tenants/rentguy/metrics")]
    [InlineData("/tenants/rentguy/explore?query=up")]
    [InlineData("/tenants/witcom")]
    [InlineData("/console")]
    [InlineData("/hosts")]
    [InlineData("/audit")]
    public async Task And_nothing_else(string page)
    {
        using var client = await app.BrowserAsAsync("client-rentguy");
        using var answer = await client.GetAsync(page);
        Assert.True(
            answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Found,
            $"{page} answered {answer.StatusCode}"
        );
        Assert.DoesNotContain("/tenants", answer.Headers.Location?.ToString() ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/tenants/rentguy")]
    [InlineData("/tenants/rentguy/metrics")]
    [InlineData("/portal/rentguy")]
    public async Task Staff_open_a_tenants_pages_and_its_portal(string page)
    {
        using var viewer = await app.BrowserAsAsync("viewer");
        using var answer = await viewer.GetAsync(page);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_story_of_the_fleet_reaches_the_health_api()
    {
        using var client = await app.ApiAsAsync("client-rentguy");
        var health = await client.GetStringAsync(
            "/api/v1/tenants/rentguy/health",
            TestContext.Current.CancellationToken
        );
        Assert.Contains("\"state\":\"degraded\"", health, StringComparison.Ordinal);
        Assert.Contains(
            "api 2.4.0 → 2.4.1",
            System.Text.RegularExpressions.Regex.Unescape(health),
            StringComparison.Ordinal
        );
    }
}
