using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>A rule said in the chat becomes a proposal to write a policy down, and no action now; with a model and with none.</summary>
public sealed class PolicyChatTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Theory]
    // The model has the sentence read and proposes what came of it as a typed policy.
    [InlineData("Restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day", "yaml")]
    // A command is read without one.
    [InlineData("/policy restart the RentGuy api when it is unhealthy for 5 minutes, at most once a day", "text")]
    public async Task A_rule_is_proposed_as_a_draft_and_written_down_once_somebody_approved(string said, string by)
    {
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        var proposal = Assert.Single(told.Events, one => one.Type == "proposal").Data;
        Assert.Equal("policy.draft", proposal.GetProperty("kind").GetString());
        Assert.Contains("draft_policy", told.Tools("finished"));
        Assert.Contains("draft", told.Text, StringComparison.Ordinal);
        var whole = await client.GetFromJsonAsync<JsonElement>(
            $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}"
        );
        Assert.True(whole.GetProperty("plan").GetProperty("parameters").TryGetProperty(by, out _), whole.ToString());
        var before = await client.GetStringAsync("/api/v1/policies?tenant=rentguy");
        var name = whole.GetProperty("plan").GetProperty("target").GetString()!;
        Assert.DoesNotContain(name, before, StringComparison.Ordinal);

        using var approver = await app.ApiAsAsync("approver");
        using var approved = await approver.PostAsJsonAsync(
            $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}/approve",
            new { planHash = whole.GetProperty("planHash").GetString(), comment = "" }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        using var patience = new CancellationTokenSource(Patience.Usual);
        JsonElement policy;
        while (true)
        {
            policy = (await client.GetFromJsonAsync<JsonElement>("/api/v1/policies?tenant=rentguy", patience.Token))
                .GetProperty("items")
                .EnumerateArray()
                .FirstOrDefault(one => one.GetProperty("name").GetString() == name);
            if (policy.ValueKind == JsonValueKind.Object)
            {
                break;
            }
            await Task.Delay(100, patience.Token);
        }
        Assert.Equal("draft", policy.GetProperty("stage").GetString());
        // It is asked for as anything else is.
        var asked = await Asking.AskAsync(client, "/policies rentguy");
        Assert.Contains("list_policies", asked.Tools("finished"));
        Assert.Contains("is draft", asked.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/policy fix the flux capacitor of RentGuy at most once a day", "does not say")]
    [InlineData("/policy", "What is to be done")]
    public async Task What_makes_no_policy_is_said_and_nothing_is_proposed(string said, string answer)
    {
        using var client = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        Assert.Contains(answer, told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
    }

    [Fact]
    public async Task Yaml_that_makes_no_policy_is_refused_with_all_that_is_wrong()
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "policy.draft",
                tenant = "rentguy",
                target = "odd",
                reason = "a model wrote it",
                parameters = new
                {
                    yaml = "tenant: rentguy\nname: odd\ntrigger: {kind: metric, query: up}\naction: {kind: container.restart}\nfor: 90d",
                },
            }
        );
        var told = await answer.Content.ReadAsStringAsync();
        Assert.Equal(422, (int)answer.StatusCode);
        Assert.Contains("trigger.query", told, StringComparison.Ordinal);
        Assert.Contains("for is", told, StringComparison.Ordinal);
    }
}
