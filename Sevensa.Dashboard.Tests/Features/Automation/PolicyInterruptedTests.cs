using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Whatever goes wrong between two steps of a deed: it is followed up, and never done twice.</summary>
public sealed class PolicyInterruptedTests
{
    [Fact]
    public async Task A_reason_as_long_as_its_expression_is_shortened_and_the_deed_done()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(
            PolicyShop.Wish($"queue_length{{name!=\"{new string('x', 8000)}\"}} > 10", "0s")
        );
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(1, shop.Done);
        Assert.NotNull(Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Proposal);
    }

    [Fact]
    public async Task What_could_not_be_approved_waits_for_a_person_and_is_followed_up()
    {
        await using var shop = new PolicyShop();
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        var people = (StubPeople)shop.Shop.Services.GetRequiredService<IPeople>();
        people.Fault = new InvalidOperationException("no such table: people");
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        people.Fault = null;
        var kept = Assert.Single(await shop.EvaluationsAsync(policy.Id!));
        Assert.Equal(PolicyVerdict.Proposed, kept.Verdict);
        Assert.DoesNotContain("no such table", kept.Words, StringComparison.Ordinal);
        var proposal = await shop.Shop.FindAsync(kept.Proposal!);
        await shop.Shop.ApproveAsync(proposal);
        await shop.SettledAsync();
        await shop.LookAsync(5, ScriptedMetrics.Well);
        Assert.Equal(OutcomeVerdict.Good, Assert.Single(await shop.EvaluationsAsync(policy.Id!)).Outcome);
    }

    [Theory]
    [InlineData(Step.Proposing, 1)]
    [InlineData(Step.Proposed, 0)]
    [InlineData(Step.Approved, 1)]
    public async Task A_death_on_the_way_never_acts_twice(Step at, int done)
    {
        await using var shop = Shop();
        var proposals = Of(shop);
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 1, perDay: 100));
        shop.Metrics.Answer = (_, now) => ScriptedMetrics.Stuck(now);
        using var dies = new CancellationTokenSource();
        proposals.Dies = (at, dies);
        await Assert.ThrowsAsync<OperationCanceledException>(() => shop.Engine.LookAsync(dies.Token));
        proposals.Dies = null;
        await shop.SettledAsync();
        // Another, which knows only what is written down, goes on when the lead ran out.
        shop.Advance(TimeSpan.FromMinutes(2));
        await shop.LookAsync(10, ScriptedMetrics.Stuck, shop.Another());
        // What was never proposed is done once, by the other.
        Assert.Equal(done, shop.Done);
        var all = (await shop.EvaluationsAsync(policy.Id!)).Where(one => one.Verdict != PolicyVerdict.Held).ToList();
        Assert.Equal(at == Step.Proposing ? 2 : 1, all.Count);
        var kept = all[^1];
        Assert.Equal(
            at switch
            {
                Step.Proposing => PolicyVerdict.Failed,
                Step.Proposed => PolicyVerdict.Proposed,
                _ => PolicyVerdict.Acted,
            },
            kept.Verdict
        );
        Assert.Equal(at != Step.Proposing, kept.Proposal is not null);
    }

    [Fact]
    public async Task What_another_dashboard_is_about_is_not_taken_for_dead_and_done_twice()
    {
        await using var shop = Shop();
        var proposals = Of(shop);
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s", cooldown: "0s", perHour: 20, perDay: 100));
        shop.Metrics.Answer = (_, now) => ScriptedMetrics.Stuck(now);
        var other = shop.Another();
        Task? theirs = null;
        proposals.Before = async () =>
        {
            proposals.Before = null;
            // It hangs here for so long that another takes over.
            shop.Advance(TimeSpan.FromMinutes(5));
            await shop.Engine.LeaveAsync();
            theirs = other.LookAsync(CancellationToken.None);
        };
        await shop.Engine.LookAsync(CancellationToken.None);
        await theirs!.WaitAsync(Patience.Usual);
        await shop.SettledAsync();
        Assert.Equal(1, shop.Done);
        Assert.DoesNotContain(await shop.EvaluationsAsync(policy.Id!), one => one.Verdict == PolicyVerdict.Failed);
    }

    [Fact]
    public async Task What_was_done_elsewhere_is_not_taken_for_what_was_begun_here()
    {
        await using var shop = Shop();
        var proposals = Of(shop);
        var policy = await shop.EnforcedAsync(
            PolicyShop.Wish(
                lasting: "0s",
                cooldown: "0s",
                perHour: 20,
                perDay: 100,
                within: "10s",
                services: ["api", "worker"]
            )
        );
        shop.Metrics.Answer = (_, now) => ScriptedMetrics.Stuck(now);
        using var dies = new CancellationTokenSource();
        proposals.Dies = (Step.Proposing, dies);
        await Assert.ThrowsAsync<OperationCanceledException>(() => shop.Engine.LookAsync(dies.Token));
        proposals.Dies = null;
        shop.Advance(TimeSpan.FromSeconds(30));
        await shop.LookAsync(0.5, at => ScriptedMetrics.Of(at, ("worker", 42)));
        await shop.LookAsync(3, ScriptedMetrics.Well);
        var all = await shop.EvaluationsAsync(policy.Id!);
        var begun = Assert.Single(all, one => one.Service == "api");
        Assert.Equal((PolicyVerdict.Failed, null), (begun.Verdict, begun.Proposal));
        Assert.Equal(PolicyVerdict.Acted, Assert.Single(all, one => one.Service == "worker").Verdict);
    }

    [Fact]
    public async Task What_is_held_while_it_is_proposed_waits_for_a_person()
    {
        await using var shop = Shop();
        var proposals = Of(shop);
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        proposals.After = () => shop.Brake.HoldAsync(Callers.Operator, true, "let me look", default);
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        Assert.Equal(0, shop.Done);
        var kept = Assert.Single(await shop.EvaluationsAsync(policy.Id!));
        Assert.Equal(PolicyVerdict.Proposed, kept.Verdict);
        Assert.Contains("were held by", kept.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_person_decided_on_meanwhile_waits_for_nobody()
    {
        await using var shop = Shop();
        var proposals = Of(shop);
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        proposals.After = async () =>
        {
            foreach (var one in await proposals.ListAsync(Callers.Admin, new ProposalFilter(OpenOnly: true), default))
            {
                await proposals.RejectAsync(Callers.Approver, one.Id, "not now", default);
            }
        };
        await shop.LookAsync(0.5, ScriptedMetrics.Stuck);
        var kept = Assert.Single(await shop.EvaluationsAsync(policy.Id!));
        Assert.Equal((PolicyVerdict.Held, 0), (kept.Verdict, shop.Done));
        Assert.Contains("decided on meanwhile (rejected)", kept.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("waits for a person", kept.Words, StringComparison.Ordinal);
        Assert.Equal(0, (await shop.FindAsync(policy.Id!)).Budget.UsedToday);
    }

    private static PolicyShop Shop() =>
        new(add: services =>
        {
            var inner = services.Last(one => one.ServiceType == typeof(IProposals));
            services.Remove(inner);
            services.AddSingleton<IProposals>(provider => new Interrupted(
                (IProposals)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!)
            ));
        });

    private static Interrupted Of(PolicyShop shop) => (Interrupted)shop.Shop.Services.GetRequiredService<IProposals>();

    /// <summary>Where the program dies.</summary>
    public enum Step
    {
        /// <summary>Before the proposal is there.</summary>
        Proposing,

        /// <summary>When it is there, and nobody approved it.</summary>
        Proposed,

        /// <summary>When it is approved.</summary>
        Approved,
    }

    private sealed class Interrupted(IProposals inner) : IProposals
    {
        public (Step At, CancellationTokenSource Program)? Dies { get; set; }

        /// <summary>What happens before a policy's proposal is there.</summary>
        public Func<Task>? Before { get; set; }

        /// <summary>What happens when it is there, and nobody approved it.</summary>
        public Func<Task>? After { get; set; }

        public async Task<Proposal> ProposeAsync(Caller caller, ProposalRequest request, CancellationToken cancellation)
        {
            Die(Step.Proposing);
            if (request.Via == PolicyCaller.Via && Before is { } before)
            {
                await before();
            }
            var made = await inner.ProposeAsync(caller, request, cancellation);
            Die(Step.Proposed);
            if (request.Via == PolicyCaller.Via && After is { } after)
            {
                await after();
            }
            return made;
        }

        public async Task<Proposal> ApproveAsync(
            Caller caller,
            string id,
            Approval approval,
            CancellationToken cancellation
        )
        {
            var made = await inner.ApproveAsync(caller, id, approval, cancellation);
            Die(Step.Approved);
            return made;
        }

        public Task<Proposal?> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
            inner.FindAsync(caller, id, cancellation);

        public Task<IReadOnlyList<Proposal>> SeenAsync(
            Caller caller,
            IReadOnlyCollection<string> ids,
            CancellationToken cancellation
        ) => inner.SeenAsync(caller, ids, cancellation);

        public Task<IReadOnlyList<Proposal>> ListAsync(
            Caller caller,
            ProposalFilter filter,
            CancellationToken cancellation
        ) => inner.ListAsync(caller, filter, cancellation);

        public Task<StepUpProof> StepUpAsync(
            Caller caller,
            string id,
            string password,
            CancellationToken cancellation
        ) => inner.StepUpAsync(caller, id, password, cancellation);

        public Task<Standing> StandingAsync(Caller caller, string id, CancellationToken cancellation) =>
            inner.StandingAsync(caller, id, cancellation);

        public Task<Proposal> RejectAsync(Caller caller, string id, string reason, CancellationToken cancellation) =>
            inner.RejectAsync(caller, id, reason, cancellation);

        public Task<Proposal> WithdrawAsync(Caller caller, string id, CancellationToken cancellation) =>
            inner.WithdrawAsync(caller, id, cancellation);

        public Task<Proposal> CancelAsync(Caller caller, string id, CancellationToken cancellation) =>
            inner.CancelAsync(caller, id, cancellation);

        public IAsyncEnumerable<ProposalEvent> EventsAsync(
            Caller caller,
            string id,
            long afterId,
            CancellationToken cancellation
        ) => inner.EventsAsync(caller, id, afterId, cancellation);

        public Task<int> WaitingForAsync(Caller caller, CancellationToken cancellation) =>
            inner.WaitingForAsync(caller, cancellation);

        public IDisposable OnChange(Func<Task> callback) => inner.OnChange(callback);

        private void Die(Step step)
        {
            if (Dies is { } dies && dies.At == step)
            {
                dies.Program.Cancel();
                dies.Program.Token.ThrowIfCancellationRequested();
            }
        }
    }
}
