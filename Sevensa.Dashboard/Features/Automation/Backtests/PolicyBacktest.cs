using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Backtests;

/// <summary>
/// Runs a policy over the past, minute by minute, with its waiting time, cool-down, windows and budget as the engine keeps to them,
/// and lays beside it what people did. What it would have done would have changed what came after; that is not known.
/// </summary>
internal sealed class PolicyBacktest(
    PolicyHistory history,
    IProposals proposals,
    IOptions<AutomationOptions> options,
    TimeProvider time
)
{
    public const int MostActs = 200;
    private const int MostProposals = 1000;

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Around = TimeSpan.FromHours(1);

    // A month of minutes is asked for: two at once are enough for everybody.
    private static readonly SemaphoreSlim Turns = new(2);

    /// <param name="days">Null: as the settings say.</param>
    /// <exception cref="UnfitPolicyException">It can't be tried on the past.</exception>
    /// <exception cref="Platform.Http.UpstreamException">The upstream did not answer; keeps its words.</exception>
    public async Task<BacktestResult> RunAsync(
        Caller caller,
        TenantScope scope,
        string tenant,
        int version,
        PolicyDefinition policy,
        int? days,
        CancellationToken cancellation
    )
    {
        await Turns.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow();
            var to = new DateTimeOffset(now.UtcTicks - now.UtcTicks % Step.Ticks, TimeSpan.Zero);
            var from = to.AddDays(-(days ?? options.Value.BacktestDays));
            var steps = (int)((to - from) / Step) + 1;
            var course = await history.OfAsync(scope, policy, from, steps, Step, cancellation);
            var conditions = await history.ConditionsAsync(scope, policy, from, steps, Step, cancellation);
            var done = await DoneAsync(caller, tenant, policy, from, cancellation);
            var replay = new BacktestReplay(policy, from, steps, Step, options.Value.ServicePerHour, conditions);
            replay.Run(course, cancellation);
            return Result(policy, version, from, to, course, replay, done);
        }
        finally
        {
            Turns.Release();
        }
    }

    private static BacktestResult Result(
        PolicyDefinition policy,
        int version,
        DateTimeOffset from,
        DateTimeOffset to,
        TriggerCourse course,
        BacktestReplay replay,
        IReadOnlyList<(BacktestDeed Deed, Proposal Proposal)> done
    )
    {
        var acts = replay.Acts.Select(act => act with { Operators = [.. Near(act).Select(one => one.Deed)] }).ToList();
        var notes = course.Notes.ToList();
        // What a person did once agrees once.
        var agreed = new HashSet<string>(StringComparer.Ordinal);
        if (replay.TooManySteps > 0)
        {
            notes.Add(
                $"For {PolicyDuration.Words(replay.TooManySteps * Step)} in all it held for more than {TriggerQueries.MostServices} services at once, which is no service's own trouble: nothing would have been done."
            );
        }
        if (acts.Count > MostActs)
        {
            notes.Add($"The last {MostActs} of {acts.Count} are listed.");
        }
        return new BacktestResult(
            from,
            to,
            (int)Step.TotalSeconds,
            version,
            course.Query,
            replay.HeldSteps * Step.TotalMinutes,
            replay.Episodes,
            acts.Count,
            [.. acts.AsEnumerable().Reverse().Take(MostActs)],
            [
                .. replay
                    .Held.OrderBy(one => one.Key, StringComparer.Ordinal)
                    .Select(one => new BacktestHeld(one.Key, one.Value)),
            ],
            [.. done.Select(one => one.Deed).Take(MostActs)],
            acts.Count(act => act.Operators.Any(deed => deed.Same && agreed.Add(deed.Proposal))),
            done.Count(one =>
                one.Deed.Same && acts.All(act => act.Operators.All(deed => deed.Proposal != one.Deed.Proposal))
            ),
            notes
        );

        IEnumerable<(BacktestDeed Deed, Proposal Proposal)> Near(BacktestAct act) =>
            done.Where(one =>
                    (one.Deed.At - act.At).Duration() <= Around
                    && (act.Service.Length == 0 ? one.Deed.Same : ProposalsOf.Touches(one.Proposal, act.Service))
                )
                .Select(one =>
                    (
                        one.Deed with
                        {
                            Same = ProposalsOf.IsAlike(one.Proposal, policy, act.Value, act.At),
                        },
                        one.Proposal
                    )
                );
    }

    private async Task<IReadOnlyList<(BacktestDeed Deed, Proposal Proposal)>> DoneAsync(
        Caller caller,
        string tenant,
        PolicyDefinition policy,
        DateTimeOffset from,
        CancellationToken cancellation
    ) =>
        [
            .. (
                await proposals.ListAsync(caller, new ProposalFilter(Tenant: tenant, Most: MostProposals), cancellation)
            )
                .Where(one =>
                    one.CreatedAt >= from
                    && ProposalsOf.IsDoneByPeople(one)
                    && (policy.Services.Count == 0 || policy.Services.Any(service => ProposalsOf.Touches(one, service)))
                )
                .Select(one =>
                    (
                        new BacktestDeed(
                            one.Id,
                            one.CreatedAt,
                            one.Kind,
                            one.Title,
                            one.RequestedBy.Name,
                            one.State,
                            one.Kind == policy.Action.Kind
                        ),
                        one
                    )
                ),
        ];
}
