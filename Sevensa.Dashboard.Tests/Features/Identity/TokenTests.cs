using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

[Collection(SandboxCollection.Name)]
public class TokenTests(SandboxApp app)
{
    [Fact]
    public async Task Discovery_names_the_token_endpoint_and_the_scopes()
    {
        using var client = app.Anonymous();
        var document = await client.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
        Assert.EndsWith("/connect/token", document.GetProperty("token_endpoint").GetString());
        var scopes = document.GetProperty("scopes_supported").EnumerateArray().Select(scope => scope.GetString());
        Assert.Superset(
            new HashSet<string?> { "read", "propose", "approve", "scans:write", "admin" },
            scopes.ToHashSet()
        );
        var keys = await client.GetFromJsonAsync<JsonElement>(document.GetProperty("jwks_uri").GetString());
        Assert.Equal("P-256", keys.GetProperty("keys")[0].GetProperty("crv").GetString());
    }

    [Fact]
    public async Task An_access_token_is_a_plain_JWT_that_carries_its_tenants()
    {
        var token = await app.GetTokenAsync("client-rentguy");
        var payload = JsonDocument.Parse(Base64(token.Split('.')[1])).RootElement;
        Assert.Equal("rentguy", payload.GetProperty("sevensa:tenant").GetString());
        Assert.Equal("read", payload.GetProperty("scope").GetString());
        Assert.Equal("sandbox-person-client-rentguy", payload.GetProperty("sub").GetString());
    }

    [Theory]
    [InlineData("127.0.0.1:", HttpStatusCode.OK)]
    [InlineData("localhost:", HttpStatusCode.OK)]
    [InlineData("[::1]:", HttpStatusCode.OK)]
    [InlineData("localhost:1", HttpStatusCode.Unauthorized)]
    [InlineData("dashboard.example:", HttpStatusCode.Unauthorized)]
    public async Task One_name_of_this_machine_is_as_good_as_another_and_no_other_is(string host, HttpStatusCode said)
    {
        using var client = app.WithToken(await app.GetTokenAsync("viewer"));
        client.DefaultRequestHeaders.Host = host.EndsWith(':') ? host + app.Address.Port : host;
        using var answer = await client.GetAsync("/api/v1/tenants");
        Assert.Equal(said, answer.StatusCode);
    }

    [Theory]
    [InlineData("admin", "read propose approve scans:write admin")]
    [InlineData("operator", "read propose approve scans:write")]
    [InlineData("approver", "read approve")]
    [InlineData("viewer", "read")]
    [InlineData("client-witcom", "read")]
    [InlineData("automation", "read propose scans:write")]
    public async Task Without_a_scope_asked_the_token_has_all_that_the_client_may(string name, string scopes)
    {
        var payload = JsonDocument.Parse(Base64((await app.GetTokenAsync(name)).Split('.')[1])).RootElement;
        Assert.Equal(scopes.Split(' ').Order(), payload.GetProperty("scope").GetString()!.Split(' ').Order());
    }

    [Fact]
    public async Task A_scope_beyond_the_client_is_refused()
    {
        using var client = app.Anonymous();
        using var answer = await client.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "sandbox-viewer",
                    ["client_secret"] = "sandbox-viewer",
                    ["scope"] = "approve",
                }
            )
        );
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(
            "invalid_scope",
            (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString()
        );
    }

    [Fact]
    public async Task A_wrong_secret_gets_no_token_also_after_the_right_one_has_got_one()
    {
        Assert.NotEmpty(await app.GetTokenAsync("viewer"));
        Assert.NotEmpty(await app.GetTokenAsync("admin"));
        using var client = app.Anonymous();
        using var answer = await client.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "sandbox-viewer",
                    ["client_secret"] = "sandbox-admin",
                }
            )
        );
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer sdp_abc_def")]
    [InlineData("Basic c2FuZGJveC1hZG1pbjpzYW5kYm94LWFkbWlu")]
    public async Task Without_a_valid_token_the_answer_is_a_401_problem(string? authorization)
    {
        using var client = app.Anonymous();
        if (authorization is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        }
        using var answer = await client.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString());
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(401, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("traceId").GetString()));
    }

    [Fact]
    public async Task A_token_with_a_changed_payload_opens_nothing()
    {
        var parts = (await app.GetTokenAsync("client-rentguy")).Split('.');
        var payload = Encoding.UTF8.GetString(Base64(parts[1])).Replace("client-rentguy", "admin");
        parts[1] = Convert
            .ToBase64String(Encoding.UTF8.GetBytes(payload))
            .TrimEnd('=')
            .Replace('+', '-')
            .Replace('/', '_');
        using var client = app.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", string.Join('.', parts));
        using var answer = await client.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static byte[] Base64(string text)
    {
        text = text.Replace('-', '+').Replace('_', '/');
        return Convert.FromBase64String(text.PadRight(text.Length + (4 - text.Length % 4) % 4, '='));
    }
}
