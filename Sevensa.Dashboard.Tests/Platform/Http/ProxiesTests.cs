using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>Behind a TLS proxy that is named in the configuration.</summary>
public sealed class KnownProxyTests : IAsyncLifetime
{
    private readonly ConfiguredApp app = new(
        ("Identity:PublicUrl", "https://console.example.org"),
        ("Platform:KnownProxies", "127.0.0.1, 10.9.0.0/16")
    );

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("https")]
    // What Traefik says of a WebSocket.
    [InlineData("wss")]
    [InlineData(null)]
    public async Task Cookies_are_secure_and_redirects_lead_to_the_public_address(string? scheme)
    {
        using var client = app.Anonymous();
        if (scheme is not null)
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        }
        client.DefaultRequestHeaders.Host = "evil.example";
        using var start = await client.GetAsync("/audit");
        Assert.Equal("https://console.example.org/signin", start.Headers.Location!.GetLeftPart(UriPartial.Path));
        Assert.Equal("max-age=31536000", Assert.Single(start.Headers.GetValues("Strict-Transport-Security")));
        // A proxy hands this on under the name of the service that it protects.
        using var asked = await client.GetAsync("/forward-auth");
        Assert.False(asked.Headers.Contains("Strict-Transport-Security"));
        using var form = await client.GetAsync("/signin");
        var antiforgery = Assert.Single(form.Headers.GetValues("Set-Cookie"));
        Assert.Contains("; secure", antiforgery, StringComparison.OrdinalIgnoreCase);
        using var session = await SignInAsync(client, antiforgery, await form.Content.ReadAsStringAsync());
        Assert.Contains(
            "; secure",
            Assert.Single(
                session.Headers.GetValues("Set-Cookie"),
                one => one.StartsWith("sevensa.session=", StringComparison.Ordinal)
            ),
            StringComparison.OrdinalIgnoreCase
        );
    }

    [Fact]
    public async Task Every_address_given_out_is_the_public_one()
    {
        using var client = app.Anonymous();
        client.DefaultRequestHeaders.Host = "dashboard:8080";
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "evil.example");
        var discovery = await client.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        foreach (var name in new[] { "issuer", "token_endpoint", "authorization_endpoint", "jwks_uri" })
        {
            Assert.StartsWith(
                "https://console.example.org/",
                discovery.GetProperty(name).GetString(),
                StringComparison.Ordinal
            );
        }
        using var admin = await app.ApiAsAsync("admin");
        admin.DefaultRequestHeaders.Host = "evil.example";
        using var token = await admin.PostAsync("/api/v1/hosts/enrolment-tokens", null);
        Assert.Contains(
            "--hub https://console.example.org ",
            (await token.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("command").GetString(),
            StringComparison.Ordinal
        );
        using var person = await admin.PostAsJsonAsync(
            "/api/v1/people",
            new
            {
                userName = "linked",
                displayName = "Linked",
                role = "viewer",
                tenants = new[] { "rentguy" },
            }
        );
        Assert.StartsWith(
            "https://console.example.org/set-password?",
            (await person.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("link").GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Sessions_have_the_callers_own_address_behind_known_proxies_only()
    {
        using var client = app.Anonymous();
        // The caller's own header first, as a proxy passes it on with what it saw behind; then a second known proxy.
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.66, 203.0.113.7, 10.9.0.4");
        using var form = await client.GetAsync("/signin");
        using var session = await SignInAsync(
            client,
            form.Headers.GetValues("Set-Cookie").Single(),
            await form.Content.ReadAsStringAsync()
        );
        Assert.Equal(HttpStatusCode.Found, session.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        var sessions = await admin.GetFromJsonAsync<JsonElement>("/api/v1/sessions");
        Assert.Contains(
            sessions.GetProperty("items").EnumerateArray(),
            one => one.GetProperty("address").GetString() == "203.0.113.7"
        );
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    // Of proxies that say less, or say it otherwise.
    [InlineData("Forwarded", "for=203.0.113.7")]
    [InlineData("X-Real-Ip", "203.0.113.7")]
    [InlineData("X-Forwarded-Host", "console.example.org")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("Via", "1.1 proxy")]
    public async Task What_a_proxy_passes_on_is_not_from_this_machine(string header, string said)
    {
        using var client = app.Anonymous();
        using var own = await client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        client.DefaultRequestHeaders.Add(header, said);
        using var passed = await client.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, passed.StatusCode);
    }

    internal static Task<HttpResponseMessage> SignInAsync(HttpClient client, string antiforgery, string html)
    {
        var fields = SandboxApp.HiddenFields(html);
        fields["Input.Name"] = "viewer";
        fields["Input.Password"] = "sandbox";
        var request = new HttpRequestMessage(HttpMethod.Post, "/signin")
        {
            Content = new FormUrlEncodedContent(fields),
        };
        request.Headers.Add("Cookie", antiforgery.Split(';')[0]);
        return client.SendAsync(request);
    }
}

/// <summary>A known proxy is in front, and no public address is set: what it tells of scheme and caller is read by its meaning.</summary>
public sealed class KnownProxyWithoutAddressTests : IAsyncLifetime
{
    private readonly ConfiguredApp app = new(("Platform:KnownProxies", "127.0.0.1"));

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("https", "https")]
    [InlineData("wss", "https")]
    [InlineData("HTTPS", "https")]
    [InlineData("WSS", "https")]
    [InlineData("ws", "http")]
    [InlineData("javascript", "http")]
    public async Task A_scheme_is_that_of_a_page_however_it_is_written(string told, string scheme)
    {
        using var client = app.Anonymous();
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", told);
        using var start = await client.GetAsync("/audit");
        Assert.Equal(scheme, start.Headers.Location!.Scheme);
        using var form = await client.GetAsync("/signin");
        Assert.Equal(
            scheme == "https",
            Assert.Single(form.Headers.GetValues("Set-Cookie")).Contains("; secure", StringComparison.OrdinalIgnoreCase)
        );
    }

    [Fact]
    public async Task One_caller_has_one_address_however_it_is_written()
    {
        using var client = app.Anonymous();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "::ffff:203.0.113.11");
        using var form = await client.GetAsync("/signin");
        using var session = await KnownProxyTests.SignInAsync(
            client,
            form.Headers.GetValues("Set-Cookie").Single(),
            await form.Content.ReadAsStringAsync()
        );
        Assert.Equal(HttpStatusCode.Found, session.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        var sessions = await admin.GetFromJsonAsync<JsonElement>("/api/v1/sessions");
        Assert.Contains(
            sessions.GetProperty("items").EnumerateArray(),
            one => one.GetProperty("address").GetString() == "203.0.113.11"
        );
    }
}

/// <summary>Where no proxy is named, nobody's word about addresses counts.</summary>
public sealed class UnknownProxyTests : IAsyncLifetime
{
    private readonly ConfiguredApp app = new(
        // The framework's own switch, which trusts everybody.
        ("FORWARDEDHEADERS_ENABLED", "true"),
        ("Platform:KnownProxies", "192.0.2.1")
    );

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Nobody_chooses_their_own_address_or_scheme()
    {
        using var client = app.Anonymous();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        using var start = await client.GetAsync("/audit");
        Assert.Equal("http", start.Headers.Location!.Scheme);
        using var form = await client.GetAsync("/signin");
        using var session = await KnownProxyTests.SignInAsync(
            client,
            form.Headers.GetValues("Set-Cookie").Single(),
            await form.Content.ReadAsStringAsync()
        );
        Assert.Equal(HttpStatusCode.Found, session.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        var sessions = await admin.GetFromJsonAsync<JsonElement>("/api/v1/sessions");
        Assert.DoesNotContain(
            sessions.GetProperty("items").EnumerateArray(),
            one => one.GetProperty("address").GetString() == "203.0.113.7"
        );
    }

    [Fact]
    public async Task The_hold_off_after_failures_is_not_evaded_by_naming_other_addresses()
    {
        using var client = app.Anonymous();
        var last = HttpStatusCode.OK;
        for (var number = 0; number < 40 && last != HttpStatusCode.TooManyRequests; number++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
            {
                Content = new FormUrlEncodedContent(
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "client_credentials",
                        ["client_id"] = "sandbox-viewer",
                        ["client_secret"] = "guess",
                    }
                ),
            };
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{number}");
            using var answer = await client.SendAsync(request);
            last = answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.TooManyRequests, last);
    }
}
