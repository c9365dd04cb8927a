using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>A program that protects a few services, asked as a proxy asks.</summary>
public sealed class ProtectingApp : SandboxApp
{
    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        new (string Key, string Value)[]
        {
            ("0:Name", "n8n"),
            ("0:Host", "n8n.example.org"),
            ("0:Roles:0", "Admin"),
            ("0:Roles:1", "Operator"),
            ("1:Name", "n8n's webhooks"),
            ("1:Host", "n8n.example.org"),
            ("1:Path", "/webhook"),
            ("1:Access", "Anybody"),
            ("2:Name", "RentGuy"),
            ("2:Host", "*.rentguy.example.org"),
            ("2:Roles:0", "Client"),
            ("2:Roles:1", "Operator"),
            ("2:Tenants:0", "rentguy"),
            ("2:Programs", "All"),
            ("3:Name", "Grafana"),
            ("3:Host", "grafana.example.org:8443"),
            ("3:Roles:0", "Viewer"),
            ("3:Programs", "None"),
            ("4:Name", "What was recorded"),
            ("4:Host", "*.test"),
            ("4:Roles:0", "Operator"),
            ("5:Name", "n8n's settings"),
            ("5:Host", "n8n.example.org"),
            ("5:Path", "/settings"),
            ("5:Roles:0", "Admin"),
        }.Select(one => KeyValuePair.Create($"ProtectedServices:{one.Key}", one.Value));
}

public partial class ForwardAuthTests(ProtectingApp app) : IClassFixture<ProtectingApp>
{
    private static readonly string[] IdentityHeaders =
    [
        "X-Auth-User",
        "X-Auth-Name",
        "X-Auth-Role",
        "X-Auth-Tenants",
        "X-Auth-Client",
    ];

    [Fact]
    public async Task A_browser_signs_in_once_and_comes_in_with_a_cookie_that_opens_this_host_alone()
    {
        using var browser = await app.BrowserAsAsync("operator");
        using var asked = await AskAsync("https://n8n.example.org/workflow/1?tab=a%2Fb&x=1", page: true);
        Assert.Equal(HttpStatusCode.Found, asked.StatusCode);
        Assert.True(asked.Headers.Location!.IsAbsoluteUri);
        Assert.StartsWith(
            app.Address + "forward-auth/sign-in?",
            asked.Headers.Location.AbsoluteUri,
            StringComparison.Ordinal
        );
        var mark = Cookie(asked);
        Assert.StartsWith("__Host-sevensa-entry=", mark, StringComparison.Ordinal);

        using var signed = await browser.GetAsync(asked.Headers.Location);
        Assert.Equal(HttpStatusCode.Found, signed.StatusCode);
        var back = signed.Headers.Location!.OriginalString;
        Assert.StartsWith(
            "https://n8n.example.org/workflow/1?tab=a%2Fb&x=1&sevensa-entry=",
            back,
            StringComparison.Ordinal
        );

        using var entered = await AskAsync(back, page: true, cookie: mark);
        Assert.Equal(HttpStatusCode.Found, entered.StatusCode);
        Assert.Equal("https://n8n.example.org/workflow/1?tab=a%2Fb&x=1", entered.Headers.Location!.OriginalString);
        var cookie = Cookie(entered);
        Assert.Contains("secure", entered.Headers.GetValues("Set-Cookie").Single(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(
            "httponly",
            entered.Headers.GetValues("Set-Cookie").Single(),
            StringComparison.OrdinalIgnoreCase
        );

        using var inside = await AskAsync("https://n8n.example.org/rest/push", cookie: cookie, webSocket: true);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
        Assert.Equal(["operator", "Operator", "operator", "platform,psra-ltsd,rentguy,witcom", ""], IdentityOf(inside));

        // Neither at another service, nor as a session of the console.
        using var elsewhere = await AskAsync("https://shop.rentguy.example.org/", cookie: cookie);
        Assert.Equal(HttpStatusCode.Unauthorized, elsewhere.StatusCode);
        using var console = new HttpRequestMessage(HttpMethod.Get, "/audit");
        console.Headers.Add(
            "Cookie",
            cookie.Replace("__Host-sevensa-service", "sevensa.session", StringComparison.Ordinal)
        );
        using var nobody = app.Anonymous();
        using var refused = await nobody.SendAsync(console);
        Assert.Equal(HttpStatusCode.Found, refused.StatusCode);
        // And it ends with the session, whatever the browser keeps.
        using (await browser.PostAsync("/sign-out", null)) { }
        using var ended = await AskAsync("https://n8n.example.org/rest/push", cookie: cookie);
        Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        Assert.All(IdentityHeaders, header => Assert.False(ended.Headers.Contains(header)));
    }

    [Fact]
    public async Task A_code_counts_in_the_browser_that_began_and_at_the_host_it_was_made_for()
    {
        using var browser = await app.BrowserAsAsync("operator");
        using var asked = await AskAsync("https://n8n.example.org/", page: true);
        using var signed = await browser.GetAsync(asked.Headers.Location);
        var back = signed.Headers.Location!.OriginalString;
        var mark = Cookie(asked);
        foreach (
            var (address, cookie) in new[]
            {
                (back, (string?)null),
                (back, "__Host-sevensa-entry=" + new string('0', 32)),
                (back.Replace("n8n.example.org", "shop.rentguy.example.org", StringComparison.Ordinal), mark),
                (back[..^8], mark),
            }
        )
        {
            using var answer = await AskAsync(address, page: true, cookie: cookie);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.False(answer.Headers.Contains("Set-Cookie"));
            Assert.Contains(
                "not signed in here yet",
                await answer.Content.ReadAsStringAsync(),
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("https://evil.example/", HttpStatusCode.Forbidden)]
    [InlineData("https://n8n.example.org.evil.example/", HttpStatusCode.Forbidden)]
    [InlineData("https://operator@n8n.example.org/", HttpStatusCode.BadRequest)]
    [InlineData("javascript:alert(1)", HttpStatusCode.BadRequest)]
    [InlineData("/audit", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task The_sign_in_leads_to_protected_services_and_nowhere_else(string to, HttpStatusCode status)
    {
        using var browser = await app.BrowserAsAsync("operator");
        using var answer = await browser.GetAsync($"/forward-auth/sign-in?mark=abc&to={Uri.EscapeDataString(to)}");
        Assert.Equal(status, answer.StatusCode);
        Assert.Null(answer.Headers.Location);
    }

    [Fact]
    public async Task Who_is_signed_in_and_may_not_is_told_so_and_recorded()
    {
        using var browser = await app.BrowserAsAsync("viewer");
        using var asked = await AskAsync("https://n8n.example.org/", page: true);
        using var answer = await browser.GetAsync(asked.Headers.Location);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("n8n is not open to you", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var admin = await app.ApiAsAsync("admin");
        var record = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=access.refused&target=n8n");
        Assert.NotEqual(0, record.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("GET", "https://n8n.example.org/", "operator", HttpStatusCode.OK)]
    [InlineData("POST", "https://n8n.example.org/rest/run", "operator", HttpStatusCode.Forbidden)]
    [InlineData("GET", "https://n8n.example.org/", "viewer", HttpStatusCode.Forbidden)]
    [InlineData("POST", "https://shop.rentguy.example.org/orders", "client-rentguy", HttpStatusCode.OK)]
    [InlineData("GET", "https://shop.rentguy.example.org/", "client-witcom", HttpStatusCode.Forbidden)]
    [InlineData("GET", "https://a.b.rentguy.example.org/", "client-rentguy", HttpStatusCode.Forbidden)]
    [InlineData("GET", "https://grafana.example.org:8443/", "viewer", HttpStatusCode.Forbidden)]
    [InlineData("GET", "https://grafana.example.org/", "viewer", HttpStatusCode.Forbidden)]
    [InlineData("GET", "https://other.example.org/", "admin", HttpStatusCode.Forbidden)]
    public async Task A_program_comes_in_by_its_token_as_the_rules_say(
        string method,
        string address,
        string name,
        HttpStatusCode status
    )
    {
        using var answer = await AskAsync(address, method, token: await app.GetTokenAsync(name));
        Assert.Equal(status, answer.StatusCode);
        Assert.All(
            IdentityHeaders,
            header => Assert.Equal(status == HttpStatusCode.OK, answer.Headers.Contains(header))
        );
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_program_without_a_token_gets_401_and_no_redirect(bool webSocket, bool check)
    {
        using var answer = await AskAsync("https://n8n.example.org/", page: check, webSocket: webSocket, check: check);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("/webhook/a", HttpStatusCode.OK)]
    [InlineData("/webhook", HttpStatusCode.OK)]
    [InlineData("/webhooks", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/../rest", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/%2e%2e/rest", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/%252e%252e/rest", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/..%2Frest", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/..%5Crest", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/..;/rest", HttpStatusCode.Unauthorized)]
    [InlineData("//webhook/a", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook?x=/../..", HttpStatusCode.OK)]
    public async Task What_is_open_to_anybody_is_open_by_its_plain_path_alone(string path, HttpStatusCode status)
    {
        using var answer = await AskAsync($"https://n8n.example.org{path}", "POST");
        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.OK)
        {
            // All of them and empty: a proxy replaces what the client sent of these names.
            Assert.Equal(["", "", "", "", ""], IdentityOf(answer));
        }
    }

    [Theory]
    [InlineData("/settings", HttpStatusCode.Forbidden)]
    [InlineData("/Settings", HttpStatusCode.Forbidden)]
    [InlineData("/SETTINGS/users", HttpStatusCode.Forbidden)]
    [InlineData("/%53ettings", HttpStatusCode.Forbidden)]
    [InlineData("/settings./users", HttpStatusCode.Forbidden)]
    [InlineData("/settings%20/users", HttpStatusCode.Forbidden)]
    [InlineData("/settings%C2%A0", HttpStatusCode.Forbidden)]
    [InlineData("/%EF%BD%93ettings", HttpStatusCode.Forbidden)]
    [InlineData("/x/%E2%80%A4%E2%80%A4/settings", HttpStatusCode.Forbidden)]
    [InlineData("/x/..%20/settings", HttpStatusCode.Forbidden)]
    [InlineData("/%20./settings", HttpStatusCode.Forbidden)]
    [InlineData("/settings-of-mine", HttpStatusCode.OK)]
    [InlineData("/%EF%BF%BE", HttpStatusCode.OK)]
    [InlineData("/Workflow/1.", HttpStatusCode.OK)]
    [InlineData("/caf%C3%A9", HttpStatusCode.OK)]
    public async Task What_a_less_strict_server_takes_for_a_path_is_judged_as_that_path_too(
        string path,
        HttpStatusCode status
    )
    {
        using var answer = await AskAsync($"https://n8n.example.org{path}", token: await app.GetTokenAsync("operator"));
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("/webhook/a", "X-Original-URL", "/settings", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/a", "X-Rewrite-URL", "/rest", HttpStatusCode.Unauthorized)]
    [InlineData("/webhook/a", "X-Original-URL", "/webhook/a", HttpStatusCode.OK)]
    [InlineData("/webhook/a", "X-Original-URL", "https://n8n.example.org/webhook/a", HttpStatusCode.OK)]
    [InlineData("/webhook/a", "X-HTTP-Method-Override", "DELETE", HttpStatusCode.OK)]
    [InlineData("/rest", "X-Original-URL", "/settings", HttpStatusCode.Forbidden, "operator")]
    [InlineData("/rest", "X-HTTP-Method-Override", "DELETE", HttpStatusCode.Forbidden, "operator")]
    [InlineData("/rest", "X-HTTP-Method", "patch", HttpStatusCode.Forbidden, "operator")]
    [InlineData("/rest", "X-Method-Override", "GET", HttpStatusCode.OK, "operator")]
    public async Task A_header_that_some_services_take_for_path_or_method_opens_nothing_more(
        string path,
        string header,
        string value,
        HttpStatusCode status,
        string? name = null
    )
    {
        using var client = name is null ? app.Anonymous() : app.WithToken(await app.GetTokenAsync(name));
        using var request = Question($"https://n8n.example.org{path}", "GET");
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await client.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-Host")]
    [InlineData("X-Forwarded-Uri")]
    [InlineData("X-Forwarded-Proto")]
    public async Task What_says_of_no_request_is_no_question(string missing)
    {
        using var nobody = app.WithToken(await app.GetTokenAsync("admin"));
        using var request = Question("https://n8n.example.org/", "GET");
        request.Headers.Remove(missing);
        using var answer = await nobody.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var doubled = Question("https://n8n.example.org/", "GET");
        doubled.Headers.Add("X-Forwarded-Host", "shop.rentguy.example.org");
        using var second = await nobody.SendAsync(doubled);
        Assert.Equal(HttpStatusCode.BadRequest, second.StatusCode);
    }

    [Theory]
    [InlineData("POST", "application/x-www-form-urlencoded")]
    [InlineData("PATCH", "application/json")]
    [InlineData("DELETE", null)]
    [InlineData("OPTIONS", null)]
    public async Task The_question_itself_may_have_any_method_and_a_content_type_without_a_body(
        string method,
        string? contentType
    )
    {
        using var client = app.WithToken(await app.GetTokenAsync("operator"));
        using var request = Question("https://n8n.example.org/", "GET");
        request.Method = new HttpMethod(method);
        request.Headers.Add("Idempotency-Key", "the-clients-own");
        request.Headers.Add("X-Auth-User", "root");
        if (contentType is not null)
        {
            request.Content = new ByteArrayContent([]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("operator", answer.Headers.GetValues("X-Auth-User").Single());
    }

    [Fact]
    public async Task A_token_of_the_services_own_does_not_stand_in_the_way_of_a_session()
    {
        using var browser = await app.BrowserAsAsync("operator");
        using var request = Question("https://n8n.example.org/rest", "GET");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer of-n8n");
        using var answer = await browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("exchanges.json", 100)]
    [InlineData("other-proxies.json", 20)]
    public async Task What_proxies_were_seen_to_ask_is_answered_as_the_rules_say(string file, int atLeast)
    {
        using var json = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(Recorded.Folder(), "traefik", file))
        );
        using var proxy = app.Anonymous();
        var session = await SessionAsync("operator");
        var questions = 0;
        foreach (var exchange in json.RootElement.GetProperty("exchanges").EnumerateArray())
        {
            var name = exchange.GetProperty("name").GetString();
            foreach (var asked in exchange.GetProperty("forwardAuth").EnumerateArray())
            {
                if (asked.GetRawText().Contains("(100000 characters)", StringComparison.Ordinal))
                {
                    // More than any server takes; it is refused before there is a question.
                    continue;
                }
                questions++;
                using var stranger = Repeated(asked.GetProperty("request"));
                using var turnedAway = await proxy.SendAsync(stranger);
                Assert.True(
                    turnedAway.StatusCode is HttpStatusCode.Found or HttpStatusCode.Unauthorized,
                    $"{name}: {turnedAway.StatusCode}"
                );
                Assert.True(turnedAway.Headers.Location?.IsAbsoluteUri ?? true, name);
                Assert.All(IdentityHeaders, header => Assert.False(turnedAway.Headers.Contains(header), name));
                using var known = Repeated(asked.GetProperty("request"));
                known.Headers.Remove("Cookie");
                known.Headers.Add("Cookie", session);
                using var letIn = await proxy.SendAsync(known);
                Assert.True(letIn.StatusCode == HttpStatusCode.OK, $"{name}: {letIn.StatusCode}");
                Assert.Equal(["operator", "Operator", "operator"], IdentityOf(letIn).Take(3));
            }
        }
        Assert.True(questions >= atLeast, $"{questions} questions");
    }

    /// <summary>As the recording shortens what is long.</summary>
    [GeneratedRegex("^(?<text>.*)… \\((?<length>[0-9]+) characters\\)$")]
    private static partial Regex Shortened();

    private async Task<string> SessionAsync(string name)
    {
        using var browser = app.Browser();
        using var signed = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", name),
            ("Input.Password", "sandbox")
        );
        return signed
            .Headers.GetValues("Set-Cookie")
            .Single(one => one.StartsWith("sevensa.session=", StringComparison.Ordinal))
            .Split(';')[0];
    }

    private static HttpRequestMessage Repeated(JsonElement recorded)
    {
        var request = new HttpRequestMessage(
            new HttpMethod(recorded.GetProperty("method").GetString()!),
            recorded.GetProperty("path").GetString()
        );
        foreach (var header in recorded.GetProperty("headers").EnumerateArray())
        {
            var (name, value) = (header[0].GetString()!, header[1].GetString()!);
            if (Shortened().Match(value) is { Success: true } match)
            {
                var length = int.Parse(match.Groups["length"].Value, CultureInfo.InvariantCulture);
                value = match.Groups["text"].Value.PadRight(length, 'p');
            }
            // Who answered then is not who answers now, and how the two speak is the client's to say.
            if (name is not ("Host" or "Content-Length" or "Connection" or "Transfer-Encoding" or "Accept-Encoding"))
            {
                if (!request.Headers.TryAddWithoutValidation(name, value))
                {
                    request.Content ??= new ByteArrayContent([]);
                    request.Content.Headers.TryAddWithoutValidation(name, value);
                }
            }
        }
        return request;
    }

    private async Task<HttpResponseMessage> AskAsync(
        string address,
        string method = "GET",
        bool page = false,
        bool webSocket = false,
        bool check = false,
        string? cookie = null,
        string? token = null
    )
    {
        using var proxy = app.Anonymous();
        using var request = Question(address, method, check);
        request.Headers.Add("Accept", page ? "text/html,*/*;q=0.8" : "*/*");
        if (webSocket)
        {
            request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
            request.Headers.Add("Sec-WebSocket-Version", "13");
        }
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        return await proxy.SendAsync(request);
    }

    private static HttpRequestMessage Question(string address, string method, bool check = false)
    {
        var scheme = address[..address.IndexOf(':', StringComparison.Ordinal)];
        var rest = address[(scheme.Length + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var request = new HttpRequestMessage(HttpMethod.Get, check ? "/forward-auth/check" : "/forward-auth");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Method", method);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", scheme);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Host", rest[..slash]);
        request.Headers.TryAddWithoutValidation("X-Forwarded-Uri", rest[slash..]);
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.7");
        return request;
    }

    private static string Cookie(HttpResponseMessage answer) =>
        answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

    private static List<string> IdentityOf(HttpResponseMessage answer) =>
        [.. IdentityHeaders.Select(header => answer.Headers.GetValues(header).Single())];
}
