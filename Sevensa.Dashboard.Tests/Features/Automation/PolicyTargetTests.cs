using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>What a policy acts on is left alone and judged, whichever service set it off.</summary>
public sealed class PolicyTargetTests
{
    [Fact]
    public async Task One_target_of_two_services_is_left_alone_for_its_cooldown()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(
            PolicyShop.Wish(
                lasting: "0s",
                cooldown: "30m",
                perHour: 20,
                perDay: 100,
                target: "service:db",
                services: ["api", "worker"]
            )
        );
        await shop.LookAsync(1, at => ScriptedMetrics.Of(at, ("api", 42)));
        await shop.LookAsync(3, ScriptedMetrics.Well);
        await shop.LookAsync(20, at => ScriptedMetrics.Of(at, ("worker", 42)));
        Assert.Equal(1, shop.Done);
        await shop.LookAsync(10, at => ScriptedMetrics.Of(at, ("worker", 42)));
        Assert.Equal(2, shop.Done);
    }

    [Fact]
    public async Task Two_policies_on_one_target_leave_it_alone_after_each_other()
    {
        await using var shop = new PolicyShop();
        await shop.EnforcedAsync(
            PolicyShop.Wish("one > 1", "0s", "0s", 20, 100, name: "One", target: "service:db", services: ["api"])
        );
        await shop.EnforcedAsync(
            PolicyShop.Wish("other > 1", "0s", "0s", 20, 100, name: "Other", target: "rentguy-db", services: ["worker"])
        );
        // Which of two is looked at first in one look is not said.
        await shop.LookAsync(0.5, at => ScriptedMetrics.Of(at, ("api", 42)));
        await shop.LookAsync(10, at => ScriptedMetrics.Of(at, ("worker", 42)));
        Assert.Equal(1, shop.Done);
    }

    [Fact]
    public async Task What_waits_for_a_dead_database_is_not_restarted_for_another_either()
    {
        await using var shop = new PolicyShop();
        shop.Shop.Fleet.Change(
            new string('a', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>
                    {
                        ["com.docker.compose.depends_on"] = "db:service_healthy:false",
                    },
                }
        );
        shop.Shop.Fleet.Change(new string('d', 64), facts => facts with { State = "exited", ExitCode = 1 });
        await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", target: "service:api", services: ["worker"]));
        await shop.LookAsync(5, at => ScriptedMetrics.Of(at, ("worker", 42)));
        Assert.Equal(0, shop.Done);
    }

    [Fact]
    public async Task A_target_that_helped_one_service_and_not_the_other_had_no_good_outcome()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(
            PolicyShop.Wish(
                lasting: "0s",
                cooldown: "1h",
                target: "service:db",
                afterBad: 1,
                services: ["api", "worker"]
            )
        );
        await shop.LookAsync(0.5, at => ScriptedMetrics.Of(at, ("api", 42), ("worker", 42)));
        await shop.LookAsync(5, at => ScriptedMetrics.Of(at, ("worker", 42)));
        Assert.Equal(1, shop.Done);
        Assert.Equal(
            OutcomeVerdict.Bad,
            (await shop.EvaluationsAsync(policy.Id!)).Single(one => one.Verdict == PolicyVerdict.Acted).Outcome
        );
    }
}
