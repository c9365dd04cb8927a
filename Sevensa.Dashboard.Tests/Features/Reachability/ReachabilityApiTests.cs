using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Reachability;

/// <summary>The whole program: stand-in engines, runners in the process, the API.</summary>
[Collection(SandboxCollection.Name)]
public class ReachabilityApiTests(SandboxApp app)
{
    private async Task<HttpClient> ClientAsync(string who)
    {
        var fleet = app.Services.GetRequiredService<IFleet>();
        using var giveUp = new CancellationTokenSource(Patience.Usual);
        while (fleet.ContainersOf("rentguy").Count == 0 || fleet.ContainersOf("witcom").Count == 0)
        {
            await Task.Delay(50, giveUp.Token);
        }
        return await app.ApiAsAsync(who);
    }

    [Fact]
    public async Task Flows_say_from_to_port_declared_possible_and_observed()
    {
        using var client = await ClientAsync("viewer");
        var answer = await client.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/reachability?from=api");
        Assert.Equal(
            ["api", "web", "worker"],
            answer.GetProperty("services").EnumerateArray().Select(one => one.GetProperty("service").GetString())
        );
        var database = answer
            .GetProperty("flows")
            .EnumerateArray()
            .Single(flow => flow.GetProperty("to").GetString() == "platform/postgres");
        Assert.Equal("api", database.GetProperty("from").GetString());
        Assert.Equal("5432/tcp", database.GetProperty("port").GetString());
        Assert.True(database.GetProperty("possible").GetBoolean());
        Assert.False(database.GetProperty("declared").GetBoolean());
        Assert.Equal(JsonValueKind.Null, database.GetProperty("observed").ValueKind);
        Assert.NotEqual("", database.GetProperty("observedWhy").GetString());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("leftOut").ValueKind);
        // The way over n8n, which has the engine's socket, leads to the whole host.
        var host = answer
            .GetProperty("reach")
            .EnumerateArray()
            .Single(one => one.GetProperty("to").GetString() == "host vps-1");
        Assert.Equal(2, host.GetProperty("steps").GetInt32());
    }

    [Fact]
    public async Task Of_tenants_that_are_not_seen_there_is_a_way_and_no_name()
    {
        using var any = await ClientAsync("viewer");
        var (_, own) = await app.ProgramAsync("viewer", ["rentguy"], "read");
        using (own)
        {
            using var answer = await own.GetAsync("/api/v1/tenants/rentguy/reachability?from=api");
            var text = await answer.Content.ReadAsStringAsync();
            Assert.Contains("another tenant", text, StringComparison.Ordinal);
            Assert.DoesNotContain("platform", text, StringComparison.Ordinal);
            Assert.DoesNotContain("n8n", text, StringComparison.Ordinal);
            // A line with such a name could not be read.
            Assert.DoesNotContain(
                JsonElement.Parse(text).GetProperty("findings").EnumerateArray(),
                finding => finding.GetProperty("remedy").GetString()!.Contains("another tenant ->")
            );
        }
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("platform/n8n")]
    public async Task A_service_that_is_not_the_tenants_is_404(string from)
    {
        using var client = await ClientAsync("viewer");
        using var answer = await client.GetAsync($"/api/v1/tenants/rentguy/reachability?from={from}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_tenant_declares_what_is_meant_and_the_rest_is_found()
    {
        using var client = await ClientAsync("operator");
        const string address = "/api/v1/tenants/psra-ltsd/reachability";
        using var wrong = await client.PutAsJsonAsync($"{address}/policy", new { text = "api certificate-worker" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        using var anothers = await client.PutAsJsonAsync($"{address}/policy", new { text = "api -> platform/n8n" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, anothers.StatusCode);
        // Nothing said is no wish to declare nothing any more.
        using var nothing = await client.PutAsJsonAsync($"{address}/policy", new { });
        Assert.Equal(HttpStatusCode.BadRequest, nothing.StatusCode);
        using var viewer = await ClientAsync("viewer");
        using var forbidden = await viewer.PutAsJsonAsync($"{address}/policy", new { text = "" });
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        await SandboxApp.GoodAsync(
            client.PutAsJsonAsync(
                $"{address}/policy",
                new { text = "web -> api:8080\napi -> nowhere:1\napi -> nowhere:1" }
            )
        );
        var sheet = await client.GetFromJsonAsync<JsonElement>(address);
        Assert.Contains(
            sheet.GetProperty("flows").EnumerateArray(),
            flow =>
                flow.GetProperty("from").GetString() == "web"
                && flow.GetProperty("to").GetString() == "api"
                && flow.GetProperty("declared").GetBoolean()
        );
        Assert.Single(
            sheet.GetProperty("flows").EnumerateArray(),
            flow => flow.GetProperty("to").GetString() == "nowhere"
        );
        string[] found =
        [
            .. sheet
                .GetProperty("findings")
                .EnumerateArray()
                .Select(one => $"{one.GetProperty("kind")} {one.GetProperty("from")} {one.GetProperty("to")}"),
        ];
        Assert.Contains("undeclared api web", found);
        Assert.Contains("impossible api nowhere", found);
        Assert.DoesNotContain("undeclared web api", found);
        Assert.Contains("crossTenant witcom/psra-api web", found);
    }
}
