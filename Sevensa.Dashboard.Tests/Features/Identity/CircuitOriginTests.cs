using System.Net;
using System.Net.WebSockets;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>With somebody's session a page of another address opens no circuit, however near that address is.</summary>
public sealed class CircuitOriginTests
{
    [Fact]
    public async Task Only_our_own_pages_open_a_circuit()
    {
        await using var app = await ConfiguredApp.StartAsync(("Identity:PublicUrl", "http://console.example.org"));
        using var browser = await app.BrowserAsAsync("viewer");
        var own = app.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal(HttpStatusCode.OK, await NegotiateAsync(browser, own));
        Assert.Equal(HttpStatusCode.OK, await NegotiateAsync(browser, "http://console.example.org"));
        // What is no browser says nothing, and has no cookie but its own.
        Assert.Equal(HttpStatusCode.OK, await NegotiateAsync(browser));
        foreach (
            var other in new[]
            {
                "http://grafana.example.org",
                "https://console.example.org",
                "http://console.example.org:8080",
                "http://console.example.org.evil.example",
                "null",
                "",
            }
        )
        {
            Assert.Equal(HttpStatusCode.Forbidden, await NegotiateAsync(browser, other));
        }
        Assert.Equal(HttpStatusCode.Forbidden, await NegotiateAsync(browser, own, "https://grafana.example.org"));
    }

    [Fact]
    public async Task A_WebSocket_of_another_page_is_not_taken_up()
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var patience = new CancellationTokenSource(Patience.Usual);
        using var own = new ClientWebSocket();
        own.Options.SetRequestHeader("Origin", app.Address.GetLeftPart(UriPartial.Authority));
        using var other = new ClientWebSocket();
        other.Options.SetRequestHeader("Origin", "https://grafana.example.org");
        var address = new UriBuilder(app.Address) { Scheme = "ws", Path = "/_blazor" }.Uri;
        foreach (var socket in new[] { own, other })
        {
            socket.Options.Cookies = await CookiesAsync(app);
        }
        await own.ConnectAsync(address, patience.Token);
        Assert.Equal(WebSocketState.Open, own.State);
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => other.ConnectAsync(address, patience.Token));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> NegotiateAsync(HttpClient browser, params string[] origins)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
        if (origins.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Origin", origins);
        }
        using var answer = await browser.SendAsync(request);
        return answer.StatusCode;
    }

    private static async Task<CookieContainer> CookiesAsync(SandboxApp app)
    {
        using var browser = app.Browser();
        using var answer = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", "viewer"),
            ("Input.Password", "sandbox")
        );
        var cookies = new CookieContainer();
        foreach (var cookie in answer.Headers.GetValues("Set-Cookie"))
        {
            cookies.SetCookies(app.Address, cookie);
        }
        return cookies;
    }
}
