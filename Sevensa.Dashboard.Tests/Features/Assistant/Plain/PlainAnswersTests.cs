using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Components;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>The console without a model: the same tools, evidence and proposals.</summary>
public sealed partial class PlainAnswersTests(PlainApp plain) : IClassFixture<PlainApp>
{
    [Theory]
    [InlineData("/restart rentguy-api", "container.restart", "rentguy", "query_metric")]
    [InlineData("herstart de API van RentGuy", "container.restart", "rentguy", "query_metric")]
    [InlineData("/rollback rentguy-api before the last deploy", "service.rollback", "rentguy", "find_releases")]
    [InlineData("scale the rentguy worker to 3", "service.scale", "rentguy", "query_metric")]
    public async Task A_change_is_proposed_with_what_was_seen(string said, string kind, string tenant, string tool)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        var proposal = Assert.Single(told.Events, one => one.Type == "proposal").Data;
        Assert.Equal(kind, proposal.GetProperty("kind").GetString());
        Assert.Equal(tenant, proposal.GetProperty("tenant").GetString());
        Assert.Equal("proposed", proposal.GetProperty("state").GetString());
        Assert.NotEmpty(proposal.GetProperty("evidence").EnumerateArray());
        Assert.Contains(tool, told.Tools("finished"));
        Assert.Contains("It waits for a person's approval", told.Text, StringComparison.Ordinal);
        Assert.Equal("done", told.Last.Type);
    }

    [Theory]
    [InlineData("/logs psra-ltsd error 1h", "search_logs")]
    [InlineData("laat de fouten van rentguy zien sinds gisteren", "search_logs")]
    [InlineData("/health", "list_containers")]
    [InlineData("/why rentguy-api", "recent_changes")]
    [InlineData("wat draait er bij witcom", "list_containers")]
    [InlineData("overdue secrets", "list_secrets")]
    [InlineData("critical CVEs", "list_findings")]
    [InlineData("what changed last night", "recent_changes")]
    [InlineData("how much memory does the rentguy api use", "query_metric")]
    [InlineData("which alerts fire at rentguy", "list_alerts")]
    [InlineData("what ran at rentguy yesterday", "find_releases")]
    public async Task A_question_is_answered_with_its_evidence(string said, string tool)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        Assert.Contains(tool, told.Tools("finished"));
        Assert.Empty(told.Tools("failed"));
        Assert.NotEmpty(told.Text);
        Assert.Equal("done", told.Last.Type);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
    }

    [Theory]
    [InlineData("restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day")]
    [InlineData("herstart de worker van RentGuy als hij ongezond is, hoogstens twee keer per dag")]
    public async Task What_is_to_be_done_from_now_on_is_a_policy_and_nothing_that_is_done_now(string said)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        var proposal = Assert.Single(told.Events, one => one.Type == "proposal").Data;
        Assert.Equal("policy.draft", proposal.GetProperty("kind").GetString());
        Assert.Contains("It is read as: Restart worker of rentguy", told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_wishes_are_several_cards_and_none_is_dropped_in_silence()
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(
            client,
            "stop the rentguy worker, restart the psra-ltsd api and fold the laundry of psra-ltsd"
        );
        Assert.Equal(2, told.Events.Count(one => one.Type == "proposal"));
        Assert.Contains("nothing was done about it: \"fold the laundry", told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_understood_is_said_too_where_the_rest_was_proposed_before()
    {
        using var client = await plain.App.ApiAsAsync("operator");
        await Asking.AskAsync(client, "restart the witcom psra-api");
        var told = await Asking.AskAsync(client, "restart the witcom psra-api and fold the laundry of witcom");
        Assert.Contains(
            "nothing was done about it: \"fold the laundry of witcom\"",
            told.Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_others_wrote_is_shown_as_they_wrote_it()
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var entry = new ChatEntry("assistant");
        entry.Add(new TextEvent((await Asking.AskAsync(client, "/why rentguy-api")).Text));
        Assert.DoesNotContain("<em>", entry.Html(), StringComparison.Ordinal);
        Assert.Contains("&lt;_&gt;", entry.Html(), StringComparison.Ordinal);
        Assert.Contains("<p>If the last release is the cause", entry.Html(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proposal_that_waits_is_told_with_its_page()
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var made = await Asking.AskAsync(client, "/restart psra-ltsd-web");
        var id = Assert.Single(made.Events, one => one.Type == "proposal").Data.GetProperty("id").GetString();
        var undo = await Asking.AskAsync(client, "/undo", made.Conversation);
        foreach (var told in (Told[])[undo, await Asking.AskAsync(client, "/approvals psra-ltsd")])
        {
            var page = Assert.Single(
                told.Events,
                one => one.Type == "citation" && one.Data.GetProperty("link").GetString() == $"/approvals/{id}"
            );
            Assert.Contains($"[{page.Data.GetProperty("number")}]", told.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("restart the api", "Which tenant: PSRA-LTSD, RentGuy")]
    [InlineData("restart rentguy", "Which service of RentGuy: api, web, worker, db?")]
    [InlineData("Get me logs for the last 30 minutes", "Which tenant:")]
    [InlineData("restart the checkout-service", "Nothing called checkout-service")]
    [InlineData("delete the rentguy database", "Nothing was changed")]
    [InlineData("restart the rentguy api tomorrow at 03:00", "can't be set for \"tomorrow at 03:00\"")]
    [InlineData("restart the rentguy api if it is unhealthy", "can't wait for \"if it is unhealthy\"")]
    [InlineData(
        "restart the rentguy api and the worker if the queue is full",
        "can't wait for \"if the queue is full\""
    )]
    [InlineData("stop the rentguy api after you restart the worker", "can't wait for \"after you restart the worker\"")]
    [InlineData("I need the rentguy api restarted at 23:00", "can't be set for \"23:00\"")]
    [InlineData("restart the rentguy api behind the worker", "which of them is meant is not clear")]
    [InlineData("restart the rentguy api, no wait, the worker", "takes back part of what it says")]
    [InlineData("roll rentguy back to 31 february", "\"31 february\" can't be read as a time")]
    [InlineData("roll back rentguy to the version before friday", "which moment is meant is not clear")]
    [InlineData("roll back rentguy friday 18:00", "or with \"to friday 18:00\"")]
    [InlineData("stop the rentguy worker for 2h", "can't be set for \"2h\"")]
    [InlineData("/restrat", "no command /restrat")]
    [InlineData("/undo", "Nothing was proposed in this conversation")]
    public async Task What_is_unclear_or_can_not_be_is_said_and_nothing_proposed(string said, string answer)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        Assert.Contains(answer, told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
    }

    [Fact]
    public async Task An_answer_to_a_question_back_goes_on()
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var asked = await Asking.AskAsync(client, "herstart de web");
        Assert.DoesNotContain(asked.Events, one => one.Type == "proposal");
        var told = await Asking.AskAsync(client, "RentGuy", asked.Conversation);
        Assert.Single(told.Events, one => one.Type == "proposal");
        var undo = await Asking.AskAsync(client, "undo that", asked.Conversation);
        Assert.Contains("has not been done", undo.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_no_model_answers_is_told_in_its_words_and_a_command_needs_none()
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, "what is running at rentguy");
        var notice = Assert.Single(told.Events, one => one.Type == "notice").Data.GetProperty("message").GetString()!;
        Assert.StartsWith("Ollama can't be reached: Connection refused", notice, StringComparison.Ordinal);
        Assert.Contains("Ollama:Url", notice, StringComparison.Ordinal);
        Assert.DoesNotContain((await Asking.AskAsync(client, "/help")).Events, one => one.Type == "notice");
    }

    [Fact]
    public async Task Who_may_only_look_is_told_so()
    {
        using var client = await plain.App.ApiAsAsync("viewer");
        var told = await Asking.AskAsync(client, "/restart rentguy-api");
        Assert.Contains("you may look here, and not propose", told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
    }
}

/// <summary>The program before a model that is not there.</summary>
public sealed class PlainApp : IAsyncLifetime
{
    internal ConfiguredApp App { get; } = new(("Ollama:Url", "http://127.0.0.1:9"), ("Ollama:Model", "m"));

    /// <summary>Until the hosts have told what they run.</summary>
    public async ValueTask InitializeAsync()
    {
        await App.InitializeAsync();
        await App.FleetIsKnownAsync();
    }

    public async ValueTask DisposeAsync() => await App.DisposeAsync();
}
