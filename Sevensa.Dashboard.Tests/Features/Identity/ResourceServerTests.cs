using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Who may ask whether a token holds: whom it was given to, and those that an administrator named for it.</summary>
public sealed class ResourceServerTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Nothing = """{"active":false}""";

    private static string Said(JsonElement answer) => JsonSerializer.Serialize(answer);

    [Fact]
    public async Task Only_what_is_named_as_a_resource_server_learns_of_tokens_of_others()
    {
        var (other, otherSecret) = await ClientAsync("only-a-client", isResourceServer: false);
        var (server, secret) = await ClientAsync("serves-others", isResourceServer: true);
        var token = await app.GetTokenAsync("operator", "read");
        var told = await LookAsync(server, secret, token);
        Assert.True(told.GetProperty("active").GetBoolean(), told.ToString());
        Assert.Equal("sandbox-person-operator", told.GetProperty("sub").GetString());
        Assert.Equal("read", told.GetProperty("scope").GetString());
        Assert.Equal("operator", told.GetProperty("role").GetString());
        Assert.Contains("rentguy", told.GetProperty("tenants").EnumerateArray().Select(one => one.GetString()));
        // Whoever else asks hears what is heard of a token that never was.
        var unnamed = await LookAsync(other, otherSecret, token);
        Assert.Equal(Nothing, Said(unnamed));
        // Its own it may ask about, as before.
        var own = await TokenAsync(other, otherSecret);
        Assert.True((await LookAsync(other, otherSecret, own)).GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task A_resource_server_learns_of_access_tokens_alone_and_only_while_it_is_let()
    {
        var (server, secret) = await ClientAsync("asks-and-is-disabled", isResourceServer: true);
        var person = await MadePerson.MakeAsync(app, "asked-about", "operator", "rentguy");
        using var browser = person.Browser;
        var tokens = await person.LetAppActAsync("offline_access read");
        var access = tokens.GetProperty("access_token").GetString()!;
        Assert.True((await LookAsync(server, secret, access)).GetProperty("active").GetBoolean());
        var refresh = await LookAsync(server, secret, tokens.GetProperty("refresh_token").GetString()!);
        Assert.Equal(Nothing, Said(refresh));
        await app
            .Services.GetRequiredService<ApiClients>()
            .ChangeAsync(server, client => client with { Disabled = true }, TestContext.Current.CancellationToken);
        Assert.False(
            (await LookAsync(server, secret, access)).TryGetProperty("active", out var active) && active.GetBoolean()
        );
    }

    [Fact]
    public async Task Without_a_secret_nobody_knows_who_asks()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "public-server",
                scopes = new[] { "read" },
                redirectUris = new[] { "https://app.example/callback" },
                isPublic = true,
                isResourceServer = true,
            }
        );
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, made.StatusCode);
        Assert.Contains("Only a client with a secret", await made.Content.ReadAsStringAsync());
    }

    private async Task<(string Id, string Secret)> ClientAsync(string id, bool isResourceServer)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id,
                role = "viewer",
                tenants = new[] { "witcom" },
                scopes = new[] { "read" },
                isResourceServer,
            }
        );
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(made.IsSuccessStatusCode, answer.ToString());
        Assert.Equal(isResourceServer, answer.GetProperty("isResourceServer").GetBoolean());
        return (id, answer.GetProperty("secret").GetString()!);
    }

    private Task<JsonElement> LookAsync(string client, string secret, string token) =>
        PostAsync("/connect/introspect", ("token", token), ("client_id", client), ("client_secret", secret));

    private async Task<string> TokenAsync(string client, string secret) =>
        (
            await PostAsync(
                "/connect/token",
                ("grant_type", "client_credentials"),
                ("client_id", client),
                ("client_secret", secret)
            )
        )
            .GetProperty("access_token")
            .GetString()!;

    private async Task<JsonElement> PostAsync(string path, params (string Name, string Value)[] fields)
    {
        using var anonymous = app.Anonymous();
        using var form = new FormUrlEncodedContent(fields.Select(one => KeyValuePair.Create(one.Name, one.Value)));
        using var answer = await anonymous.PostAsync(path, form);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
