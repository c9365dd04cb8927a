using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>The engine over hours that are played to it, with faults: it waits as long as it says, and never acts on data that is missing, on a clock that was moved, or on an answer that can't be right.</summary>
public sealed class PolicyEngineTests
{
    [Fact]
    public async Task It_waits_as_long_as_it_says_then_acts_once_and_calls_the_outcome_good()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        Assert.Equal(PolicyStage.Enforced, policy.Stage);
        await shop.LookAsync(2, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
        var done = Assert.Single(
            await shop.Shop.Proposals.ListAsync(
                Callers.Admin,
                new ProposalFilter(ProposalState.Succeeded, "rentguy"),
                default
            ),
            one => one.Kind == "container.restart"
        );
        // Asked for by the policy, approved by who approved the policy.
        Assert.Equal(($"policy:{policy.Id}", "policy"), (done.RequestedBy.Id, done.RequestedBy.Via));
        Assert.Equal("id-approver", Assert.Single(done.Approvals).ById);
        await shop.LookAsync(10, ScriptedMetrics.Well);
        Assert.Equal(1, shop.Done);
        Assert.Equal(
            (PolicyVerdict.Acted, (OutcomeVerdict?)OutcomeVerdict.Good, done.Id),
            (await shop.EvaluationsAsync(policy.Id!)) switch
            {
                [var one] => (one.Verdict, one.Outcome, one.Proposal!),
                _ => default,
            }
        );
    }

    [Fact]
    public async Task An_oscillating_figure_never_lasts_long_enough()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish());
        for (var round = 0; round < 40; round++)
        {
            await shop.LookAsync(1.5, ScriptedMetrics.Stuck);
            await shop.LookAsync(0.5, ScriptedMetrics.Well);
        }
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task Missing_data_begins_anew_and_is_never_acted_on()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        for (var round = 0; round < 10; round++)
        {
            await shop.LookAsync(1.5, ScriptedMetrics.Stuck);
            await shop.LookAsync(
                0.5,
                _ => throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused")
            );
        }
        await shop.LookAsync(
            30,
            _ => throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused")
        );
        Assert.Equal(0, shop.Done);
        Assert.Contains(
            await shop.EvaluationsAsync(policy.Id!),
            one =>
                one.Verdict == PolicyVerdict.Missing
                && one.Words.Contains("connection refused", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_upstream_that_lies_is_not_believed()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        var lies = new Func<DateTimeOffset, IReadOnlyList<MetricSample>>[]
        {
            at => ScriptedMetrics.Of(at, ("api", double.NaN)),
            at => ScriptedMetrics.Of(at, ("api", double.PositiveInfinity)),
            at => ScriptedMetrics.Of(at.AddHours(-3), ("api", 42)),
            at => ScriptedMetrics.Of(at.AddDays(300), ("api", 42)),
            at =>
                [
                    new MetricSample(
                        new Dictionary<string, string> { ["service"] = "api", ["tenant"] = "witcom" },
                        at.ToUnixTimeSeconds(),
                        42
                    ),
                ],
            at => ScriptedMetrics.Of(at, ("another", 42)),
        };
        foreach (var lie in lies)
        {
            await shop.LookAsync(3, lie);
        }
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task What_holds_for_everything_at_once_is_no_services_own_trouble()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s") with { Services = [] });
        await shop.LookAsync(
            5,
            at => ScriptedMetrics.Of(at, [.. Enumerable.Range(0, 40).Select(one => ($"s{one}", 1.0)), ("api", 1)])
        );
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task A_clock_that_is_moved_gives_no_new_budget_and_no_time_that_was_waited()
    {
        var clock = new MovedClock();
        await using var shop = new PolicyShop(clock);
        clock.Under = shop.Shop.Time;
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "10m", cooldown: "0s", perHour: 1, perDay: 1));
        await shop.LookAsync(2, ScriptedMetrics.Stuck);
        clock.Moved += TimeSpan.FromHours(2);
        await shop.LookAsync(5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        await shop.LookAsync(10, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
        // Put on by days again and again, while half an hour really goes by.
        for (var jump = 0; jump < 3; jump++)
        {
            clock.Moved += TimeSpan.FromDays(2);
            await shop.LookAsync(12, ScriptedMetrics.Stuck);
        }
        clock.Moved -= TimeSpan.FromDays(5);
        await shop.LookAsync(15, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task A_look_that_was_missed_is_no_time_that_was_waited()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(PolicyShop.Wish());
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        shop.Advance(TimeSpan.FromMinutes(30));
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task What_can_not_be_told_for_long_is_kept_once_and_shown_until_it_can()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish());
        await shop.LookAsync(
            40,
            _ => throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "It does not answer.")
        );
        var told = Assert.Single(await shop.EvaluationsAsync(policy.Id!), one => one.Verdict == PolicyVerdict.Missing);
        Assert.Contains("does not answer", told.Words, StringComparison.Ordinal);
        Assert.NotNull((await shop.FindAsync(policy.Id!)).State!.BlindSince);
        await shop.LookAsync(1, ScriptedMetrics.Well);
        Assert.Null((await shop.FindAsync(policy.Id!)).State!.BlindSince);
        Assert.Equal(0, shop.Done);
    }
}
