using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Policies as pages and the API show them, with what is known of them beside what they say.</summary>
internal sealed class PolicyShown(
    PolicyStore store,
    EffectStore effects,
    IActionCatalogue catalogue,
    IProposals proposals,
    IEmergencyStop stop,
    IOptions<AutomationOptions> options,
    TimeProvider time
)
{
    public async Task<PolicyView> OfAsync(Caller caller, PolicyRow row, CancellationToken cancellation) =>
        (await OfAsync(caller, [row], cancellation))[0];

    public async Task<IReadOnlyList<PolicyView>> OfAsync(
        Caller caller,
        IReadOnlyList<PolicyRow> rows,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var deeds = await store.DeedsAsync([.. rows.Select(row => row.Id)], now.AddDays(-1), cancellation);
        var did = await effects.CountAsync(
            [.. rows.Select(row => row.Id)],
            now.AddDays(-EffectStore.Days),
            cancellation
        );
        var turn = await store.TurnAsync(cancellation);
        var views = new List<PolicyView>();
        foreach (var row in rows)
        {
            var watched = row.Stage is PolicyStage.Shadow or PolicyStage.Enforced;
            var tally =
                row.Stage == PolicyStage.Draft
                    ? new ShadowTally(0, 0, 0, 0)
                    : await store.TallyAsync(row, cancellation);
            var definition = row.Definition;
            var blind = watched && row.Memory.Blind is { IsTold: true } dark ? dark : null;
            views.Add(
                Of(
                    row.Tenant,
                    definition,
                    row,
                    row.Text,
                    row.Unread,
                    row.Notes,
                    new BudgetView(
                        definition.Budget.PerHour,
                        definition.Budget.PerDay,
                        deeds[row.Id].Count(at => at > now.AddHours(-1)),
                        deeds[row.Id].Count()
                    ),
                    new PolicyState(
                        row.StageBy,
                        row.StageAt,
                        row.StageWhy,
                        row.CreatedBy,
                        row.CreatedAt,
                        row.ChangedBy,
                        row.ChangedAt,
                        row.Approvers,
                        watched ? turn.LookedAt : null,
                        watched ? Next(turn.LookedAt, now) : null,
                        watched ? TriggerTimes.Next(definition.Trigger, now) : null,
                        stop.Current is { } stopped ? $"Dispatching was stopped by {stopped.ByName}."
                            : turn.Held ? $"All policies were held by {turn.HeldBy}."
                            : null,
                        tally.Same,
                        tally.Compared,
                        tally.Other,
                        tally.Missed,
                        definition.Agreements,
                        did.GetValueOrDefault(row.Id).Acted,
                        did.GetValueOrDefault(row.Id).Helped,
                        blind?.Since,
                        blind?.Why,
                        row.Tried
                    ),
                    await ProposalAsync(caller, row, cancellation)
                )
            );
        }
        return views;
    }

    private DateTimeOffset Next(DateTimeOffset? looked, DateTimeOffset now) =>
        looked + TimeSpan.FromSeconds(options.Value.EverySeconds) is { } next && next > now ? next : now;

    private async Task<PolicyProposal?> ProposalAsync(Caller caller, PolicyRow row, CancellationToken cancellation)
    {
        if (
            row is not { Stage: PolicyStage.Shadow, ProposalId: { } id }
            || await proposals.FindAsync(caller, id, cancellation) is not { Ended: false } proposal
        )
        {
            return null;
        }
        return new PolicyProposal(
            proposal.Id,
            proposal.State,
            proposal.Risk,
            proposal.PlanHash,
            proposal.ApprovalsNeeded,
            $"/api/v1/proposals/{proposal.Id}"
        );
    }

    /// <summary>What is only shown, and kept nowhere.</summary>
    public PolicyView Said(
        string tenant,
        PolicyDefinition definition,
        string? text = null,
        IReadOnlyList<string>? unread = null,
        IReadOnlyList<string>? notes = null
    ) =>
        Of(
            tenant,
            definition,
            null,
            text,
            unread ?? [],
            notes ?? [],
            new BudgetView(definition.Budget.PerHour, definition.Budget.PerDay, 0, 0),
            null,
            null
        );

    /// <param name="row">Null for what is only shown.</param>
    public PolicyView Of(
        string tenant,
        PolicyDefinition definition,
        PolicyRow? row,
        string? text,
        IReadOnlyList<string> unread,
        IReadOnlyList<string> notes,
        BudgetView budget,
        PolicyState? state,
        PolicyProposal? proposal
    ) =>
        new(
            row?.Id,
            tenant,
            definition.Name,
            row?.Stage ?? PolicyStage.Draft,
            row?.Version ?? 1,
            PolicySentence.Of(definition, tenant, catalogue.Find(definition.Action.Kind)),
            definition.Services,
            TriggerView.Of(definition.Trigger),
            definition.Conditions,
            definition.Action,
            PolicyDuration.Short(definition.For),
            PolicyDuration.Short(definition.Cooldown),
            budget,
            definition.Windows,
            new OutcomeView(PolicyDuration.Short(definition.Outcome.Within), definition.Outcome.Cleared),
            definition.Stop,
            definition.UpTo,
            PolicyDuration.Short(definition.Rearm),
            definition.Agreements,
            text,
            unread,
            notes,
            state,
            proposal
        );
}
