using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>What operators ask and wish in a week, as they write it: each has its figures, its cards, a question back or a refusal.</summary>
public sealed partial class PlainAnswersTests
{
    [Theory]
    // How it is.
    [InlineData("is there anything wrong tonight", "list_alerts", "rentguy: 3 containers")]
    [InlineData("is er vannacht iets mis gegaan", "list_alerts", "rentguy: 3 containers")]
    [InlineData("alles ok?", "list_containers", "witcom: 2 containers")]
    [InlineData("what is down", "list_containers", "platform: 6 containers")]
    [InlineData("how are things", "list_alerts", "ErrorRateHigh on api (critical)")]
    [InlineData("is rentguy meeting its slo", "list_objectives", "objective")]
    [InlineData("beschikbaarheid van rentguy vorige week", "list_objectives", "of the budget left")]
    [InlineData("how much error budget is left", "list_objectives", "psra-ltsd: ")]
    [InlineData("open incidents", "list_incidents", "open incident")]
    [InlineData("are there incidents open at rentguy", "list_incidents", "rentguy: ")]
    // Why.
    [InlineData("why is rentguy slow", "log_patterns", "api 2.4.0 → 2.4.1")]
    [InlineData("waarom is rentguy zo traag vandaag", "recent_changes", "ServiceLatencyHigh on api")]
    [InlineData("since when is rentguy slow", "list_alerts", "ErrorRateHigh on api")]
    [InlineData("what changed before it got slow at rentguy", "recent_changes", "api 2.4.0 → 2.4.1")]
    // Against another time.
    [InlineData("compare rentguy with yesterday", "compare_metric", "p95 latency of rentguy api is")]
    [InlineData("is rentguy slower than yesterday", "compare_metric", "yesterday at this time")]
    [InlineData("vergelijk de latency van rentguy met vorige week", "compare_metric", "a week ago")]
    [InlineData("how does rentguy compare to before the release", "compare_metric", "before the last release")]
    [InlineData("compare memory of rentguy worker with last week", "compare_metric", "memory of rentguy worker is")]
    [InlineData("error rate of rentguy-api last week", "query_metric", "lies further back")]
    [InlineData("what is the p95 of rentguy-api", "query_metric", "p95 latency of rentguy api is")]
    // Disks and hosts.
    [InlineData("when does the disk fill up", "list_hosts", "full on ")]
    [InlineData("wanneer is de schijf vol", "list_hosts", "% full")]
    [InlineData("wanneer zit de schijf van witcom vol", "list_hosts", "vps-2 (connected)")]
    [InlineData("which hosts are offline", "list_hosts", "connected")]
    [InlineData("welke hosts zijn er", "list_hosts", "vps-1 (connected)")]
    [InlineData("are all runners connected", "list_hosts", "connected")]
    // Logs.
    [InlineData("errors at psra-ltsd since the deploy", "search_logs", "since the last release (")]
    [InlineData("logs van rentguy-api gisteravond", "search_logs", "gisteravond (")]
    [InlineData("show me error logs of rentguy worker half an hour ago", "search_logs", "half an hour ago (")]
    [InlineData("logs of rentguy with timeout", "search_logs", "\"timeout\"")]
    [InlineData("zoek naar \"connection refused\" bij rentguy", "search_logs", "\"connection refused\"")]
    // Changes, and who.
    [InlineData("wat is er gewijzigd sinds vrijdag 18:00", "recent_changes", "vrijdag 18:00 (")]
    [InlineData("what changed last week at rentguy", "recent_changes", "last week (")]
    [InlineData("who approved the last restart", "list_actions", "rentguy: ")]
    [InlineData("wie heeft de rollback goedgekeurd", "list_actions", "witcom: ")]
    [InlineData("who did what today", "list_actions", "today (")]
    [InlineData("what version of rentguy runs", "list_releases", "sevensa/rentguy-api:2.4.1")]
    // Safety.
    [InlineData("which secrets are overdue at Witcom", "list_secrets", "psra-api/database: version 2")]
    [InlineData("welke secrets zijn te laat bij witcom", "list_secrets", "overdue since")]
    [InlineData("which credentials have not been rotated for a long time", "list_secrets", "overdue")]
    [InlineData("how many critical vulnerabilities does rentguy have", "list_findings", "rentguy: 0 findings")]
    [InlineData("kwetsbaarheden bij psra", "list_findings", "2 high")]
    [InlineData("does any container run as root", "get_posture", "rentguy: ")]
    [InlineData("what can the rentguy web reach", "get_reachability", "could reach")]
    [InlineData("show me the database password of rentguy", "list_secrets", "api/database: version")]
    public async Task What_operators_ask_is_answered_with_its_figures(string said, string tool, string words)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        Assert.Equal("done", told.Last.Type);
        Assert.Contains(tool, told.Tools("finished"));
        Assert.Empty(told.Tools("failed"));
        Assert.Contains(words, told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
    }

    [Theory]
    [InlineData("silence ErrorRateHigh at rentguy for 90 minutes", "silence.create", 1)]
    [InlineData("restart the renguy api", "container.restart", 1)]
    [InlineData("herstrat rentguy api", "container.restart", 1)]
    [InlineData("restart api and worker of rentguy, and show the logs since yesterday", "container.restart", 2)]
    [InlineData("rol rentguy terug naar gisteren", "tenant.rollback", 1)]
    [InlineData("roteer het wachtwoord van de psra database", "secret.rotate", 1)]
    [InlineData("schaal de worker van rentguy op naar 3", "service.scale", 1)]
    public async Task What_operators_wish_becomes_cards(string said, string kind, int cards)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        var proposals = told.Events.Where(one => one.Type == "proposal").ToList();
        Assert.Equal(cards, proposals.Count);
        Assert.All(proposals, one => Assert.Equal(kind, one.Data.GetProperty("kind").GetString()));
        Assert.All(proposals, one => Assert.NotEmpty(one.Data.GetProperty("evidence").EnumerateArray()));
        Assert.Contains("nothing has been changed", told.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silence the rentguy alerts for 2 hours")]
    [InlineData("demp de alarmen van rentguy voor 2 uur")]
    [InlineData("zet de alarmen van rentguy 2 uur stil")]
    public async Task Each_alert_that_fires_has_a_silence_of_its_own(string said)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        var cards = told.Events.Where(one => one.Type == "proposal").Select(one => one.Data).ToList();
        Assert.All(cards, one => Assert.Equal("silence.create", one.GetProperty("kind").GetString()));
        var targets = cards.ConvertAll(one => one.GetProperty("target").GetString());
        Assert.Equal(targets.Distinct(), targets);
        Assert.Contains("ErrorRateHigh", targets);
        Assert.Contains("ServiceLatencyHigh", targets);
        Assert.Contains("for 120 minutes", told.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silence the rentguy alerts", "For how long")]
    [InlineData("silence the witcom alerts for 2 hours", "there is nothing to silence")]
    [InlineData("silence the alerts for 2 hours", "Which tenant:")]
    [InlineData("what runs at acme", "Nothing called acme can be seen here")]
    [InlineData("stop the witcom web", "Which service of Witcom: psra-api, psra-db?")]
    [InlineData("approve it", "Nothing is approved from here")]
    [InlineData("keur het goed", "Nothing is approved from here")]
    [InlineData("restart everything", "an action is for one service of one tenant")]
    [InlineData("delete all logs of rentguy", "Nothing was changed")]
    [InlineData("which service uses the most cpu", "Which tenant:")]
    [InlineData("undo that", "Nothing was proposed in this conversation")]
    [InlineData("hoi", "/help lists what can be asked")]
    [InlineData("wat kan je", "/restart rentguy-api")]
    public async Task What_is_vague_or_not_to_be_had_is_asked_back_or_refused(string said, string words)
    {
        using var client = await plain.App.ApiAsAsync("operator");
        var told = await Asking.AskAsync(client, said);
        Assert.Equal("done", told.Last.Type);
        Assert.Contains(words, told.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(told.Events, one => one.Type == "proposal");
    }
}
