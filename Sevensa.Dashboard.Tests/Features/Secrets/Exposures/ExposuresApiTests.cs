using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Exposures;

[Collection(SandboxCollection.Name)]
public class ExposuresApiTests(SandboxApp app)
{
    [Fact]
    public async Task What_stands_in_an_environment_is_told_by_name_to_staff_of_the_tenant()
    {
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var list = await admin.GetFromJsonAsync<JsonElement>("/api/v1/tenants/platform/secrets/exposures");
        var key = list.GetProperty("items")
            .EnumerateArray()
            .Single(one => one.GetProperty("name").GetString() == "N8N_ENCRYPTION_KEY");
        Assert.Equal(("n8n", "name"), (key.GetProperty("service").GetString(), key.GetProperty("why").GetString()));
        Assert.Equal(
            ("platform/n8n/n8n-encryption-key", "vault kv put secret/platform/n8n/n8n-encryption-key value=-"),
            (key.GetProperty("handed").GetString(), key.GetProperty("put").GetString())
        );
        Assert.Contains(
            "N8N_ENCRYPTION_KEY: !reset null",
            key.GetProperty("compose").GetString(),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("sandbox-only", list.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hash", list.ToString(), StringComparison.OrdinalIgnoreCase);
        // A file's name is no secret.
        var rentguy = await admin.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/secrets/exposures");
        Assert.Equal(0, rentguy.GetProperty("items").GetArrayLength());
        Assert.Equal(0, rentguy.GetProperty("notTold").GetArrayLength());
        using var client = await app.ApiAsAsync("client-rentguy");
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await client.GetAsync("/api/v1/tenants/rentguy/secrets/exposures")).StatusCode
        );
    }
}
