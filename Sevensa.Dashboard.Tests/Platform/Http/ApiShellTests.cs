using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

[Collection(SandboxCollection.Name)]
public class ApiShellTests(SandboxApp app)
{
    [Fact]
    public async Task Every_endpoint_names_a_policy_or_lets_anybody_in()
    {
        using var client = app.Anonymous();
        await client.GetAsync("/healthz");
        var silent = app
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
                && !endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(data => data.Policy is not null)
                && endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
                && !IsTheFrameworks(endpoint.RoutePattern.RawText ?? "")
            )
            .Select(endpoint => endpoint.RoutePattern.RawText)
            .ToList();
        Assert.True(silent.Count == 0, $"Name a policy or AllowAnonymous: {string.Join(", ", silent)}");
    }

    [Fact]
    public async Task The_contract_is_served_and_can_be_browsed()
    {
        using var client = app.Anonymous();
        var document = await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        Assert.True(document.GetProperty("paths").TryGetProperty("/api/v1/audit/verify", out _));
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString());
        using var page = await client.GetAsync("/api");
        if (page.StatusCode == HttpStatusCode.Redirect || page.StatusCode == HttpStatusCode.MovedPermanently)
        {
            using var moved = await client.GetAsync(page.Headers.Location);
            Assert.Equal(HttpStatusCode.OK, moved.StatusCode);
            return;
        }
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Readiness_tells_strangers_little_and_staff_all()
    {
        await app.FleetIsKnownAsync();
        using var stranger = app.Anonymous();
        var little = await stranger.GetFromJsonAsync<JsonElement>("/readyz");
        Assert.Equal("ready", little.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, little.GetProperty("upstreams").ValueKind);
        using var viewer = await app.ApiAsAsync("viewer");
        var all = await viewer.GetFromJsonAsync<JsonElement>("/readyz");
        Assert.Equal(JsonValueKind.Array, all.GetProperty("upstreams").ValueKind);
        using var client = await app.ApiAsAsync("client-witcom");
        var portal = await client.GetFromJsonAsync<JsonElement>("/readyz");
        Assert.Equal(JsonValueKind.Null, portal.GetProperty("upstreams").ValueKind);
    }

    [Fact]
    public async Task Figures_are_for_this_machine_or_a_token()
    {
        using var local = app.Anonymous();
        Assert.Contains("# TYPE", await local.GetStringAsync("/metrics"));
        using var proxied = app.Anonymous();
        proxied.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        using var refused = await proxied.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var viewer = await app.ApiAsAsync("viewer");
        viewer.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        using var answer = await viewer.GetAsync("/metrics");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_ticket_opens_no_door_that_is_no_WebSocket()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var issued = await viewer.PostAsync("/api/v1/tickets", null);
        Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        var ticket = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString();
        using var plain = app.Anonymous();
        using var refused = await plain.GetAsync($"/api/v1/tenants?ticket={ticket}");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        // Not even where the request says that it is for a WebSocket.
        Assert.Equal(HttpStatusCode.Unauthorized, await UpgradeAsync(plain, ticket!));
    }

    [Fact]
    public async Task The_same_idempotency_key_gives_the_same_answer()
    {
        using var admin = await app.ApiAsAsync("admin");
        var name = $"twice-{Guid.NewGuid():N}"[..20];
        var body = new
        {
            userName = name,
            role = "viewer",
            tenants = new[] { "witcom" },
        };
        using var first = await PostAsync(admin, "/api/v1/people", body, "key-" + name);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        using var second = await PostAsync(admin, "/api/v1/people", body, "key-" + name);
        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        // Without the key it is a second request, and there is such a person already.
        using var third = await admin.PostAsJsonAsync("/api/v1/people", body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, third.StatusCode);
    }

    [Fact]
    public async Task With_another_body_the_key_is_refused_and_another_caller_has_keys_of_their_own()
    {
        using var admin = await app.ApiAsAsync("admin");
        var key = Guid.NewGuid().ToString();
        using var wrong = await PostAsync(admin, "/api/v1/people", new { userName = "", role = "viewer" }, key);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        using var other = await PostAsync(admin, "/api/v1/people", new { userName = "x y", role = "viewer" }, key);
        var problem = await other.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal("idempotency", problem.GetProperty("code").GetString());
        using var viewer = await app.ApiAsAsync("viewer");
        using var forbidden = await PostAsync(viewer, "/api/v1/people", new { userName = "x y", role = "viewer" }, key);
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
    }

    /// <summary>The circuit, its script, and static files while they are edited: the fallback policy knows them.</summary>
    private static bool IsTheFrameworks(string route) =>
        route == "{**path:file}"
        || route.TrimStart('/').StartsWith("_blazor", StringComparison.Ordinal)
        || route.TrimStart('/').StartsWith("_framework", StringComparison.Ordinal);

    private static async Task<HttpStatusCode> UpgradeAsync(HttpClient client, string ticket)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/tenants?ticket={ticket}");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object body, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request);
    }
}
