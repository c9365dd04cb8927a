using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Accesses;

[Collection(SandboxCollection.Name)]
public class AccessesApiTests(SandboxApp app)
{
    [Fact]
    public async Task Who_read_what_is_told_to_staff_of_the_tenant_and_a_stranger_in_the_night_is_marked()
    {
        using var admin = await app.ApiAsAsync("admin");
        var list = await admin.GetFromJsonAsync<JsonElement>("/api/v1/tenants/witcom/secrets/accesses?limit=1000");
        var items = list.GetProperty("items").EnumerateArray().ToList();
        Assert.NotEmpty(items);
        Assert.All(items, one => Assert.Equal("witcom", one.GetProperty("tenant").GetString()));
        Assert.Contains(
            items,
            one =>
                one.GetProperty("path").GetString() == "psra-api/database"
                && one.GetProperty("reader").GetString() == "witcom-psra-api (approle)"
        );
        var odd = await admin.GetFromJsonAsync<JsonElement>("/api/v1/tenants/witcom/secrets/accesses?unusual=true");
        var stranger = odd.GetProperty("items").EnumerateArray().Last();
        Assert.Equal(
            ("token", "203.0.113.40", "newReader"),
            (
                stranger.GetProperty("reader").GetString(),
                stranger.GetProperty("address").GetString(),
                stranger.GetProperty("marks")[0].GetString()
            )
        );
    }

    [Fact]
    public async Task It_is_narrowed_by_path_reader_and_time()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        const string List = "/api/v1/tenants/rentguy/secrets/accesses";
        var some = await viewer.GetFromJsonAsync<JsonElement>($"{List}?path=api/database&limit=5");
        Assert.Equal(5, some.GetProperty("items").GetArrayLength());
        Assert.All(
            some.GetProperty("items").EnumerateArray(),
            one => Assert.Equal("api/database", one.GetProperty("path").GetString())
        );
        var none = await viewer.GetFromJsonAsync<JsonElement>($"{List}?reader=nobody");
        Assert.Equal(0, none.GetProperty("items").GetArrayLength());
        foreach (
            var wrong in (string[])
                [
                    "from=2026-01-02&to=2026-01-01",
                    "from=2020-01-01",
                    "unusual=perhaps",
                    "to=0001-01-01T00:00:00Z",
                    "from=0001-01-02T00:00:00Z&to=0001-01-03T00:00:00Z",
                ]
        )
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await viewer.GetAsync($"{List}?{wrong}")).StatusCode);
        }
        using var client = await app.ApiAsAsync("client-rentguy");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(List)).StatusCode);
    }
}
