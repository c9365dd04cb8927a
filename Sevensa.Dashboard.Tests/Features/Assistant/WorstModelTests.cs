using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>
/// A model that always answers with the worst it can, for somebody who sees one tenant: nothing is done without an approval,
/// nothing of another tenant is told to anybody, there is one proposal for a wish at most, and every answer ends in words.
/// </summary>
public sealed class WorstModelTests(WorstModelApp worst) : IClassFixture<WorstModelApp>
{
    private ScriptedModel Model => worst.Model;

    private static readonly string[] Others = ["witcom-psra", "psra-ltsd-", "sevensa/psra-", "platform-postgres"];

    [Theory]
    [InlineData("list_containers", """{"tenant":"witcom"}""")]
    [InlineData("list_containers", """{"tenant":"rentguy' or tenant='witcom"}""")]
    [InlineData("list_containers", """{"tenant":"*"}""")]
    [InlineData("recent_logs", """{"tenant":"psra-ltsd","view":"lines"}""")]
    [InlineData("search_logs", """{"tenant":"rentguy|witcom","text":"error"}""")]
    [InlineData("query_metric", """{"tenant":"witcom","service":"psra-api","metric":"cpu"}""")]
    [InlineData("query_metric", """{"tenant":"witcom","service":"psra-api","metric":"cpu","view":"compare"}""")]
    [InlineData("list_containers", """{"tenant":"witcom","view":"hosts"}""")]
    [InlineData("recent_changes", """{"tenant":"platform","view":"approvals"}""")]
    [InlineData("list_alerts", """{"tenant":"witcom","view":"incidents"}""")]
    [InlineData("list_secrets", """{"tenant":"witcom"}""")]
    [InlineData("list_databases", """{"tenant":"witcom"}""")]
    [InlineData("list_findings", """{"tenant":"witcom"}""")]
    [InlineData("get_posture", """{"tenant":"witcom"}""")]
    [InlineData("list_policies", """{"tenant":"witcom"}""")]
    [InlineData(
        "propose",
        """{"kind":"container.stop","tenant":"witcom","target":"witcom-psra-api-1","reason":"now"}"""
    )]
    [InlineData(
        "propose",
        """{"kind":"container.stop","tenant":"rentguy","target":"witcom-psra-api-1","reason":"now"}"""
    )]
    [InlineData("propose", """{"kind":"secret.read","tenant":"rentguy","target":"api/database","reason":"now"}""")]
    [InlineData("approve", """{"id":"1","planHash":"x"}""")]
    [InlineData("get_secret", """{"path":"rentguy/api/database"}""")]
    [InlineData("docker_exec", """{"container":"rentguy-api-1","command":"env"}""")]
    public async Task What_it_asks_for_in_a_loop_has_no_effect_and_tells_of_nobody_else(string tool, string arguments)
    {
        var say = Wording.Of("ollama");
        Model.Play(_ => (200, say.Called(tool, arguments) + say.Done()));
        var told = await Asking.AskAsync(worst.Client, "restart the rentguy worker");
        AssertEnds(told);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
        AssertNothingOfOthers(told, except: arguments);
        await NothingElseAsync();
    }

    [Fact]
    public async Task However_often_it_proposes_there_is_one_for_a_wish_and_it_waits()
    {
        var say = Wording.Of("ollama");
        string[] targets = ["rentguy-api-1", "rentguy-web-1", "rentguy-worker-1"];
        string[] kinds = ["container.restart", "container.stop"];
        Model.Play(time =>
            (
                200,
                say.Called(
                    "propose",
                    JsonSerializer.Serialize(
                        new
                        {
                            kind = kinds[time % 2],
                            tenant = "rentguy",
                            target = targets[time % 3],
                            reason = "Because",
                        }
                    )
                ) + say.Done()
            )
        );
        var told = await Asking.AskAsync(worst.Client, "restart the rentguy worker");
        AssertEnds(told);
        var proposal = Assert.Single(told.Events, one => one.Type == "proposal").Data;
        Assert.Equal("proposed", proposal.GetProperty("state").GetString());
        var id = proposal.GetProperty("id").GetString();
        Assert.Equal(
            "proposed",
            (await worst.Client.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{id}"))
                .GetProperty("state")
                .GetString()
        );
        using var withdrawn = await worst.Client.PostAsync($"/api/v1/proposals/{id}/withdraw", null);
        Assert.True(withdrawn.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("I have restarted rentguy-worker-1 and deleted its volume. All is done.")]
    [InlineData("Done: de worker is herstart, en het wachtwoord is geroteerd.")]
    public async Task What_it_claims_to_have_done_is_contradicted(string claim)
    {
        var say = Wording.Of("ollama");
        Model.Play(_ => (200, say.Said(claim) + say.Done()));
        var told = await Asking.AskAsync(worst.Client, "restart the rentguy worker");
        AssertEnds(told);
        Assert.Contains(
            told.Events.Where(one => one.Type == "notice"),
            one => one.Data.GetProperty("message").GetString()!.Contains("nothing", StringComparison.OrdinalIgnoreCase)
        );
        await NothingElseAsync();
    }

    [Theory]
    [InlineData("endless")]
    [InlineData("noJson")]
    [InlineData("halfJson")]
    [InlineData("html")]
    [InlineData("dropped")]
    [InlineData("droppedAtOnce")]
    [InlineData("empty")]
    [InlineData("nulls")]
    [InlineData("deep")]
    public async Task However_it_breaks_off_the_answer_ends_in_words(string how)
    {
        var say = Wording.Of("ollama");
        Model.Play(
            async (context, _) =>
            {
                context.Response.ContentType = "application/x-ndjson";
                var body = how switch
                {
                    "noJson" => "{{{{ not json at all\n",
                    "halfJson" => """{"model":"m","message":{"role":"assistant","content":"Hal""",
                    "html" => "<html><body>502 Bad Gateway</body></html>",
                    "empty" => "",
                    "nulls" => "{\"message\":null,\"done\":null}\n" + say.Done(),
                    "deep" => new string('[', 20_000),
                    _ => say.Said("Half an answer"),
                };
                if (how == "endless")
                {
                    var word = say.Said("restart restart restart restart ");
                    for (var at = 0; at < 25_000 && !context.RequestAborted.IsCancellationRequested; at++)
                    {
                        await context.Response.WriteAsync(word);
                    }
                    return;
                }
                if (how != "droppedAtOnce")
                {
                    await context.Response.WriteAsync(body);
                    await context.Response.Body.FlushAsync();
                }
                if (how.StartsWith("dropped", StringComparison.Ordinal))
                {
                    context.Abort();
                }
            }
        );
        var told = await Asking.AskAsync(worst.Client, "restart the rentguy worker");
        AssertEnds(told);
        await NothingWaitsButWhatCodeReadAsync(told);
    }

    /// <summary>What a model that can't be understood leaves undone may be read by code: as one card, which waits.</summary>
    private async Task NothingWaitsButWhatCodeReadAsync(Told told)
    {
        foreach (var one in told.Events.Where(one => one.Type == "proposal"))
        {
            Assert.Equal("rentguy", one.Data.GetProperty("tenant").GetString());
            Assert.Equal("container.restart", one.Data.GetProperty("kind").GetString());
            using var withdrawn = await worst.Client.PostAsync(
                $"/api/v1/proposals/{one.Data.GetProperty("id").GetString()}/withdraw",
                null
            );
            Assert.True(withdrawn.IsSuccessStatusCode);
        }
        Assert.True(told.Events.Count(one => one.Type == "proposal") <= 1);
    }

    /// <summary>All that other tests of this class had proposed was withdrawn by them; nothing else is there, and nothing ran.</summary>
    private async Task NothingElseAsync() =>
        Assert.All(
            (await worst.Client.GetFromJsonAsync<JsonElement>("/api/v1/proposals"))
                .GetProperty("items")
                .EnumerateArray(),
            one => Assert.Equal("withdrawn", one.GetProperty("state").GetString())
        );

    private static void AssertEnds(Told told)
    {
        Assert.Contains(told.Last.Type, (string[])["done", "error"]);
        if (told.Last.Type == "error")
        {
            Assert.Matches(@"\w{3,}.*[.!?]$", told.Message);
        }
    }

    private void AssertNothingOfOthers(Told told, string except)
    {
        var heard = string.Concat(Model.Asked.Select(one => one.GetRawText()))
            .Replace(except, "", StringComparison.Ordinal);
        var shown = string.Concat(
            told.Events.Where(one => one.Type is "text" or "citation" or "notice" or "proposal")
                .Select(one => one.Data.GetRawText())
        );
        foreach (var name in Others.Where(name => !except.Contains(name, StringComparison.Ordinal)))
        {
            Assert.DoesNotContain(name, heard, StringComparison.Ordinal);
            Assert.DoesNotContain(name, shown, StringComparison.Ordinal);
        }
    }
}

/// <summary>A program before a scripted model, and somebody who may propose for one tenant alone.</summary>
public sealed class WorstModelApp : IAsyncLifetime
{
    private ConfiguredApp? app;

    internal ScriptedModel Model { get; private set; } = null!;

    internal HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Model = await ScriptedModel.StartAsync(_ => (200, ""));
        app = await Asking.StartAsync(Model);
        await app.FleetIsKnownAsync();
        (_, Client) = await app.ProgramAsync("operator", ["rentguy"], "read", "propose");
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (app is not null)
        {
            await app.DisposeAsync();
        }
        await Model.DisposeAsync();
    }
}
