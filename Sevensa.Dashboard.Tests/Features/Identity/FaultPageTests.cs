using System.Net;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What can't be answered by sending somebody back to the program says what is wrong with it, and where that is set.</summary>
public sealed class FaultPageTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Theory]
    [InlineData("authorize?response_type=code", "does not say which program it is")]
    [InlineData(
        "authorize?client_id=nobody&response_type=code&redirect_uri=https://x.example/",
        "No program nobody is known"
    )]
    [InlineData(
        "authorize?client_id=sandbox-app&response_type=code&redirect_uri=https%3A%2F%2Fevil.example%2F%3Cb%3E",
        "wants the answer at https://evil.example/&lt;b&gt;, which is not registered"
    )]
    [InlineData(
        "logout?client_id=sandbox-app&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F",
        "wants you sent to https://evil.example/ afterwards, which is not registered"
    )]
    public async Task The_page_says_what_is_wrong(string asked, string words)
    {
        using var browser = app.Browser();
        using var answer = await browser.GetAsync($"/connect/{asked}");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Tell whoever runs it", page, StringComparison.Ordinal);
        Assert.Contains(words, page, StringComparison.Ordinal);
        // It is told as text and leads nowhere.
        Assert.DoesNotContain("href=\"https://evil.example", page, StringComparison.Ordinal);
    }
}
