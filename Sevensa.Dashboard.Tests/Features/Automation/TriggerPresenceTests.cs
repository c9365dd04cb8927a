using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What is asked to know whether there is data at all: the expression without what it compares with, and with its guards.</summary>
public sealed class TriggerPresenceTests
{
    [Theory]
    [InlineData("queue_length > 10", "queue_length")]
    [InlineData("10 < queue_length", "queue_length")]
    [InlineData("max by (service) (ws / (limit > 0)) > 0.9", "max by (service) (ws / (limit > 0))")]
    [InlineData("max by (service) (up == 0)", "max by (service) (up)")]
    [InlineData("count by (service) (up == 0) > 2", "count by (service) (up)")]
    [InlineData("(a > 1 and b < 2)", "(a and b)")]
    [InlineData("a > 1 or b > 1", "a or b")]
    [InlineData("a * on (service) group_left () (info == 1) > 5", "a * on (service) group_left () (info == 1)")]
    public void What_is_compared_last_is_taken_off(string asked, string present) =>
        Assert.Equal(
            PromQlPrinter.Print(PromQlParser.Parse(present, PromQlOptions.All)),
            TriggerPresence.Of(asked, PromQlOptions.All)
        );

    [Theory]
    [InlineData("ALERTS{alertname=\"Down\"}")]
    [InlineData("a >= bool 1")]
    public void What_compares_with_nothing_has_none(string asked) =>
        Assert.Null(TriggerPresence.Of(asked, PromQlOptions.All));

    [Fact]
    public void Every_ready_policy_can_be_asked_for_its_data()
    {
        var ready = new ReadyPolicies(new MetricNames("req", "code=~\"5..\"", "r", "d", "ws", "limit", "up"));
        var asked = ready
            .All.Where(one => one.Wish.Trigger!.Kind == TriggerKind.Metric)
            .ToDictionary(one => one.Id, one => TriggerPresence.Of(one.Wish.Trigger!.Query!, PromQlOptions.All));
        Assert.Equal("max by (service) (ws / (limit > 0))", asked["memory-leak"]);
        Assert.EndsWith("> 0))", asked["disk-filling"], StringComparison.Ordinal);
        Assert.Equal("probe_ssl_earliest_cert_expiry - time()", asked["certificate"]);
        Assert.DoesNotContain("> 0", asked["stuck-queue"], StringComparison.Ordinal);
        Assert.All(asked.Values, query => PromQlParser.Parse(query!, PromQlOptions.All));
    }

    [Theory]
    [InlineData("{service=\"api\"} |= \"boom\"", "{service=\"api\"}")]
    [InlineData("{service=~\"a}b\"} | json | level=\"error\"", "{service=~\"a}b\"}")]
    [InlineData("{service=~`a}b`} |= `x`", "{service=~`a}b`}")]
    public void Of_lines_the_streams_stay(string asked, string present) =>
        Assert.Equal(present, TriggerPresence.OfLogs(asked));
}
