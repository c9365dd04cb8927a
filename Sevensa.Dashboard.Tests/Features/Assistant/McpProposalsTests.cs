using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Proposals over MCP and the API: asked for once, refused in words, and learning what became of one.</summary>
public sealed class McpProposalsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static object Restart(
        string reason,
        object? parameters = null,
        string? key = null,
        string target = "rentguy-web-1"
    ) =>
        key is null
            ? parameters is null
                ? new
                {
                    kind = "container.restart",
                    tenant = "rentguy",
                    target,
                    reason,
                }
                : new
                {
                    kind = "container.restart",
                    tenant = "rentguy",
                    target,
                    reason,
                    parameters,
                }
            : new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target,
                reason,
                idempotencyKey = key,
            };

    private async Task<HttpClient> OperatorAsync()
    {
        await app.FleetIsKnownAsync();
        return await app.ApiAsAsync("operator");
    }

    [Fact]
    public async Task What_is_asked_for_alike_is_asked_for_once_by_key_and_without()
    {
        using var client = await OperatorAsync();
        var first = JsonDocument
            .Parse((await McpAsking.CallAsync(client, "propose", Restart("it leaks", key: "k1"))).Text)
            .RootElement;
        var again = JsonDocument
            .Parse((await McpAsking.CallAsync(client, "propose", Restart("it leaks", key: "k1"))).Text)
            .RootElement;
        var id = first.GetProperty("id").GetString()!;
        Assert.Equal(id, again.GetProperty("id").GetString());
        Assert.Equal("proposed", first.GetProperty("state").GetString());
        var alike = JsonDocument
            .Parse((await McpAsking.CallAsync(client, "propose", Restart("still leaks"))).Text)
            .RootElement;
        Assert.Equal(id, alike.GetProperty("id").GetString());
        using var api = await client.PostAsJsonAsync("/api/v1/proposals", Restart("and still"));
        Assert.Equal(HttpStatusCode.OK, api.StatusCode);
        var answered = await api.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(id, answered.GetProperty("id").GetString());
        Assert.True(answered.GetProperty("askedBefore").GetBoolean());
        var other = await McpAsking.CallAsync(
            client,
            "propose",
            Restart("it leaks", key: "k1", target: "rentguy-api-1")
        );
        Assert.True(other.IsError);
        Assert.Contains("something else", other.Text, StringComparison.Ordinal);
        // The key holds when the thing has ended, as a program that begins anew needs it.
        using var rejected = await client.PostAsJsonAsync(
            $"/api/v1/proposals/{id}/reject",
            new { reason = "not today" }
        );
        Assert.Equal(HttpStatusCode.OK, rejected.StatusCode);
        var after = JsonDocument
            .Parse((await McpAsking.CallAsync(client, "propose", Restart("it leaks", key: "k1"))).Text)
            .RootElement;
        Assert.Equal((id, "rejected"), (after.GetProperty("id").GetString(), after.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_program_learns_what_became_of_its_proposal()
    {
        using var client = await OperatorAsync();
        var made = JsonDocument
            .Parse(
                (await McpAsking.CallAsync(client, "propose", Restart("to be told", new { graceSeconds = 17 }))).Text
            )
            .RootElement;
        var id = made.GetProperty("id").GetString()!;
        using var rejected = await client.PostAsJsonAsync($"/api/v1/proposals/{id}/reject", new { reason = "not now" });
        var (isError, text) = await McpAsking.CallAsync(client, "get_proposal", new { id });
        Assert.False(isError, text);
        var told = JsonDocument.Parse(text).RootElement;
        var api = await client.GetFromJsonAsync<JsonElement>(told.GetProperty("links").GetProperty("self").GetString());
        foreach (
            var member in new[] { "id", "state", "risk", "planHash", "reason", "createdAt", "expiresAt", "endedAt" }
        )
        {
            Assert.Equal(api.GetProperty(member).GetRawText(), told.GetProperty(member).GetRawText());
        }
        Assert.Equal("not now", told.GetProperty("decision").GetProperty("reason").GetString());
        Assert.True(told.GetProperty("ended").GetBoolean());
        Assert.Equal(
            new Uri(app.Address, $"/approvals/{id}").ToString(),
            told.GetProperty("links").GetProperty("page").GetString()
        );
        Assert.Equal(told.GetProperty("links").GetRawText(), api.GetProperty("links").GetRawText());
        Assert.True((await McpAsking.CallAsync(client, "get_proposal", new { id = "nothing" })).IsError);
        // White space is nothing to pay for.
        Assert.DoesNotContain("\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_as_text_are_read_and_what_is_none_is_refused()
    {
        using var client = await OperatorAsync();
        var made = JsonDocument
            .Parse((await McpAsking.CallAsync(client, "propose", Restart("as text", "{\"graceSeconds\": 23}"))).Text)
            .RootElement;
        var plan = (
            await client.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{made.GetProperty("id").GetString()}")
        ).GetProperty("plan");
        Assert.Equal(23, plan.GetProperty("parameters").GetProperty("graceSeconds").GetInt32());
        foreach (object none in new object[] { "graceSeconds=5", 7, new[] { 1, 2 } })
        {
            var (isError, text) = await McpAsking.CallAsync(client, "propose", Restart("none", none));
            Assert.True(isError, text);
            Assert.Contains("parameters", text, StringComparison.Ordinal);
        }
        var empty = await McpAsking.CallAsync(client, "propose", Restart(" "));
        Assert.True(empty.IsError, empty.Text);
    }

    [Fact]
    public async Task A_reason_that_is_too_long_and_parameters_that_the_kind_does_not_have_are_refused_in_words()
    {
        using var client = await OperatorAsync();
        var (isError, text) = await McpAsking.CallAsync(client, "propose", Restart(new string('x', 4001)));
        Assert.True(isError, text);
        Assert.Contains("at most 4000", text, StringComparison.Ordinal);
        var unknown = await McpAsking.CallAsync(client, "propose", Restart("leaks", new { force = true }));
        Assert.True(unknown.IsError, unknown.Text);
        Assert.Contains("graceSeconds", unknown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_refuses_what_it_does_not_know_and_answers_what_there_is()
    {
        using var client = await OperatorAsync();
        using var unknown = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "rentguy-web-1",
                reason = "x",
                paramters = new { },
            }
        );
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
        var words = await unknown.Content.ReadAsStringAsync();
        Assert.Contains("paramters", words, StringComparison.Ordinal);
        Assert.DoesNotContain("Sevensa.", words, StringComparison.Ordinal);
        using var empty = await client.PostAsJsonAsync("/api/v1/proposals", Restart("  "));
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        foreach (
            var address in new[]
            {
                "/api/v1/proposals?cursor=nonsense",
                "/api/v1/tenants/rentguy/releases?cursor=nonsense",
            }
        )
        {
            using var cursor = await client.GetAsync(address);
            Assert.Equal(HttpStatusCode.BadRequest, cursor.StatusCode);
        }
        var made = JsonDocument.Parse(
            (await McpAsking.CallAsync(client, "propose", Restart("watched", new { graceSeconds = 29 }))).Text
        );
        var id = made.RootElement.GetProperty("id").GetString();
        var watch = await client.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{id}/watch");
        Assert.Equal("notWatched", watch.GetProperty("state").GetString());
        using var none = await client.GetAsync("/api/v1/proposals/nothing/watch");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }
}
