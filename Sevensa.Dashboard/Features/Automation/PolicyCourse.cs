using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Automation.Enforcing;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Brings policies from stage to stage for people: forward to shadow, by a proposal to enforced, and back at once.</summary>
internal sealed class PolicyCourse(
    PolicyStore store,
    PolicyStages stages,
    PolicyAccess access,
    PolicyShown shown,
    PolicyNews news,
    IActionCatalogue catalogue,
    IStepUp stepUp,
    IProposals proposals
)
{
    /// <summary>One stage further: to shadow at once, from there by a proposal that somebody else approves.</summary>
    /// <param name="to">Null: the next.</param>
    /// <param name="waive">Though people have not done the same in shadow as often as it takes; an administrator's only.</param>
    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="PolicyConflictException">409</exception>
    /// <exception cref="CannotPlanException">422</exception>
    public async Task<PolicyView> PromoteAsync(
        Caller caller,
        string id,
        PolicyStage? to,
        string? reason,
        string via,
        CancellationToken cancellation,
        bool waive = false
    )
    {
        var row = await access.RowAsync(caller, id, cancellation);
        PolicyAccess.MustPropose(caller);
        await stepUp.RequireClearAsync(caller, "policy.promote", cancellation);
        reason = PolicyAccess.Reason(reason);
        var next = row.Stage == PolicyStage.Shadow ? PolicyStage.Enforced : PolicyStage.Shadow;
        if (row.Stage == PolicyStage.Enforced)
        {
            throw new PolicyConflictException("It is enforced: there is no further stage.");
        }
        if (to is { } wanted && wanted != next)
        {
            throw new PolicyConflictException(
                $"From {Word(row.Stage)} the next stage is {Word(next)}, not {Word(wanted)}."
            );
        }
        if (next == PolicyStage.Shadow)
        {
            _ =
                await stages.MoveAsync(row, next, "policy.shadowed", caller.Actor(), reason, cancellation)
                ?? throw ChangedMeanwhile();
            return await FindAsync(caller, id, cancellation);
        }
        var proposal = await proposals.ProposeAsync(
            caller,
            new ProposalRequest(
                PolicyEnforcement.Kind,
                row.Tenant,
                row.Id,
                JsonSerializer.SerializeToElement(
                    new Dictionary<string, bool> { [EnforcePolicy.WaiveAgreements] = waive }
                ),
                reason ?? $"The policy \"{row.Name}\" is to act within its budget.",
                [
                    JsonSerializer.SerializeToElement(
                        new
                        {
                            title = "The policy",
                            kind = "text",
                            text = PolicySentence.Of(
                                row.Definition,
                                row.Tenant,
                                catalogue.Find(row.Definition.Action.Kind)
                            ),
                            url = $"/policies/{row.Id}",
                        }
                    ),
                ],
                via
            ),
            cancellation
        );
        await store.ChangeAsync(
            row.Id,
            row.Version,
            PolicyStage.Shadow,
            one => one.ProposalId = proposal.Id,
            cancellation
        );
        news.Raise();
        return await FindAsync(caller, id, cancellation);
    }

    /// <summary>At once, without anybody's approval: one stage back, or set aside.</summary>
    /// <param name="to">Null: one stage back.</param>
    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="PolicyConflictException">409</exception>
    public async Task<PolicyView> DemoteAsync(
        Caller caller,
        string id,
        PolicyStage? to,
        string? reason,
        CancellationToken cancellation
    )
    {
        PolicyAccess.MustDemote(caller);
        reason = PolicyAccess.Reason(reason);
        while (true)
        {
            var row = await access.RowAsync(caller, id, cancellation);
            var target = to ?? (row.Stage == PolicyStage.Enforced ? PolicyStage.Shadow : PolicyStage.Draft);
            if (target == row.Stage || target == PolicyStage.Enforced || Rank(target) > Rank(row.Stage))
            {
                throw new PolicyConflictException(
                    target == row.Stage
                        ? $"It is {Word(target)} already."
                        : $"From {Word(row.Stage)} to {Word(target)} is no way back: promote it."
                );
            }
            if (
                await stages.MoveAsync(
                    row,
                    target,
                    target == PolicyStage.Paused ? "policy.paused" : "policy.demoted",
                    caller.Actor(),
                    reason,
                    cancellation
                )
                is not null
            )
            {
                return await FindAsync(caller, id, cancellation);
            }
            // It was changed meanwhile: what is to stop is stopped as it is now.
        }
    }

    private async Task<PolicyView> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
        await shown.OfAsync(caller, await access.RowAsync(caller, id, cancellation), cancellation);

    private static PolicyConflictException ChangedMeanwhile() =>
        new("The policy was changed meanwhile. Nothing was done; look again.", "changedMeanwhile");

    private static int Rank(PolicyStage stage) =>
        stage switch
        {
            PolicyStage.Draft => 0,
            PolicyStage.Paused => 1,
            PolicyStage.Shadow => 2,
            _ => 3,
        };

    private static string Word(PolicyStage stage) => JsonNamingPolicy.CamelCase.ConvertName(stage.ToString());
}
