using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A rotation whose containers are restarted by the Sandbox's real runners, which verify what they are sent.</summary>
public class RolledByRunnersTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task The_services_that_read_a_secret_are_restarted_and_well_with_the_new_value()
    {
        await app.FleetIsKnownAsync();
        using var asks = await app.ApiAsAsync("operator");
        using var approves = await app.ApiAsAsync("approver");
        var proposal = await PostAsync(
            asks,
            "/api/v1/proposals",
            new
            {
                kind = "secret.rotate",
                tenant = "rentguy",
                target = "worker/smtp",
                parameters = new { consumers = "all" },
                reason = "it is due",
            }
        );
        var restarts = proposal
            .GetProperty("plan")
            .GetProperty("steps")
            .EnumerateArray()
            .Where(step => step.GetProperty("verb").GetString() == "container.restart")
            .Select(step => step.GetProperty("on").GetString())
            .ToList();
        Assert.NotEmpty(restarts);
        var address = $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}";
        await PostAsync(
            approves,
            $"{address}/approve",
            new { planHash = proposal.GetProperty("planHash").GetString() }
        );
        var ended = await EndedAsync(asks, address);
        Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.ToString());
        var secret = await asks.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/secrets/worker/smtp");
        Assert.Equal(3, secret.GetProperty("version").GetInt32());
        var last = secret.GetProperty("lastRotation");
        Assert.Equal(
            (proposal.GetProperty("id").GetString(), "secret.rotate", "succeeded"),
            (
                last.GetProperty("proposal").GetString(),
                last.GetProperty("kind").GetString(),
                last.GetProperty("state").GetString()
            )
        );
        Assert.NotEmpty(last.GetProperty("by").GetString()!);
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<JsonElement> EndedAsync(HttpClient client, string address)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            var now = await client.GetFromJsonAsync<JsonElement>(address, patience.Token);
            if (now.GetProperty("state").GetString() is not ("approved" or "dispatched" or "running"))
            {
                return now;
            }
            await Task.Delay(200, patience.Token);
        }
    }
}
