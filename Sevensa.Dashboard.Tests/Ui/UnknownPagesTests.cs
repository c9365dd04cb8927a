using System.Net;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Ui;

/// <summary>What is at no address says so on a page of ours.</summary>
[Collection(SandboxCollection.Name)]
public class UnknownPagesTests(SandboxApp app)
{
    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("GET", "/tenants/rentguy/nowhere", HttpStatusCode.NotFound)]
    [InlineData("POST", "/nowhere", HttpStatusCode.NotFound)]
    public async Task An_address_that_there_is_not_gives_a_page_to_who_is_signed_in(
        string method,
        string address,
        HttpStatusCode status
    )
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        using var answer = await browser.SendAsync(request);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode} {html}");
        Assert.Contains("There is nothing here", html, StringComparison.Ordinal);
    }
}
