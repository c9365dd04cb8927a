using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Policies on a real store of proposals, with upstreams and hosts that do what a test has them do.</summary>
internal sealed class PolicyShop : IAsyncDisposable
{
    public const string Trouble = "queue_length > 10";

    /// <param name="add">What is otherwise; comes last.</param>
    public PolicyShop(TimeProvider? clock = null, Action<IServiceCollection>? add = null)
    {
        Clock = clock;
        Shop = new Workshop(services =>
        {
            services.AddSingleton(Options.Create(new AutomationOptions { EverySeconds = 30 }));
            services.AddSingleton<IMetrics>(Metrics);
            services.AddSingleton<ILogCounts>(new NoLogs());
            services.AddSingleton<IFiringAlerts>(new NoAlerts());
            services.AddSingleton<IPrometheusFacts>(_ => null!);
            services.AddSingleton<IPromQlReading>(new AllPromQl());
            services.AddSingleton<IHouseZone>(new House());
            services.AddSingleton<ITenants>(new Registry());
            services.AddSingleton(new MetricNames("req", "code=~\"5..\"", "r", "d", "ws", "limit", "up"));
            if (clock is not null)
            {
                services.AddSingleton(clock);
            }
            AutomationFeature.AddAutomation(services);
            add?.Invoke(services);
        });
        Shop.Link.OnDeliver = async action =>
        {
            // A runner that does what it is told, at once.
            await Shop.Hub.OnReportAsync(
                "h1",
                Workshop.Bytes(
                    new ActionReport(
                        action.ActionId,
                        1,
                        Now,
                        "outcome",
                        Outcome: new ActionOutcome(Outcome, "It runs.")
                    )
                ),
                CancellationToken.None
            );
            return new Delivery(true);
        };
    }

    public Workshop Shop { get; }
    public TimeProvider? Clock { get; }
    public ScriptedMetrics Metrics { get; } = new();

    /// <summary>What becomes of what runners are told.</summary>
    public ProposalState Outcome { get; set; } = ProposalState.Succeeded;
    public DateTimeOffset Now => (Clock ?? Shop.Time).GetUtcNow();
    public PolicyDesk Desk => Shop.Services.GetRequiredService<PolicyDesk>();
    public EffectDesk Effects => Shop.Services.GetRequiredService<EffectDesk>();
    public PolicyDrafts Drafts => Shop.Services.GetRequiredService<PolicyDrafts>();
    public PolicyCourse Course => Shop.Services.GetRequiredService<PolicyCourse>();
    public PolicyBrake Brake => Shop.Services.GetRequiredService<PolicyBrake>();
    public PolicyEngine Engine => Shop.Services.GetRequiredService<PolicyEngine>();

    public PolicyStore Store => Shop.Services.GetRequiredService<PolicyStore>();

    /// <summary>Another dashboard on the same store: it remembers nothing but what is written there.</summary>
    public PolicyEngine Another()
    {
        var steady = ActivatorUtilities.CreateInstance<SteadyTime>(Shop.Services);
        var objections = ActivatorUtilities.CreateInstance<PolicyObjections>(Shop.Services, steady);
        var deeds = ActivatorUtilities.CreateInstance<PolicyDeeds>(Shop.Services, objections, steady);
        var outcomes = ActivatorUtilities.CreateInstance<PolicyOutcomes>(Shop.Services, deeds);
        return ActivatorUtilities.CreateInstance<PolicyEngine>(Shop.Services, deeds, outcomes, steady);
    }

    /// <summary>Actions that reached a host.</summary>
    public int Done => Shop.Link.Delivered.Count;

    public static PolicyWish Wish(
        string query = Trouble,
        string lasting = "2m",
        string cooldown = "5m",
        int perHour = 2,
        int perDay = 4,
        string within = "1m",
        string kind = "container.restart",
        string name = "Stuck",
        SpentBudget spent = SpentBudget.Wait,
        int afterBad = 10,
        WindowsWish? windows = null,
        string? target = null,
        params string[] services
    ) =>
        new(
            "rentguy",
            name,
            services is [] ? ["api"] : services,
            new TriggerWish(TriggerKind.Metric, query),
            null,
            new ActionWish(kind, target),
            lasting,
            cooldown,
            new BudgetWish(perHour, perDay),
            windows,
            new OutcomeWish(within),
            new StopWish(afterBad, spent)
        );

    /// <summary>Draft → shadow → enforced, by the approval of another than who asked; without the agreements that it takes.</summary>
    public async Task<PolicyView> EnforcedAsync(PolicyWish wish) => await EnforceAsync((await ShadowAsync(wish)).Id!);

    /// <summary>Shadow → enforced, in the same way.</summary>
    public async Task<PolicyView> EnforceAsync(string id)
    {
        var policy = await Course.PromoteAsync(Callers.Admin, id, null, "it is time", "api", default, waive: true);
        await Shop.Proposals.ApproveAsync(
            Callers.Approver,
            policy.Proposal!.Id,
            policy.Proposal.PlanHash,
            null,
            default
        );
        var ended = await Shop.UntilAsync(
            policy.Proposal.Id,
            ProposalState.Succeeded,
            ProposalState.Refused,
            ProposalState.Failed,
            ProposalState.Unknown
        );
        Assert.Equal(ProposalState.Succeeded, ended.State);
        return await FindAsync(policy.Id!);
    }

    public async Task<PolicyView> ShadowAsync(PolicyWish wish)
    {
        var policy = await Desk.AddAsync(Callers.Operator, wish, default);
        return await Course.PromoteAsync(Callers.Operator, policy.Id!, null, null, "api", default);
    }

    public Task<PolicyView> FindAsync(string id) => Desk.FindAsync(Callers.Admin, id, default);

    public async Task<IReadOnlyList<EvaluationView>> EvaluationsAsync(string id) =>
        (await Desk.EvaluationsAsync(Callers.Admin, id, null, new PageAsked(null, null), default)).Items;

    /// <summary>Looks every half minute, for so many minutes.</summary>
    /// <param name="by">Another dashboard.</param>
    public async Task LookAsync(
        double minutes,
        Func<DateTimeOffset, IReadOnlyList<MetricSample>>? says = null,
        PolicyEngine? by = null
    )
    {
        for (var step = 0; step < minutes * 2; step++)
        {
            if (says is not null)
            {
                Metrics.Answer = (_, at) => says(at);
            }
            await (by ?? Engine).LookAsync(CancellationToken.None);
            await SettledAsync();
            Advance(TimeSpan.FromSeconds(30));
        }
    }

    public void Advance(TimeSpan span) => Shop.Time.Advance(span);

    /// <summary>Waits until nothing that was begun is under way.</summary>
    public async Task SettledAsync()
    {
        foreach (
            var one in await Shop.Proposals.ListAsync(
                Callers.Admin,
                new ProposalFilter(OpenOnly: true),
                CancellationToken.None
            )
        )
        {
            if (one.State is ProposalState.Dispatched or ProposalState.Running)
            {
                await Shop.UntilAsync(one.Id, Outcome);
            }
        }
    }

    public ValueTask DisposeAsync() => Shop.DisposeAsync();

    private sealed class House : IHouseZone
    {
        public TimeZoneInfo Zone => TimeZoneInfo.Utc;
    }

    private sealed class AllPromQl : IPromQlReading
    {
        public PromQlOptions Options => PromQlOptions.All;
    }

    private sealed class NoAlerts : IFiringAlerts
    {
        public Task<IReadOnlyList<Alert>> NowAsync(TenantScope scope, string tenant, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<Alert>>([]);
    }

    private sealed class NoLogs : ILogCounts
    {
        public Task<IReadOnlyList<LogCount>> CountAsync(
            TenantScope scope,
            string logQl,
            TimeSpan window,
            DateTimeOffset from,
            DateTimeOffset to,
            TimeSpan step,
            CancellationToken cancellation
        ) => Task.FromResult<IReadOnlyList<LogCount>>([]);

        public string Check(string logQl) => logQl;
    }

    private sealed class Registry : ITenants
    {
        private static readonly Tenant[] all = [new("rentguy", "RentGuy", "#000000", ["api", "worker", "db"], [])];

        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<Tenant>>(all);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            ValueTask.FromResult<IReadOnlyList<Tenant>>([.. all.Where(one => caller.MaySee(one.Id))]);
    }
}
