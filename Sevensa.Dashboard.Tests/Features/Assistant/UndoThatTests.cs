using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What a conversation remembers: its last action can be taken back, and all of it be found and deleted.</summary>
public sealed class UndoThatTests
{
    [Theory]
    [InlineData("stop the RentGuy worker", "container.start", null)]
    [InlineData("scale the RentGuy worker to 2", "service.scale", "replicas")]
    public async Task Undo_that_proposes_the_undo_of_the_last_action(string wish, string kind, string? parameter)
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var operators = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        var told = await Asking.AskAsync(operators, wish);
        var made = told.Events.Single(one => one.Type == "proposal").Data;
        var path = $"/api/v1/proposals/{made.GetProperty("id").GetString()}";
        using var approved = await approver.PostAsJsonAsync(
            $"{path}/approve",
            new { planHash = made.GetProperty("planHash").GetString(), comment = "yes" }
        );
        Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        await Eventually.GetAsync<JsonElement>(
            "the action to succeed",
            async token =>
            {
                var now = await operators.GetFromJsonAsync<JsonElement>(path, token);
                Assert.Equal("succeeded", now.GetProperty("state").GetString());
                return now;
            }
        );
        var undone = await Asking.AskAsync(operators, "Undo that", told.Conversation);
        var undo = undone.Events.Single(one => one.Type == "proposal").Data;
        Assert.Equal(kind, undo.GetProperty("kind").GetString());
        Assert.Contains("To undo", undo.GetProperty("reason").GetString(), StringComparison.Ordinal);
        if (parameter is not null)
        {
            Assert.Equal(1, undo.GetProperty("plan").GetProperty("parameters").GetProperty(parameter).GetInt32());
        }
    }

    [Fact]
    public async Task Undo_is_of_what_is_named_and_of_nothing_else()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var operators = await app.ApiAsAsync("operator");
        var told = await Asking.AskAsync(operators, "/scale rentguy-worker 2");
        Assert.Single(told.Events, one => one.Type == "proposal");
        foreach (
            var said in (string[])
                ["Undo the last action on witcom", "/undo rentguy-api", "undo the restart of the rentguy worker"]
        )
        {
            var other = await Asking.AskAsync(operators, said, told.Conversation);
            Assert.DoesNotContain(other.Events, one => one.Type == "proposal");
            Assert.Contains("Nothing like that was proposed", other.Text, StringComparison.Ordinal);
            Assert.Contains("rentguy", other.Text, StringComparison.Ordinal);
        }
        var own = await Asking.AskAsync(operators, "undo the scaling of the rentguy worker", told.Conversation);
        Assert.Contains("has not been done", own.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conversations_are_found_by_what_was_said_and_deleted_by_their_owner_or_their_age()
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var operators = await app.ApiAsAsync("operator");
        using var others = await app.ApiAsAsync("viewer");
        var first = (await Asking.AskAsync(operators, "/help")).Conversation;
        var second = (await Asking.AskAsync(operators, "/approvals Witcom")).Conversation;
        Assert.Equal([second], await FoundAsync(operators, "APPROVALS WITCOM"));
        Assert.Equal([second, first], await FoundAsync(operators, ""));
        var third = (await Asking.AskAsync(operators, "/help Één ÜBER")).Conversation;
        Assert.Equal([third], await FoundAsync(operators, "één"));
        Assert.Equal([third], await FoundAsync(operators, "über"));
        Assert.Equal(HttpStatusCode.NoContent, await DeletedAsync(operators, third));
        Assert.Empty(await FoundAsync(operators, "nothing like it"));
        Assert.Empty(await FoundAsync(others, "approvals witcom"));

        Assert.Equal(HttpStatusCode.NotFound, await DeletedAsync(others, second));
        Assert.Equal(HttpStatusCode.NoContent, await DeletedAsync(operators, second));
        Assert.Equal(HttpStatusCode.NotFound, await DeletedAsync(operators, second));
        Assert.Equal([first], await FoundAsync(operators, ""));
        Assert.Empty(await FoundAsync(operators, "approvals witcom"));

        // Touched today: it stays.
        await app.Services.GetRequiredService<ConversationStore>().RemoveAsync(TestContext.Current.CancellationToken);
        Assert.Equal([first], await FoundAsync(operators, ""));
    }

    private static async Task<IEnumerable<string?>> FoundAsync(HttpClient client, string text) =>
        (await client.GetFromJsonAsync<JsonElement>($"/api/v1/conversations?q={Uri.EscapeDataString(text)}"))
            .GetProperty("items")
            .EnumerateArray()
            .Select(one => one.GetProperty("id").GetString())
            .ToList();

    private static async Task<HttpStatusCode> DeletedAsync(HttpClient client, string id)
    {
        using var answer = await client.DeleteAsync($"/api/v1/conversations/{id}");
        return answer.StatusCode;
    }
}
