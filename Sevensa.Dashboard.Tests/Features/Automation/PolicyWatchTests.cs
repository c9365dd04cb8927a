using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A deploy that its watch finds worse is taken back by policy: by the watch's own plan, once, and never beside anybody.</summary>
public sealed class PolicyWatchTests
{
    private static readonly PolicyWish wish = PolicyShop.Wish(
        lasting: "0s",
        cooldown: "0s",
        kind: "service.rollback",
        perHour: 20,
        perDay: 100
    ) with
    {
        Trigger = new TriggerWish(TriggerKind.Watch, Within: "2h"),
    };

    [Fact]
    public async Task What_the_watch_asks_for_is_approved_by_policy_once_per_deploy()
    {
        var watch = new Watch();
        await using var shop = Shop(watch);
        var policy = await shop.EnforcedAsync(wish);
        await watch.BreachAsync(shop, await DeployAsync(shop));
        await shop.LookAsync(10);
        var undo = await shop.Shop.FindAsync(watch.Undo!);
        Assert.Equal(ProposalState.Succeeded, undo.State);
        Assert.Contains(policy.Name, Assert.Single(undo.Approvals).Comment!, StringComparison.Ordinal);
        // The deploy and its undo, and no second undo beside it.
        Assert.Equal(2, shop.Done);
        var acted = Assert.Single(await shop.EvaluationsAsync(policy.Id!));
        Assert.Equal((PolicyVerdict.Acted, undo.Id, "api"), (acted.Verdict, acted.Proposal, acted.Service));
        Assert.Contains("5% of requests fail", acted.Words, StringComparison.Ordinal);
        Assert.Equal(OutcomeVerdict.Good, acted.Outcome);
    }

    [Fact]
    public async Task In_shadow_it_would_have_once_and_a_person_who_takes_the_undo_up_agrees()
    {
        var watch = new Watch();
        await using var shop = Shop(watch);
        var policy = await shop.ShadowAsync(wish);
        await watch.BreachAsync(shop, await DeployAsync(shop));
        await shop.LookAsync(10);
        Assert.Equal(ProposalState.Proposed, (await shop.Shop.FindAsync(watch.Undo!)).State);
        await shop.Shop.ApproveAsync(await shop.Shop.FindAsync(watch.Undo!));
        await shop.SettledAsync();
        await shop.LookAsync(70);
        var would = Assert.Single(
            await shop.EvaluationsAsync(policy.Id!),
            one => one.Verdict == PolicyVerdict.WouldAct
        );
        Assert.Equal(ShadowAgreement.Same, would.Agreement);
    }

    [Fact]
    public async Task What_somebody_decided_on_is_left_to_them()
    {
        var watch = new Watch();
        await using var shop = Shop(watch);
        await shop.EnforcedAsync(wish);
        await watch.BreachAsync(shop, await DeployAsync(shop));
        await shop.Shop.Proposals.RejectAsync(Callers.Approver, watch.Undo!, "we look first", default);
        await shop.LookAsync(10);
        // Another came up, and somebody is about to change what runs there themselves.
        await watch.BreachAsync(shop, await DeployAsync(shop, "again"));
        shop.Advance(TimeSpan.FromSeconds(1));
        await shop.Shop.ProposeAsync("service.deploy", "rentguy-api", reason: "the next one is better");
        await shop.LookAsync(10);
        Assert.Equal(2, shop.Done);
    }

    [Fact]
    public async Task One_that_was_planned_before_it_ended_and_done_after_it_is_not_taken_back_with_it()
    {
        var watch = new Watch();
        await using var shop = Shop(watch);
        await shop.EnforcedAsync(wish);
        var first = await shop.Shop.ProposeAsync("service.deploy", "rentguy-api", reason: "a new one");
        var next = await shop.Shop.ProposeAsync(
            "service.deploy",
            "rentguy-api",
            """{"graceSeconds": 77}""",
            reason: "the one that mends it"
        );
        foreach (var one in new[] { first, next })
        {
            shop.Advance(TimeSpan.FromSeconds(1));
            await shop.Shop.ApproveAsync(one);
            await shop.Shop.UntilAsync(one.Id, ProposalState.Succeeded);
        }
        shop.Advance(TimeSpan.FromMinutes(1));
        await watch.BreachAsync(shop, await shop.Shop.FindAsync(first.Id));
        await shop.LookAsync(10);
        Assert.Equal(2, shop.Done);
        Assert.Equal(ProposalState.Proposed, (await shop.Shop.FindAsync(watch.Undo!)).State);
    }

    [Fact]
    public async Task Its_windows_hold_it_and_after_its_time_it_is_left_alone()
    {
        var watch = new Watch();
        await using var shop = Shop(watch);
        var policy = await shop.EnforcedAsync(
            wish with
            {
                Windows = new WindowsWish(null, [new WindowWish(null, "03:00", "04:00")]),
            }
        );
        await watch.BreachAsync(shop, await DeployAsync(shop));
        await shop.LookAsync(5);
        Assert.Contains(
            await shop.EvaluationsAsync(policy.Id!),
            one => one.Words.Contains("outside the times", StringComparison.Ordinal)
        );
        // At three there is nothing to take back any more that is of these two hours.
        shop.Advance(TimeSpan.FromHours(18));
        await shop.LookAsync(5);
        Assert.Equal(1, shop.Done);
    }

    [Theory]
    [InlineData("container.restart", null, null, "action.kind")]
    [InlineData("service.rollback", "api", null, "action.target")]
    [InlineData("service.rollback", null, """{"graceSeconds": 77}""", "action.parameters")]
    public async Task It_takes_back_by_the_watchs_plan_and_in_no_other_way(
        string kind,
        string? target,
        string? parameters,
        string at
    )
    {
        await using var shop = Shop(new Watch());
        var refused = await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            shop.Desk.AddAsync(
                Callers.Operator,
                wish with
                {
                    Action = new ActionWish(kind, target, parameters is null ? null : JsonElement.Parse(parameters)),
                },
                default
            )
        );
        Assert.Equal(at, refused.At);
    }

    private static PolicyShop Shop(Watch watch) =>
        new(add: services =>
        {
            services.AddSingleton<IAftermath>(watch);
            // The plans are those of a restart, which the shop's host knows to carry out.
            foreach (var name in new[] { "service.deploy", "service.rollback" })
            {
                services.AddSingleton<IActionKind>(provider => new Renamed(
                    name,
                    services
                        .Where(one => one.ServiceType == typeof(IActionKind) && one.ImplementationType is not null)
                        .Select(one =>
                            (IActionKind)ActivatorUtilities.CreateInstance(provider, one.ImplementationType!)
                        )
                        .First(one => one.Name == "container.restart")
                ));
            }
        });

    private static async Task<Proposal> DeployAsync(PolicyShop shop, string reason = "a new one")
    {
        var deploy = await shop.Shop.ProposeAsync("service.deploy", "rentguy-api", reason: reason);
        await shop.Shop.ApproveAsync(deploy);
        var done = await shop.Shop.UntilAsync(deploy.Id, ProposalState.Succeeded);
        shop.Advance(TimeSpan.FromMinutes(1));
        return done;
    }

    /// <summary>A watch that finds what a test has it find, and asks for the undo as the watch does.</summary>
    private sealed class Watch : IAftermath
    {
        private readonly Dictionary<string, AftermathReport> reports = [];

        public string? Undo { get; private set; }

        public async Task BreachAsync(PolicyShop shop, Proposal deploy)
        {
            var undo = await shop.Shop.ProposeAsync(
                "service.rollback",
                "rentguy-api",
                caller: new Caller(
                    WatchCaller.Subject,
                    "The watch",
                    Role.Operator,
                    false,
                    TenantSet.Of(["rentguy"]),
                    ApiScopes.Read | ApiScopes.Propose
                ),
                reason: "worse"
            );
            Undo = undo.Id;
            reports[deploy.Id] = new AftermathReport(
                "breached",
                shop.Now,
                "api: 5% of requests fail (before 0%).",
                [],
                undo.Id
            );
        }

        public Task<AftermathReport?> OfAsync(Proposal proposal, CancellationToken cancellation) =>
            Task.FromResult(reports.GetValueOrDefault(proposal.Id));

        public RenderFragment Card(Proposal proposal) => _ => { };
    }

    private sealed class Renamed(string name, IActionKind plan) : IActionKind
    {
        public string Name => name;

        public string Title(string target) => $"{name} {target}";

        public string Description => name;

        public Risk Risk => Risk.Medium;

        public JsonElement ParametersSchema => plan.ParametersSchema;

        public string Undo => "";

        public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
            await plan.PlanAsync(request, cancellation) is var draft
                ? draft with
                {
                    Plan = draft.Plan with { Kind = name },
                }
                : throw new InvalidOperationException();

        public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<string>>([]);
    }
}
