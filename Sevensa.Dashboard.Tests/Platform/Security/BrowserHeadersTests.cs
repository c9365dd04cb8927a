using System.Net;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Security;

/// <summary>What browsers are told of every answer: nothing runs in a page that is not ours, and nothing frames it.</summary>
[Collection(SandboxCollection.Name)]
public sealed partial class BrowserHeadersTests(SandboxApp app)
{
    [Theory]
    [InlineData("/signin")]
    [InlineData("/me")]
    [InlineData("/")]
    [InlineData("/approvals")]
    [InlineData("/no-such-page")]
    public async Task No_script_runs_in_a_page_but_ours(string path)
    {
        using var browser = await app.BrowserAsAsync("operator");
        using var answer = await browser.GetAsync(path);
        var page = await answer.Content.ReadAsStringAsync();
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("object-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("base-uri 'self'", policy, StringComparison.Ordinal);
        var scripts = Directive().Match(policy).Groups["sources"].Value;
        var nonce = Nonce().Match(scripts).Groups["nonce"].Value;
        Assert.NotEmpty(nonce);
        Assert.DoesNotContain("unsafe", scripts, StringComparison.Ordinal);
        Assert.All(
            Script().Matches(page),
            script =>
                Assert.True(
                    WebUtility.HtmlDecode(script.Value).Contains($"nonce=\"{nonce}\"", StringComparison.Ordinal)
                        || Source().IsMatch(script.Value),
                    script.Value
                )
        );
        Assert.DoesNotMatch(Handler(), page);
        Assert.DoesNotContain("javascript:", page, StringComparison.OrdinalIgnoreCase);
        // The next answer has another one, so that nobody knows it before.
        using var again = await browser.GetAsync(path);
        Assert.DoesNotContain(nonce, again.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Theory]
    [InlineData("/signin")]
    [InlineData("/api/v1/tenants")]
    [InlineData("/connect/token")]
    [InlineData("/healthz")]
    [InlineData("/.well-known/openid-configuration")]
    public async Task Every_answer_is_what_it_says_and_stands_in_no_frame(string path)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync(path);
        Assert.Equal("nosniff", Only("X-Content-Type-Options"));
        Assert.Equal("DENY", Only("X-Frame-Options"));
        Assert.Equal("same-origin", Only("Referrer-Policy"));
        Assert.Equal("same-origin", Only("Cross-Origin-Opener-Policy"));
        Assert.Contains("frame-ancestors 'none'", Only("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.False(answer.Headers.Contains("Server"));

        string Only(string header) => answer.Headers.GetValues(header).Single();
    }

    [GeneratedRegex("script-src (?<sources>[^;]+)")]
    private static partial Regex Directive();

    [GeneratedRegex("'nonce-(?<nonce>[^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    /// <summary>Ours, by a path without a host; or no script at all but data.</summary>
    [GeneratedRegex("src=\"(?!//)[^\":]+\"|type=\"application/(ld\\+)?json\"")]
    private static partial Regex Source();

    [GeneratedRegex("<[a-z][^>]*\\son[a-z]+=\"", RegexOptions.IgnoreCase)]
    private static partial Regex Handler();
}
