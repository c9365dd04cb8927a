using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Tenants;

[Collection(SandboxCollection.Name)]
public class TenantApiTests(SandboxApp app)
{
    [Theory]
    [InlineData("admin")]
    [InlineData("operator")]
    [InlineData("approver")]
    [InlineData("viewer")]
    [InlineData("automation")]
    public async Task Staff_see_the_tenants_of_the_fleet(string name)
    {
        using var client = await app.ApiAsAsync(name);
        var list = await client.GetFromJsonAsync<JsonElement>("/api/v1/tenants");
        Assert.Equal(
            ["platform", "psra-ltsd", "rentguy", "witcom"],
            list.GetProperty("items").EnumerateArray().Select(tenant => tenant.GetProperty("id").GetString()).Order()
        );
        Assert.Equal(JsonValueKind.Null, list.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task A_tenant_has_its_name_services_and_objectives()
    {
        using var client = await app.ApiAsAsync("viewer");
        var tenant = await client.GetFromJsonAsync<JsonElement>("/api/v1/tenants/psra-ltsd");
        Assert.Equal("PSRA-LTSD", tenant.GetProperty("name").GetString());
        Assert.Equal(2000, tenant.GetProperty("latencyObjectiveMs").GetDouble());
        Assert.Equal("certificate-worker", tenant.GetProperty("services")[1].GetString());
    }

    [Fact]
    public async Task An_unknown_tenant_is_404()
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.GetAsync("/api/v1/tenants/nobody");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_client_is_refused_the_registry()
    {
        using var client = await app.ApiAsAsync("client-rentguy");
        using var answer = await client.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("forbidden", problem.GetProperty("code").GetString());
    }

    [Fact]
    public async Task An_unknown_path_is_a_404_problem_for_a_caller_and_401_for_nobody()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var known = await client.GetAsync("/api/v1/no-such-thing");
        Assert.Equal(HttpStatusCode.NotFound, known.StatusCode);
        Assert.Equal("application/problem+json", known.Content.Headers.ContentType?.MediaType);
        using var anonymous = app.Anonymous();
        using var unknown = await anonymous.GetAsync("/api/v1/no-such-thing");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.StatusCode);
    }
}
