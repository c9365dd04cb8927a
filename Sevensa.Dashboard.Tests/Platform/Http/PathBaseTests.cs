using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>Served below a path, whether the proxy leaves the path or takes it away. A page begins with the same word.</summary>
public sealed partial class PathBaseTests(PathBaseTests.Below app) : IClassFixture<PathBaseTests.Below>
{
    public sealed class Below : SandboxApp
    {
        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [KeyValuePair.Create("Identity:PublicUrl", "http://127.0.0.1/console")];
    }

    [Theory]
    [InlineData("/console/signin")]
    [InlineData("/console/forbidden")]
    [InlineData("/console/not-found")]
    [InlineData("/console/consent")]
    [InlineData("/console/set-password?token=none")]
    [InlineData("/console/error")]
    public async Task Pages_lead_nowhere_else_and_their_files_are_there(string address)
    {
        using var client = app.Anonymous();
        var html = await (await client.GetAsync(address)).Content.ReadAsStringAsync();
        Assert.Contains("<base href=\"/console/\"", html, StringComparison.Ordinal);
        var links = Link().Matches(html).Select(match => WebUtility.HtmlDecode(match.Groups["to"].Value)).ToList();
        Assert.NotEmpty(links);
        Assert.All(
            links,
            link => Assert.False(link.StartsWith('/') && !link.StartsWith("/console/", StringComparison.Ordinal), link)
        );
        foreach (var file in links.Where(link => link.Contains("dist/", StringComparison.Ordinal)))
        {
            using var answer = await client.GetAsync(new Uri(new Uri(app.Address, "/console/"), file));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("viewer", "", "/console/")]
    [InlineData("viewer", "?returnUrl=%2Fconsole%2Fconsole%2F12", "/console/console/12")]
    [InlineData("viewer", "?returnUrl=%2Felsewhere", "/console/")]
    [InlineData("client-rentguy", "", "/console/portal")]
    public async Task Sign_in_leads_below_the_path_and_its_cookie_stays_there(string name, string query, string to)
    {
        using var browser = app.Browser();
        using var answer = await SandboxApp.SubmitAsync(
            browser,
            $"/console/signin{query}",
            ("Input.Name", name),
            ("Input.Password", "sandbox")
        );
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(to, new Uri(app.Address, answer.Headers.Location!).PathAndQuery);
        Assert.Contains(
            "path=/console",
            string.Join('\n', answer.Headers.GetValues("Set-Cookie")),
            StringComparison.OrdinalIgnoreCase
        );
        using var left = await browser.PostAsync("/console/sign-out", null);
        Assert.Equal("/console/signin", new Uri(app.Address, left.Headers.Location!).AbsolutePath);
    }

    [Theory]
    [InlineData("/console/audit", null, "%2Fconsole%2Faudit")]
    [InlineData("/audit", "/console", "%2Fconsole%2Faudit")]
    [InlineData("/console/console", null, "%2Fconsole%2Fconsole")]
    [InlineData("/console", "/console", "%2Fconsole%2Fconsole")]
    public async Task A_stranger_is_led_to_sign_in_and_back(string address, string? takenAway, string back)
    {
        using var client = app.Anonymous();
        if (takenAway is not null)
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", takenAway);
        }
        using var answer = await client.GetAsync(address);
        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal("/console/signin", answer.Headers.Location!.AbsolutePath);
        Assert.Contains($"returnUrl={back}", answer.Headers.Location.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_find_everything_below_the_path()
    {
        using var client = app.Anonymous();
        var discovery = await client.GetFromJsonAsync<JsonElement>("/console/.well-known/openid-configuration");
        Assert.Equal("http://127.0.0.1/console", discovery.GetProperty("issuer").GetString()!.TrimEnd('/'));
        Assert.Equal("http://127.0.0.1/console/connect/token", discovery.GetProperty("token_endpoint").GetString());
        using var given = await client.PostAsync(
            "/console/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "sandbox-admin",
                    ["client_secret"] = "sandbox-admin",
                }
            )
        );
        var token = (await given.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var tenants = await client.GetAsync("/console/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, tenants.StatusCode);
        using var enrolment = await client.PostAsync("/console/api/v1/hosts/enrolment-tokens", null);
        Assert.Contains(
            "--hub http://127.0.0.1/console ",
            (await enrolment.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("command").GetString(),
            StringComparison.Ordinal
        );
        // What was made is where its answer says, also when that is told again.
        for (var time = 0; time < 2; time++)
        {
            using var begin = new HttpRequestMessage(HttpMethod.Post, "/console/api/v1/conversations");
            begin.Headers.Add("Idempotency-Key", "below");
            using var begun = await client.SendAsync(begin);
            Assert.StartsWith("/console/api/v1/conversations/", begun.Headers.Location!.OriginalString);
            Assert.Equal(time > 0, begun.Headers.Contains("Idempotency-Replayed"));
            Assert.Equal(time > 0, begun.Headers.CacheControl?.NoStore == true);
        }
        using var stranger = app.Anonymous();
        using var hub = await stranger.PostAsync("/console/hubs/runner/negotiate?negotiateVersion=1", null);
        Assert.Equal(HttpStatusCode.Unauthorized, hub.StatusCode);
        using var alive = await stranger.GetAsync("/console/healthz");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        // A probe beside the program knows nothing of the path.
        using var beside = await stranger.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, beside.StatusCode);
        foreach (var probe in new[] { "/healthz", "/readyz" })
        {
            using var head = await stranger.SendAsync(new HttpRequestMessage(HttpMethod.Head, probe));
            using var get = await stranger.GetAsync(probe);
            Assert.Equal(get.StatusCode, head.StatusCode);
        }
    }

    [GeneratedRegex("(?:href|src|action)=\"(?<to>[^\"#]*)\"")]
    private static partial Regex Link();
}
