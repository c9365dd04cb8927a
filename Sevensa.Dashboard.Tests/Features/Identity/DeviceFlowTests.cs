using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Programs without a browser are let in by a code that a person types (RFC 8628).</summary>
public sealed class DeviceFlowTests(LaterApp app) : IClassFixture<LaterApp>
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:device_code";

    [Fact]
    public async Task Discovery_names_the_flow()
    {
        using var nobody = app.Anonymous();
        var document = await nobody.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        Assert.EndsWith("/connect/device", document.GetProperty("device_authorization_endpoint").GetString());
        Assert.Contains(
            Grant,
            document.GetProperty("grant_types_supported").EnumerateArray().Select(one => one.GetString())
        );
    }

    [Fact]
    public async Task A_person_types_the_code_and_allows_and_the_program_acts_for_them()
    {
        var asked = await AskAsync(await ClientAsync("cli-allowed"), "openid offline_access read");
        Assert.EndsWith("/device", Text(asked, "verification_uri"));
        Assert.Equal(5, asked.GetProperty("interval").GetInt32());
        using var browser = app.Browser();
        // Whoever is not signed in does that first, and comes back with the code.
        using (var stranger = await browser.GetAsync($"/connect/verify?user_code={Text(asked, "user_code")}"))
            Assert.Contains("user_code", stranger.Headers.Location!.OriginalString);
        using var person = await app.BrowserAsAsync("operator");
        var page = await PageAsync(person, Text(asked, "user_code"));
        Assert.Contains("cli-allowed", page);
        Assert.Contains("see what you see", page);
        Assert.Equal("authorization_pending", Text(await PollAsync("cli-allowed", asked), "error"));
        Assert.Equal("/device?done=allowed", await DecideAsync(person, page, "allow"));
        app.Later(TimeSpan.FromSeconds(6));
        var tokens = await PollAsync("cli-allowed", asked);
        Assert.True(tokens.TryGetProperty("access_token", out var token), tokens.ToString());
        using (var api = app.WithToken(token.GetString()!))
        using (var read = await api.GetAsync("/api/v1/tenants"))
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        app.Later(TimeSpan.FromSeconds(6));
        Assert.Equal("invalid_grant", Text(await PollAsync("cli-allowed", asked), "error"));

        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetStringAsync("/api/v1/audit?action=apiClient.allowed&target=cli-allowed");
        Assert.Contains("On a device", rows);
        Assert.Contains("sandbox-person-operator", rows);
    }

    [Fact]
    public async Task A_code_that_is_sent_twice_or_typed_again_takes_nothing_back()
    {
        var asked = await AskAsync(await ClientAsync("cli-twice"), "openid offline_access read");
        using var person = await app.BrowserAsAsync("operator");
        var page = await PageAsync(person, Text(asked, "user_code"));
        Assert.Equal("/device?done=allowed", await DecideAsync(person, page, "allow"));
        Assert.Equal("/device?trouble=code", await DecideAsync(person, page, "allow"));
        app.Later(TimeSpan.FromSeconds(6));
        var tokens = await PollAsync("cli-twice", asked);
        Assert.True(tokens.TryGetProperty("access_token", out var token), tokens.ToString());
        // Whoever reads it off the screen later neither comes in by it nor throws anybody out.
        using var other = await app.BrowserAsAsync("viewer");
        Assert.Equal("/device?trouble=code", await TypeAsync(other, Text(asked, "user_code")));
        app.Later(TimeSpan.FromSeconds(6));
        using var api = app.WithToken(token.GetString()!);
        using var read = await api.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Fact]
    public async Task What_may_administer_takes_more_than_a_click()
    {
        var asked = await AskAsync(await ClientAsync("cli-mighty", "read", "admin"), "offline_access admin");
        using var person = await app.BrowserAsAsync("admin");
        var page = await PageAsync(person, Text(asked, "user_code"));
        Assert.Contains("name=\"given\"", page);
        var again = await DecideAsync(person, page, "allow");
        Assert.Contains("trouble=proof", again);
        page = await person.GetStringAsync(again);
        Assert.Contains("That was not your password", page);
        app.Later(TimeSpan.FromSeconds(6));
        Assert.Equal("authorization_pending", Text(await PollAsync("cli-mighty", asked), "error"));
        Assert.Equal("/device?done=allowed", await DecideAsync(person, page, "allow", "sandbox"));
        app.Later(TimeSpan.FromSeconds(6));
        Assert.True((await PollAsync("cli-mighty", asked)).TryGetProperty("access_token", out _));
    }

    [Fact]
    public async Task Who_denies_is_believed()
    {
        var asked = await AskAsync(await ClientAsync("cli-denied"), "read");
        using var person = await app.BrowserAsAsync("viewer");
        var page = await PageAsync(person, Text(asked, "user_code"));
        Assert.Equal("/device?done=denied", await DecideAsync(person, page, "deny"));
        Assert.Equal("access_denied", Text(await PollAsync("cli-denied", asked), "error"));
    }

    [Fact]
    public async Task A_program_that_looks_too_often_is_slowed_down_and_one_that_waits_too_long_begins_anew()
    {
        var asked = await AskAsync(await ClientAsync("cli-hasty"), "read");
        Assert.Equal("authorization_pending", Text(await PollAsync("cli-hasty", asked), "error"));
        Assert.Equal("slow_down", Text(await PollAsync("cli-hasty", asked), "error"));
        app.Later(TimeSpan.FromSeconds(6));
        Assert.Equal("authorization_pending", Text(await PollAsync("cli-hasty", asked), "error"));
        app.Later(TimeSpan.FromMinutes(11));
        Assert.Equal("expired_token", Text(await PollAsync("cli-hasty", asked), "error"));
        using var person = await app.BrowserAsAsync("viewer");
        Assert.Contains("No program waits", await PageAsync(person, Text(asked, "user_code")));
    }

    [Fact]
    public async Task A_yes_from_elsewhere_counts_for_nothing_and_wrong_codes_are_limited()
    {
        // What others of this class typed wrongly is forgotten.
        app.Later(TimeSpan.FromSeconds(61));
        var asked = await AskAsync(await ClientAsync("cli-forged"), "read");
        using var person = await app.BrowserAsAsync("approver");
        using (
            var forged = await person.PostAsync(
                "/connect/verify",
                new FormUrlEncodedContent(
                    new Dictionary<string, string> { ["user_code"] = Text(asked, "user_code"), ["decision"] = "allow" }
                )
            )
        )
            Assert.StartsWith("/device?user_code=", forged.Headers.Location!.OriginalString, StringComparison.Ordinal);
        // Nor is a code typed by who sends a link: the person does that.
        using (var link = await person.GetAsync($"/connect/verify?user_code={Text(asked, "user_code")}"))
            Assert.StartsWith("/device?user_code=", link.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal("authorization_pending", Text(await PollAsync("cli-forged", asked), "error"));
        for (var tries = 0; tries < 30; tries++)
        {
            Assert.Equal("/device?trouble=code", await TypeAsync(person, $"0000-0000-{tries:D4}"));
        }
        Assert.Equal("/device?trouble=many", await TypeAsync(person, Text(asked, "user_code")));
        app.Later(TimeSpan.FromSeconds(61));
    }

    [Fact]
    public async Task Many_that_begin_are_held_off_and_keep_none_from_going_on()
    {
        app.Later(TimeSpan.FromSeconds(61));
        var client = await ClientAsync("cli-of-many");
        var asked = await AskAsync(client, "read");
        for (var begun = 1; begun < 30; begun++)
            await AskAsync(client, "read");
        Assert.Equal(
            "slow_down",
            Text(await PostAsync("/connect/device", ("client_id", client), ("scope", "read")), "error")
        );
        Assert.Equal("authorization_pending", Text(await PollAsync(client, asked), "error"));
        app.Later(TimeSpan.FromSeconds(61));
    }

    [Fact]
    public async Task Only_clients_that_were_made_for_it_get_a_code_and_only_for_their_scopes()
    {
        using var nobody = app.Anonymous();
        var other = await PostAsync("/connect/device", ("client_id", "sandbox-app"), ("scope", "read"));
        Assert.Equal("unauthorized_client", Text(other, "error"));
        var beyond = await PostAsync(
            "/connect/device",
            ("client_id", await ClientAsync("cli-modest")),
            ("scope", "read admin")
        );
        Assert.Equal("invalid_scope", Text(beyond, "error"));
    }

    private async Task<string> ClientAsync(string id, params string[] scopes)
    {
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(
            admin.PostAsJsonAsync(
                "/api/v1/clients",
                new
                {
                    id,
                    scopes = scopes is [] ? ["read"] : scopes,
                    isPublic = true,
                    isForDevices = true,
                }
            )
        );
        return id;
    }

    private async Task<JsonElement> AskAsync(string client, string scope)
    {
        var asked = await PostAsync("/connect/device", ("client_id", client), ("scope", scope));
        Assert.True(asked.TryGetProperty("device_code", out _), asked.ToString());
        return asked;
    }

    private Task<JsonElement> PollAsync(string client, JsonElement asked) =>
        PostAsync(
            "/connect/token",
            ("grant_type", Grant),
            ("client_id", client),
            ("device_code", Text(asked, "device_code"))
        );

    /// <summary>Types the code, as the page's form does.</summary>
    private static async Task<string> PageAsync(HttpClient browser, string code) =>
        await browser.GetStringAsync(await TypeAsync(browser, code));

    /// <returns>Where that leads.</returns>
    private static async Task<string> TypeAsync(HttpClient browser, string code)
    {
        var form = SandboxApp.HiddenFields(await browser.GetStringAsync("/device"));
        form["user_code"] = code;
        using var typed = await browser.PostAsync("/connect/verify", new FormUrlEncodedContent(form));
        Assert.Equal(HttpStatusCode.Found, typed.StatusCode);
        return typed.Headers.Location!.OriginalString;
    }

    private static async Task<string> DecideAsync(HttpClient browser, string page, string decision, string given = "")
    {
        var form = SandboxApp.HiddenFields(page);
        form["decision"] = decision;
        form["given"] = given;
        using var answer = await browser.PostAsync("/connect/verify", new FormUrlEncodedContent(form));
        Assert.True(
            answer.StatusCode == HttpStatusCode.Found,
            $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
        );
        return answer.Headers.Location!.OriginalString;
    }

    private async Task<JsonElement> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var nobody = app.Anonymous();
        using var answer = await nobody.PostAsync(
            path,
            new FormUrlEncodedContent(form.Select(one => KeyValuePair.Create(one.Name, one.Value)))
        );
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var value)
            ? value.GetString()!
            : throw new InvalidOperationException($"No {name} in {answer}");
}
