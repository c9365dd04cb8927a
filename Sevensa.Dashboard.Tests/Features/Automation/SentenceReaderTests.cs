using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What common sentences are read as, and that what is not understood is told.</summary>
public sealed partial class SentenceReaderTests
{
    private static readonly Tenant[] tenants =
    [
        new("rentguy", "RentGuy", "#000000", ["api", "web", "worker"], []),
        new("psra-ltsd", "PSRA LTSD", "#000000", ["api", "certificate-worker", "web"], []),
        new("platform", "Platform", "#000000", ["traefik"], []),
    ];

    private static Task<SentenceReading> ReadAsync(string text, string? tenant = null, params string[] names) =>
        new SentenceReader(
            new ScriptedMetrics(),
            new MetricNames("http_requests_total", "code=~\"5..\"", "r", "d", "ws", "limit", "up"),
            new NamedMetrics(names),
            new StubScopes()
        ).ReadAsync(text, tenants, tenant, TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_worker_whose_queue_is_stuck()
    {
        var read = await ReadAsync(
            "restart the RentGuy worker when its queue is stuck for 10 minutes, at most twice a day, never during office hours",
            names: ["up", "rentguy_jobs_queue_length"]
        );
        Assert.Empty(read.Unread);
        Assert.Empty(read.Missing);
        var wish = read.Wish;
        Assert.Equal(
            ("rentguy", "worker", "container.restart", "10m"),
            (wish.Tenant, Assert.Single(wish.Services!), wish.Action!.Kind, wish.For)
        );
        Assert.Equal((2, 2), (wish.Budget!.PerHour, wish.Budget.PerDay));
        var window = Assert.Single(wish.Windows!.Forbidden!);
        Assert.Equal(("09:00", "17:00", 5), (window.From, window.To, window.Days!.Count));
        Assert.Equal(TriggerKind.Metric, wish.Trigger!.Kind);
        Assert.Contains(
            "rentguy_jobs_queue_length{service=\"worker\"} offset 10m",
            wish.Trigger.Query,
            StringComparison.Ordinal
        );
        Assert.Contains(read.Notes, note => note.Contains("09:00", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        "herstart de RentGuy worker als hij 5 minuten lang ongezond is, maximaal drie keer per dag, nooit tijdens kantooruren",
        "container.restart",
        "container",
        "5m",
        3
    )]
    [InlineData(
        "Restart rentguy-api if it is unhealthy for 3 minutes, at most once per hour",
        "container.restart",
        "container",
        "3m",
        24
    )]
    [InlineData(
        "roll back the certificate-worker when it keeps crashing, at most once a day",
        "service.rollback",
        "container",
        null,
        1
    )]
    [InlineData(
        "scale the RentGuy web to 3 replicas when p95 latency is above 800 ms for 10 minutes, no more than 2 times a day",
        "service.scale",
        "metric",
        "10m",
        2
    )]
    [InlineData(
        "restart traefik when a certificate expires within 7 days, max once a day",
        "container.restart",
        "metric",
        null,
        1
    )]
    [InlineData(
        "restart RentGuy api when the alert HighErrorRate fires for 5 minutes, at most twice a day",
        "container.restart",
        "alert",
        "5m",
        2
    )]
    [InlineData(
        "restart RentGuy api when its logs show more than 20 errors within 5 minutes, at most twice a day",
        "container.restart",
        "logs",
        null,
        2
    )]
    [InlineData(
        "restart RentGuy worker every night at 03:00, at most once a day",
        "container.restart",
        "schedule",
        null,
        1
    )]
    [InlineData(
        "restart RentGuy api when it restarts more than 3 times in 10 minutes, at most once a day",
        "container.restart",
        "container",
        null,
        1
    )]
    [InlineData(
        "restart RentGuy api when memory is above 90% for 15 minutes, at most once a day, only between 22:00 and 06:00",
        "container.restart",
        "metric",
        "15m",
        1
    )]
    [InlineData(
        "start RentGuy web when it is not running for 2 minutes, at most twice a day, wait 30 minutes between restarts",
        "container.start",
        "container",
        "2m",
        2
    )]
    [InlineData(
        "restart RentGuy api when it runs out of memory, at most twice a day, never in the weekend",
        "container.restart",
        "container",
        null,
        2
    )]
    public async Task Common_forms_are_read_whole(string text, string kind, string trigger, string? lasting, int perDay)
    {
        var read = await ReadAsync(text);
        Assert.Empty(read.Unread);
        Assert.Empty(read.Missing);
        Assert.Equal(
            (kind, trigger, lasting, perDay),
            (
                read.Wish.Action!.Kind,
                JsonNamingPolicy.CamelCase.ConvertName(read.Wish.Trigger!.Kind.ToString()!),
                read.Wish.For,
                read.Wish.Budget!.PerDay
            )
        );
        Assert.NotEmpty(read.Wish.Services!);
    }

    [Fact]
    public async Task What_is_not_understood_is_told_in_its_own_words()
    {
        var read = await ReadAsync(
            "restart the RentGuy api when it is unhealthy for 3 minutes unless Mercury is in retrograde, at most twice a day"
        );
        Assert.Equal(["unless Mercury is in retrograde"], read.Unread);
        Assert.Empty(read.Missing);
    }

    [Fact]
    public async Task What_it_does_not_say_is_named()
    {
        var read = await ReadAsync("make the api feel better when it is sad");
        Assert.Equal(["tenant", "action", "trigger"], read.Missing);
        Assert.NotEmpty(read.Unread);
    }

    [Fact]
    public async Task A_service_that_two_tenants_have_is_no_ones_until_one_is_named()
    {
        const string text = "restart the web when it is unhealthy for 3 minutes, at most once a day";
        Assert.Equal(["tenant"], (await ReadAsync(text)).Missing);
        var chosen = await ReadAsync(text, "rentguy");
        Assert.Equal(("rentguy", "web"), (chosen.Wish.Tenant, Assert.Single(chosen.Wish.Services!)));
        Assert.Empty(chosen.Unread);
    }

    [Theory]
    [InlineData("never between 9 and 17 on weekdays", "09:00", "17:00", 5, false)]
    [InlineData("only at night", "22:00", "06:00", 0, true)]
    [InlineData("not on Monday and Friday", "00:00", "00:00", 2, false)]
    [InlineData("only between 10 pm and 6 am", "22:00", "06:00", 0, true)]
    public async Task Windows_are_read(string said, string from, string to, int days, bool only)
    {
        var read = await ReadAsync(
            $"restart RentGuy api when it is unhealthy for 3 minutes, {said}, at most once a day"
        );
        Assert.Empty(read.Unread);
        var window = Assert.Single(only ? read.Wish.Windows!.Allowed! : read.Wish.Windows!.Forbidden!);
        Assert.Equal((from, to, days), (window.From, window.To, window.Days!.Count));
    }

    [Theory]
    [InlineData("restart RentGuy worker every night at 25:00, at most once a day")]
    [InlineData("restart RentGuy worker every night at 24:30, at most once a day")]
    [InlineData("restart RentGuy worker every day at 12:60, at most once a day")]
    [InlineData("restart RentGuy worker every day at 13 pm, at most once a day")]
    [InlineData("restart RentGuy worker every blursday at 03:00, at most once a day")]
    [InlineData("restart RentGuy worker every monday at 0 pm, at most once a day")]
    public async Task A_time_that_there_is_not_is_no_time(string text)
    {
        var read = await ReadAsync(text);
        Assert.Contains("trigger", read.Missing);
        Assert.NotEmpty(read.Unread);
    }

    [Theory]
    [InlineData("never between 25:00 and 06:00")]
    [InlineData("never between 09:00 and 12:60")]
    [InlineData("never between 24:30 and 06:00")]
    [InlineData("never between 09:00 and 09:00")]
    [InlineData("not on blursday")]
    [InlineData("at most -2 times a day")]
    [InlineData("at most 2.5 times a day")]
    [InlineData("at most zero times a day")]
    [InlineData("at most 0 times a day")]
    [InlineData("at most twice a day, at most 3 times a day")]
    [InlineData("for -5 minutes")]
    [InlineData("for 1:30 hours")]
    [InlineData("wait -10 minutes between restarts")]
    public async Task A_bound_that_can_not_be_is_told_and_not_bent(string said)
    {
        var read = await ReadAsync($"restart RentGuy api when it is unhealthy, {said}");
        Assert.NotEmpty(read.Unread);
    }

    [Theory]
    [InlineData("restart RentGuy api when memory is above 150%, at most once a day")]
    [InlineData("scale the RentGuy web to 2.5 replicas when it is unhealthy, at most once a day")]
    [InlineData("scale the RentGuy web to -2 replicas when it is unhealthy, at most once a day")]
    [InlineData("restart RentGuy api when it restarts more than 2.5 times in 10 minutes, at most once a day")]
    [InlineData("restart RentGuy api when its logs show more than 2.5 errors within 5 minutes, at most once a day")]
    public async Task A_figure_that_can_not_be_is_told_and_not_bent(string text)
    {
        var read = await ReadAsync(text);
        Assert.True(read.Unread.Count + read.Missing.Count > 0, JsonSerializer.Serialize(read.Wish));
    }

    [Theory]
    [InlineData("its queue is above 1,500 messages")]
    [InlineData("its queue is above 1.500 messages")]
    [InlineData("its queue is above 1,500,000 messages")]
    [InlineData("its p95 latency is above 1,500 ms")]
    [InlineData("its cpu is above 1.500 cores")]
    public async Task A_number_that_two_read_otherwise_is_read_as_neither(string said)
    {
        var read = await ReadAsync($"restart RentGuy worker when {said}, at most once a day");
        Assert.True(read.Missing.Contains("trigger"), JsonSerializer.Serialize(read.Wish));
    }

    [Theory]
    [InlineData("its queue is above 1500 messages", "> 1500")]
    [InlineData("its queue is above 1.5 messages", "> 1.5")]
    [InlineData("its p95 latency is above 0.125 seconds", "> 0.125")]
    [InlineData("its cpu is above 2,25 cores", "> 2.25")]
    public async Task A_number_that_all_read_alike_is_read(string said, string end) =>
        Assert.EndsWith(
            end,
            (await ReadAsync($"restart RentGuy worker when {said}, at most once a day")).Wish.Trigger!.Query,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("every monday at 24:00")]
    [InlineData("every weekday at 24:00")]
    [InlineData("every zondag at 24 uur")]
    public async Task The_end_of_a_day_with_a_name_is_not_its_beginning(string said) =>
        Assert.Contains("trigger", (await ReadAsync($"restart RentGuy worker {said}, at most once a day")).Missing);

    [Theory]
    [InlineData("its error rate is above 5%", "> 0.05")]
    [InlineData("its p95 latency is above 800 ms", "> 0.8")]
    [InlineData("its memory is above 90%", "> 0.9")]
    [InlineData("its cpu is above 2 cores", "> 2")]
    public async Task What_the_dashboard_asks_itself_makes_a_policy(string said, string end)
    {
        await using var shop = new PolicyShop();
        var queries = new ServiceQueries(Options.Create(new MetricsOptions()));
        shop.Metrics.Figures = metric => queries.Of(metric);
        var policy = await shop.Drafts.DraftAsync(
            Callers.Operator,
            $"restart the RentGuy api when {said} for 5 minutes, at most once a day",
            null,
            save: true,
            TestContext.Current.CancellationToken
        );
        Assert.EndsWith(end, policy.Trigger!.Query, StringComparison.Ordinal);
        // Another's unless is refused as before, also around it.
        await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            shop.Desk.AddAsync(
                Callers.Operator,
                PolicyShop.Wish($"{policy.Trigger.Query} unless up > 0"),
                TestContext.Current.CancellationToken
            )
        );
    }

    [Theory]
    [InlineData("every day at 24:00", "0 0 * * *")]
    [InlineData("every day at 12 am", "0 0 * * *")]
    [InlineData("every day at midnight", "0 0 * * *")]
    [InlineData("every monday at 5 pm", "0 17 * * 1")]
    public async Task Midnight_has_its_names(string said, string cron) =>
        Assert.Equal(cron, (await ReadAsync($"restart RentGuy worker {said}, at most once a day")).Wish.Trigger?.Cron);

    [Fact]
    public async Task A_long_text_of_nonsense_is_read_in_no_time()
    {
        var text = string.Concat(Enumerable.Repeat("monday and never between 9 a an at most ", 24));
        using var patience = new CancellationTokenSource(Patience.Usual);
        var read = await ReadAsync(text).WaitAsync(patience.Token);
        Assert.NotEmpty(read.Missing);
    }

    [Theory]
    [InlineData("between 22:00 and 06:00", "22:00", "06:00")]
    [InlineData("tussen 22:00 en 06:00", "22:00", "06:00")]
    [InlineData("from 10 pm to 6 am", "22:00", "06:00")]
    public async Task A_time_that_is_only_said_is_when_it_is_done(string said, string from, string to)
    {
        var read = await ReadAsync(
            $"restart RentGuy api when it is unhealthy for 3 minutes, {said}, at most once a day"
        );
        Assert.Empty(read.Unread);
        Assert.Empty(read.Wish.Windows!.Forbidden!);
        var window = Assert.Single(read.Wish.Windows.Allowed!);
        Assert.Equal((from, to), (window.From, window.To));
        Assert.Contains(read.Notes, note => note.Contains("only then", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("but never restart it between 22:00 and 06:00")]
    [InlineData("between 22:00 and 06:00 never")]
    [InlineData("unless it is between 22:00 and 06:00")]
    [InlineData("maar herstart hem niet tussen 22:00 en 06:00")]
    [InlineData("between 1 and 6")]
    public async Task A_time_that_is_denied_is_not_read_as_allowed(string said)
    {
        var read = await ReadAsync(
            $"restart RentGuy api when it is unhealthy for 3 minutes, {said}, at most once a day"
        );
        Assert.Empty(read.Wish.Windows?.Allowed ?? []);
        Assert.NotEmpty(read.Unread);
    }

    [Theory]
    [InlineData(
        "herstart de RentGuy worker als zijn wachtrij 10 minuten vastzit, hoogstens twee keer per dag, nooit tijdens kantooruren",
        "container.restart",
        "metric",
        "10m"
    )]
    [InlineData(
        "start de RentGuy web als hij 2 minuten niet draait, hoogstens twee keer per dag",
        "container.start",
        "container",
        "2m"
    )]
    [InlineData(
        "herstart de RentGuy api als hij steeds crasht, hoogstens een keer per dag",
        "container.restart",
        "container",
        null
    )]
    [InlineData(
        "draai de RentGuy api terug na een slechte deploy, hoogstens twee keer per dag",
        "service.rollback",
        "watch",
        null
    )]
    [InlineData(
        "herstart traefik als zijn certificaat binnen 7 dagen verloopt, hoogstens een keer per dag",
        "container.restart",
        "metric",
        null
    )]
    [InlineData(
        "schaal de RentGuy api op naar 3 als zijn host 5 minuten weg is, hoogstens een keer per dag",
        "service.scale",
        "host",
        "5m"
    )]
    [InlineData(
        "roll back the RentGuy api when its deploy made it worse, at most twice a day",
        "service.rollback",
        "watch",
        null
    )]
    [InlineData("roll the RentGuy api back after a bad deploy, at most twice a day", "service.rollback", "watch", null)]
    [InlineData(
        "scale the RentGuy api to 2 on host vps-2 when its host is away for 5 minutes, at most once a day",
        "service.scale",
        "host",
        "5m"
    )]
    [InlineData(
        "scale the RentGuy api before the daily peak, 50 requests per second per container, between 1 and 6 containers, at most 8 times a day",
        "service.scale",
        "forecast",
        null
    )]
    public async Task More_forms_are_read_whole_in_both_languages(
        string text,
        string kind,
        string trigger,
        string? lasting
    )
    {
        var read = await ReadAsync(text, names: ["up", "rentguy_jobs_queue_length"]);
        Assert.Empty(read.Unread);
        Assert.Empty(read.Missing);
        Assert.Equal(
            (kind, trigger, lasting),
            (
                read.Wish.Action!.Kind,
                JsonNamingPolicy.CamelCase.ConvertName(read.Wish.Trigger!.Kind.ToString()!),
                read.Wish.For
            )
        );
        Assert.NotEmpty(read.Wish.Services!);
    }

    [Theory]
    [InlineData("only while `up == 1`")]
    [InlineData("but only if `up == 1` holds")]
    [InlineData("alleen zolang `up == 1`")]
    public async Task What_must_hold_besides_is_read_as_a_condition(string said)
    {
        var read = await ReadAsync(
            $"restart RentGuy api when `queue_length > 10` for 5 minutes, {said}, at most once a day"
        );
        Assert.Empty(read.Unread);
        Assert.Equal("queue_length > 10", read.Wish.Trigger!.Query);
        Assert.Equal("up == 1", Assert.Single(read.Wish.Conditions!).Query);
    }

    [Fact]
    public async Task What_must_hold_is_what_is_looked_at_where_nothing_else_is_said()
    {
        var read = await ReadAsync("restart RentGuy api only if `up == 0` for 5 minutes, at most once a day");
        Assert.Empty(read.Unread);
        Assert.Empty(read.Missing);
        Assert.Equal(("up == 0", "5m"), (read.Wish.Trigger!.Query, read.Wish.For));
        Assert.Null(read.Wish.Conditions);
    }

    [Fact]
    public async Task What_one_carries_and_how_many_there_may_be_is_read_with_the_peak()
    {
        var read = await ReadAsync(
            "scale the RentGuy api before the daily peak, 50 requests per second per container, up to 6 containers, at most 8 times a day"
        );
        Assert.Empty(read.Unread);
        var trigger = read.Wish.Trigger!;
        Assert.Equal("sum by (service) (rate(http_requests_total{service=\"api\"}[5m]))", trigger.Query);
        Assert.Equal(50.0, trigger.Scale!.PerReplica);
        Assert.Null(trigger.Scale.Min);
        Assert.Equal(6, trigger.Scale.Max);
        // How many is worked out.
        Assert.Null(read.Wish.Action!.Parameters);
    }

    [Theory]
    [InlineData("remove unused images of RentGuy on host vps-1 when a disk is more than 85% full, at most once a day")]
    [InlineData("verwijder ongebruikte images van RentGuy op host vps-1 als de schijf voor meer dan 85% vol is")]
    [InlineData("ruim oude images van RentGuy op host vps-1 op als de schijf vol raakt, hoogstens een keer per dag")]
    public async Task Images_that_go_are_all_that_nobody_needs_on_the_host_that_is_said(string text)
    {
        var read = await ReadAsync(text);
        Assert.Empty(read.Unread);
        var action = read.Wish.Action!;
        Assert.Equal(("image.prune", "unused"), (action.Kind, action.Target));
        Assert.Equal("vps-1", action.Parameters!.Value.GetProperty("host").GetString());
    }

    [Theory]
    [InlineData("remove unused images of RentGuy on the server when a disk is more than 85% full, at most once a day")]
    [InlineData("verwijder ongebruikte images van RentGuy op de server als de schijf vol raakt")]
    public async Task What_follows_a_host_without_a_name_is_none(string text)
    {
        var read = await ReadAsync(text);
        Assert.Null(read.Wish.Action!.Parameters);
        Assert.NotEmpty(read.Unread);
    }

    private sealed class NamedMetrics(IReadOnlyList<string> names) : IPrometheusFacts
    {
        public Task<IReadOnlyList<string>> LabelValuesAsync(
            TenantScope scope,
            string label,
            string? selector,
            CancellationToken cancellation
        ) => Task.FromResult(names);

        public Task<IReadOnlyList<PrometheusRuleGroup>> RulesAsync(TenantScope scope, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<PrometheusAlert>> AlertsAsync(TenantScope scope, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<PrometheusTarget>> TargetsAsync(TenantScope scope, CancellationToken cancellation) =>
            throw new NotSupportedException();

        public Task<IReadOnlyDictionary<string, MetricMetadata>> MetadataAsync(
            TenantScope scope,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<string>> LabelsAsync(
            TenantScope scope,
            string? selector,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(
            TenantScope scope,
            string selector,
            DateTimeOffset from,
            DateTimeOffset to,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<ExemplarSeries>> ExemplarsAsync(
            TenantScope scope,
            string promQl,
            DateTimeOffset from,
            DateTimeOffset to,
            CancellationToken cancellation
        ) => throw new NotSupportedException();
    }
}
