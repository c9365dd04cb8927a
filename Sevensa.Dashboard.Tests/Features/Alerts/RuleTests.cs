using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

public class RuleTests
{
    private static readonly TenantScope RentGuy = new(["rentguy"]);
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private static CheckedRule Checked(RuleDraft draft) => CheckedRule.Of(draft, RentGuy, "rentguy");

    private static RuleDraft Draft(string expr = "up == 0", string wait = "5m", string? keep = null) =>
        new("Down", expr, wait, keep);

    [Fact]
    public void A_rule_reads_its_tenants_series_and_its_alerts_are_its_tenants()
    {
        var rule = Checked(
            Draft("rate(errors_total[5m]) / on (service) up > 1") with
            {
                Summary = "{{ $labels.service }} at {{ $value | humanize }}",
            }
        );
        Assert.Equal(2, rule.Query.Text.Split("tenant=\"rentguy\"").Length - 1);
        Assert.Equal("rentguy", rule.Labels["tenant"]);
        Assert.Equal("warning", rule.Labels["severity"]);
        Assert.Equal(TimeSpan.FromMinutes(5), rule.ForSpan);
    }

    [Fact]
    public void What_is_in_the_scope_already_gets_no_second_matcher()
    {
        var once = Checked(Draft("sum(rate(errors_total[5m])) / sum(up) > 1"));
        var twice = Checked(Draft(once.Query.Text));
        Assert.Equal(once.Query.Text, twice.Query.Text);
        // One selector without it is enough to be scoped anew.
        Assert.Equal(
            2,
            Checked(Draft("up{tenant=\"rentguy\"} + on () errors")).Query.Text.Split("tenant=\"rentguy\"").Length - 1
        );
    }

    [Theory]
    [InlineData("{{ query \"up{tenant='witcom'}\" }}")]
    [InlineData("{{ range query \"up\" }}{{ .Labels.tenant }}{{ end }}")]
    [InlineData("{{ with query \"up\" }}{{ . | first | value }}{{ end }}")]
    [InlineData("{{ $externalLabels.cluster }}")]
    [InlineData("{{ $labels.a }} {{ template \"x\" }}")]
    [InlineData("{{ $value | query }}")]
    [InlineData("{{")]
    public void An_annotation_cannot_ask_past_the_scope(string text)
    {
        Assert.Throws<UnfitRuleException>(() => Checked(Draft() with { Summary = text }));
        Assert.Throws<UnfitRuleException>(() => Checked(Draft() with { Description = text }));
        Assert.Throws<UnfitRuleException>(() => Checked(Draft() with { Runbook = text }));
    }

    [Theory]
    [InlineData("up{tenant=\"witcom\"} == 0")]
    [InlineData("up{tenant=~\"w.*\"} == 0")]
    public void A_rule_that_asks_for_another_tenant_could_never_fire(string expr) =>
        Assert.Throws<UnfitRuleException>(() => Checked(Draft(expr)));

    [Theory]
    [InlineData("", "up")]
    [InlineData("9x", "up")]
    [InlineData("a\nb", "up")]
    [InlineData("Ok", "")]
    public void Names_and_expressions_are_looked_at(string name, string expr) =>
        Assert.Throws<UnfitRuleException>(() => Checked(Draft() with { Name = name, Expr = expr }));

    [Fact]
    public void What_cannot_be_read_says_where()
    {
        var refused = Assert.Throws<QueryRefusedException>(() => Checked(Draft("sum(")));
        Assert.Equal(1, refused.Line);
    }

    [Theory]
    [InlineData("1h30m", 5400)]
    [InlineData("90s", 90)]
    [InlineData("0", 0)]
    public void Durations_are_read_as_Prometheus_does(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Checked(Draft(wait: text)).ForSpan);

    [Theory]
    [InlineData("5")]
    [InlineData("m5")]
    [InlineData("5m5h")]
    [InlineData("3w")]
    public void Other_durations_are_none(string text) =>
        Assert.Throws<UnfitRuleException>(() => Checked(Draft(wait: text)));

    [Fact]
    public async Task A_file_is_written_read_and_changed_rule_by_rule()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-rules-").FullName;
        try
        {
            var files = new RuleFiles(Options.Create(new AlertsOptions { RuleFolder = folder }));
            var stop = TestContext.Current.CancellationToken;
            Assert.Equal(RuleFiles.Absent, (await files.ReadAsync("rentguy", stop)).Hash);
            var first = RuleFiles.Of(Checked(Draft() with { Summary = "it's \"down\": {{ $labels.service }}" }));
            await files.WriteAsync("rentguy", RuleFiles.With("rentguy", [], "Down", first), stop);
            var second = RuleFiles.Of(Checked(Draft("up > 1") with { Name = "Another" }));
            var now = await files.ReadAsync("rentguy", stop);
            await files.WriteAsync("rentguy", RuleFiles.With("rentguy", now.Rules, "Another", second), stop);
            now = await files.ReadAsync("rentguy", stop);
            Assert.Equal(["Another", "Down"], now.Rules.Select(rule => rule.Alert));
            Assert.Equal("it's \"down\": {{ $labels.service }}", now.Rules[1].Annotations!["summary"]);
            Assert.Equal("rentguy", now.Rules[1].Labels!["tenant"]);
            Assert.Equal(RuleFiles.Hash(now.Text), now.Hash);
            await files.WriteAsync("rentguy", RuleFiles.With("rentguy", now.Rules, "Down", null), stop);
            Assert.Equal(["Another"], (await files.ReadAsync("rentguy", stop)).Rules.Select(rule => rule.Alert));
            Assert.Equal(["sevensa-rentguy.yml"], Directory.GetFiles(folder).Select(Path.GetFileName));
            await File.WriteAllTextAsync(Path.Combine(folder, "sevensa-rentguy.yml"), "groups: [}", stop);
            await Assert.ThrowsAsync<UnfitRuleException>(() => files.ReadAsync("rentguy", stop));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_tenant_that_is_no_plain_word_gets_no_file()
    {
        var files = new RuleFiles(Options.Create(new AlertsOptions { RuleFolder = "/nowhere" }));
        await Assert.ThrowsAsync<UnfitRuleException>(() =>
            files.ReadAsync("../rentguy", TestContext.Current.CancellationToken)
        );
    }

    private static MetricSeries Series(params int[] minutes) =>
        new(
            new Dictionary<string, string> { ["__name__"] = "up", ["service"] = "api" },
            [.. minutes.Select(minute => (Start + Minute * minute).ToUnixTimeSeconds() * 1.0)],
            [.. minutes.Select(minute => (double)minute)]
        );

    [Fact]
    public void Pending_becomes_firing_after_its_time_and_ends_with_the_first_miss()
    {
        var machine = new AlertMachine(Checked(Draft(wait: "3m")), Minute);
        machine.Feed([Series(2, 3, 4, 5, 6, 7)], Start, Start + Minute * 20);
        var episode = Assert.Single(machine.End());
        Assert.Equal(Start + Minute * 2, episode.PendingFrom);
        Assert.Equal(Start + Minute * 5, episode.FiredAt);
        Assert.Equal(Start + Minute * 8, episode.EndedAt);
        Assert.Equal(7, episode.Peak);
        Assert.Equal("Down", episode.Labels["alertname"]);
        Assert.Equal("rentguy", episode.Labels["tenant"]);
        Assert.False(episode.Labels.ContainsKey("__name__"));
    }

    [Fact]
    public void A_gap_begins_anew_and_what_was_too_short_is_counted()
    {
        var machine = new AlertMachine(Checked(Draft(wait: "3m")), Minute);
        machine.Feed([Series(1, 2, 3, 5, 6, 7, 8)], Start, Start + Minute * 10);
        var episode = Assert.Single(machine.End());
        Assert.Equal(Start + Minute * 5, episode.PendingFrom);
        Assert.Equal(1, machine.Pending);
    }

    [Fact]
    public void It_goes_on_over_the_seam_of_two_days_and_may_fire_still()
    {
        var machine = new AlertMachine(Checked(Draft(wait: "3m")), Minute);
        machine.Feed([Series(8, 9)], Start, Start + Minute * 9);
        machine.Feed([Series(10, 11, 12)], Start + Minute * 10, Start + Minute * 12);
        var episode = Assert.Single(machine.End());
        Assert.Equal(Start + Minute * 11, episode.FiredAt);
        Assert.Null(episode.EndedAt);
    }

    [Fact]
    public void Keep_firing_for_bridges_a_gap()
    {
        var machine = new AlertMachine(Checked(Draft(wait: "1m", keep: "5m")), Minute);
        machine.Feed([Series(1, 2, 5, 6)], Start, Start + Minute * 20);
        var episode = Assert.Single(machine.End());
        Assert.Equal(Start + Minute * 11, episode.EndedAt);
    }

    private static readonly PrometheusRuleGroup Group = new("tenants", "rules.yml", 30, []);
    private static readonly string[] others = ["witcom", "platform"];

    private static PrometheusRule Rule(
        string query,
        Dictionary<string, string>? labels,
        string summary,
        string firing
    ) =>
        new(
            "SomeRule",
            query,
            "alerting",
            "firing",
            60,
            0,
            labels ?? [],
            new Dictionary<string, string> { ["summary"] = summary },
            [
                new PrometheusAlert(
                    new Dictionary<string, string>
                    {
                        ["alertname"] = "SomeRule",
                        ["tenant"] = firing,
                        ["job"] = "api",
                        ["instance"] = "witcom:9100",
                        ["severity"] = "page",
                    },
                    new Dictionary<string, string> { ["summary"] = "10.0.0.7 is down" },
                    "firing",
                    Start,
                    1
                ),
            ],
            "ok",
            "vector of witcom is odd",
            Start
        );

    private static PrometheusRule? Part(
        string query,
        Dictionary<string, string>? labels = null,
        string summary = "",
        string firing = "witcom"
    ) => RuleOwnership.Part(RentGuy, Group, Rule(query, labels, summary, firing), others);

    [Fact]
    public void A_shared_rule_is_seen_with_ones_own_alerts_and_state_only()
    {
        var rule = Part("up == 0")!;
        Assert.True(rule.Shared);
        Assert.Empty(rule.Alerts);
        Assert.Equal("inactive", rule.State);
        Assert.DoesNotContain("witcom", rule.LastError!, StringComparison.Ordinal);
        Assert.True(Part("up{tenant!=\"\"} == 0")!.Shared);
    }

    [Theory]
    [InlineData("up{tenant=\"rentguy\"} == 0", true)]
    [InlineData("up{tenant=\"rentguy\"} * on (job) limits", false)]
    [InlineData("up{tenant=\"rentguy\"} * on (job) limits{tenant=\"rentguy\"}", true)]
    public void Why_ones_own_rule_fails_is_told_when_it_can_quote_ones_own_series_only(string query, bool told)
    {
        var rule = Part(query)!;
        Assert.False(rule.Shared);
        Assert.Equal(told ? "vector of witcom is odd" : "Prometheus could not evaluate it.", rule.LastError);
    }

    [Theory]
    [InlineData("up{tenant=\"witcom\"} == 0", "")]
    [InlineData("up{tenant=~\"rentguy|witcom\"} == 0", "")]
    [InlineData("up{tenant!=\"rentguy\"} == 0", "")]
    [InlineData("up{tenant=\"rentguy\"} and on () up{tenant=\"witcom\"}", "")]
    [InlineData("up == 0", "ask Witcom before you restart")]
    [InlineData("up{job=\"witcom\"} == 0", "")]
    public void What_names_somebody_else_is_not_seen(string query, string summary) =>
        Assert.Null(Part(query, summary: summary));

    [Fact]
    public void Labels_and_matchers_make_a_rule_ones_own()
    {
        Assert.False(Part("up{tenant=\"rentguy\"} == 0")!.Shared);
        Assert.False(Part("up == 0", new Dictionary<string, string> { ["tenant"] = "rentguy" })!.Shared);
        Assert.Null(Part("up == 0", new Dictionary<string, string> { ["tenant"] = "witcom" }));
        Assert.Null(Part("up{tenant=\"witcom\"} == 0", new Dictionary<string, string> { ["tenant"] = "rentguy" }));
    }

    [Theory]
    [InlineData("up{tenant=\"rentguy\"} >= 0", true)]
    [InlineData("up >= 0", false)]
    [InlineData("up{job=\"node\"} == 0", false)]
    [InlineData("up{tenant=\"rentguy\"} * on (job) limits", false)]
    public void Where_the_rules_label_covers_the_series_only_what_was_evaluated_in_the_scope_is_shown(
        string query,
        bool whole
    )
    {
        var labels = new Dictionary<string, string> { ["tenant"] = "rentguy", ["severity"] = "page" };
        var rule = Part(query, labels, firing: "rentguy")!;
        Assert.Equal("firing", rule.State);
        var alert = Assert.Single(rule.Alerts);
        Assert.Equal(("firing", Start), (alert.State, alert.ActiveAt!.Value));
        Assert.Equal((whole, whole), (alert.Annotations.Count > 0, double.IsFinite(alert.Value)));
        Assert.Equal(
            whole ? "alertname instance job severity tenant" : "alertname severity tenant",
            string.Join(' ', alert.Labels.Keys.Order(StringComparer.Ordinal))
        );
    }

    [Theory]
    [InlineData("up == 0", "", "ask Witcom before you restart", "alertname job severity tenant")]
    [InlineData("up{job=\"witcom\"} == 0", "", "", "alertname job severity tenant")]
    [InlineData("up{tenant=~\"rentguy|witcom\"} == 0", "", "", "alertname tenant")]
    [InlineData("up{tenant=\"witcom\"} == 0", "rentguy", "", "alertname tenant")]
    [InlineData("up{job=\"witcom\"} == 0", "rentguy", "", "alertname tenant")]
    [InlineData("sum(", "{{ $labels.owner }}", "", "alertname tenant")]
    public void An_alert_under_ones_own_label_is_told_without_what_may_tell_of_others(
        string query,
        string label,
        string summary,
        string told
    )
    {
        var labels = new Dictionary<string, string>();
        if (label.Length > 0)
        {
            labels["tenant"] = label;
            labels["job"] = "{{ $labels.job }}";
        }
        Assert.Null(Part(query, labels, summary, "rentguy"));
        var alert = Assert.Single(
            RuleOwnership.Alerts(RentGuy, Group, Rule(query, labels, summary, "rentguy"), others)
        );
        Assert.Equal(told, string.Join(' ', alert.Labels.Keys.Order(StringComparer.Ordinal)));
        Assert.Equal(
            ("rentguy", "firing", Start, 0),
            (alert.Labels["tenant"], alert.State, alert.ActiveAt!.Value, alert.Annotations.Count)
        );
        Assert.True(double.IsNaN(alert.Value));
        Assert.Empty(RuleOwnership.Alerts(RentGuy, Group, Rule(query, labels, summary, "witcom"), others));
    }

    [Fact]
    public void A_label_makes_no_rule_ones_own_that_asks_for_somebody_else_by_name() =>
        Assert.Null(
            Part(
                "up{job=\"witcom\"} == 0",
                new Dictionary<string, string> { ["tenant"] = "rentguy" },
                firing: "rentguy"
            )
        );
}
