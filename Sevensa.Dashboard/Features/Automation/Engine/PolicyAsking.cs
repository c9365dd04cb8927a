using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>Proposes what a policy does, approved by who approved the policy, as far as they still may.</summary>
internal sealed class PolicyAsking(
    PolicyStore store,
    IProposals proposals,
    ICallersToday today,
    IApprovalsToday approvals,
    ILogger<PolicyAsking> log
)
{
    /// <summary>Of what a reason may be, so that what it held for is never why nothing is done.</summary>
    private const int LongestReason = ProposalRequest.LongestWords / 2;

    private const string Unforeseen = " for a reason that the program's log names.";

    /// <summary>Proposes, and gives the approvals that were given beforehand. What goes wrong is told, whatever it is.</summary>
    public async Task<(PolicyVerdict Verdict, string Words, string? Proposal)> AskAsync(
        PolicyRow row,
        PolicyDefinition policy,
        Firing firing,
        CancellationToken cancellation
    )
    {
        var held = DeedWords.Held(policy, firing);
        if (policy.Action.Target is null && firing.Service.Length == 0)
        {
            return (PolicyVerdict.Failed, $"{held}, which names no service, and the policy names no target.", null);
        }
        if (firing.Breach is { } breach)
        {
            return await TakeUpAsync(row, policy, breach, held, cancellation);
        }
        Proposal proposal;
        try
        {
            proposal = await proposals.ProposeAsync(
                PolicyCaller.Of(row),
                new ProposalRequest(
                    policy.Action.Kind,
                    row.Tenant,
                    policy.Action.Target ?? $"service:{firing.Service}",
                    ScaleReading.Parameters(policy, firing.Value),
                    StoreText.Shorten($"By the policy \"{row.Name}\": {held}.", LongestReason),
                    [
                        JsonSerializer.SerializeToElement(
                            new
                            {
                                title = $"Policy \"{row.Name}\", version {row.Version.ToString(CultureInfo.InvariantCulture)}",
                                kind = "text",
                                text = held,
                                query = policy.Trigger.Query,
                                url = $"/policies/{row.Id}",
                            }
                        ),
                    ],
                    PolicyCaller.Via
                ),
                cancellation
            );
        }
        catch (Exception exception)
            when (exception
                    is CannotPlanException
                        or UnknownTenantException
                        or ForbiddenException
                        or RunnerUnreachableException
                        or UpstreamException
            )
        {
            return (PolicyVerdict.Failed, $"{held}. It could not be proposed: {exception.Message}", null);
        }
        catch (Exception exception) when (IsUnforeseen(exception, cancellation))
        {
            log.LogError(exception, "What the policy {Policy} does could not be proposed", row.Id);
            return (PolicyVerdict.Failed, $"{held}. It could not be proposed{Unforeseen}", null);
        }
        if (proposal.AskedBefore && proposal.RequestedBy.Id != PolicyCaller.SubjectOf(row.Id))
        {
            return (
                PolicyVerdict.Held,
                $"{held}; {proposal.RequestedBy.Name} had asked for the same, which is left to them.",
                proposal.Id
            );
        }
        return await ApprovedAsync(row, policy, proposal, held, cancellation);
    }

    /// <summary>Takes up what a watch asks for: its own plan, approved by who approved the policy.</summary>
    private async Task<(PolicyVerdict Verdict, string Words, string? Proposal)> TakeUpAsync(
        PolicyRow row,
        PolicyDefinition policy,
        DeployBreach breach,
        string held,
        CancellationToken cancellation
    ) =>
        await proposals.FindAsync(PolicyCaller.Of(row), breach.Undo, cancellation)
            is { State: ProposalState.Proposed } undo
            ? await ApprovedAsync(row, policy, undo, held, cancellation)
            : (PolicyVerdict.Held, $"{held}; its undo was decided on meanwhile, which is left so.", breach.Undo);

    /// <summary>The approvals of who approved the policy, as far as they may still give them. Whatever else is needed stays needed.</summary>
    private async Task<(PolicyVerdict Verdict, string Words, string? Proposal)> ApprovedAsync(
        PolicyRow row,
        PolicyDefinition policy,
        Proposal proposal,
        string held,
        CancellationToken cancellation
    )
    {
        if (proposal.Risk > policy.UpTo)
        {
            return Waits(
                $"its risk is {DeedWords.Of(proposal.Risk)}, and the policy does what is {DeedWords.Of(policy.UpTo)} at most"
            );
        }
        var (why, state) = ("nobody approved the policy", ProposalState.Proposed);
        foreach (var approver in row.Approvers)
        {
            if (await store.TurnAsync(cancellation) is { Held: true } turn)
            {
                return Waits($"all policies were held by {turn.HeldBy} meanwhile");
            }
            try
            {
                if (await today.PersonAsync(approver.Id, cancellation) is not { } person)
                {
                    why = $"{approver.Name}, who approved the policy, {ICallersToday.WhyNone}";
                    continue;
                }
                if (row.ProposalId is { } enforced && !await approvals.StandsAsync(enforced, approver.Id, cancellation))
                {
                    why =
                        $"the token or program by which {approver.Name} approved the policy was taken back or has ended";
                    continue;
                }
                var approved = await proposals.ApproveAsync(
                    person with
                    {
                        Client = PolicyCaller.SubjectOf(row.Id),
                    },
                    proposal.Id,
                    proposal.PlanHash,
                    $"{PolicyCaller.Beforehand} \"{row.Name}\", version {row.Version.ToString(CultureInfo.InvariantCulture)} (proposal {row.ProposalId})",
                    cancellation
                );
                state = approved.State;
                why = string.Create(
                    CultureInfo.InvariantCulture,
                    $"it has {approved.Approvals.Count} of {approved.ApprovalsNeeded} approvals"
                );
            }
            catch (Exception exception)
                when (exception is ForbiddenException or DecisionConflictException or UnknownProposalException)
            {
                why = $"{approver.Name}, who approved the policy, could not approve it. {exception.Message}";
            }
            catch (Exception exception) when (IsUnforeseen(exception, cancellation))
            {
                log.LogError(exception, "What the policy {Policy} proposed could not be approved", row.Id);
                why = $"{approver.Name}, who approved the policy, could not approve it{Unforeseen}";
            }
            if (state != ProposalState.Proposed)
            {
                return (PolicyVerdict.Acted, $"{held}. {proposal.Title}.", proposal.Id);
            }
        }
        return await proposals.FindAsync(PolicyCaller.Of(row), proposal.Id, cancellation)
                is not { State: not ProposalState.Proposed } decided
                ? Waits(why)
            // Its own, with the approval that was still missing from somebody else, is done for it.
            : decided.RequestedBy.Id == PolicyCaller.SubjectOf(row.Id)
            && (ProposalsOf.WasDone(decided) || decided.State == ProposalState.Approved)
                ? (PolicyVerdict.Acted, $"{held}. {proposal.Title}.", proposal.Id)
            : (
                PolicyVerdict.Held,
                $"{held}; \"{decided.Title}\" was decided on meanwhile ({JsonNamingPolicy.CamelCase.ConvertName(decided.State.ToString())}), which is left so.",
                proposal.Id
            );

        (PolicyVerdict, string, string?) Waits(string because) =>
            (
                PolicyVerdict.Proposed,
                $"{held}. {proposal.Title} is proposed and waits for a person: {because.TrimEnd('.')}.",
                proposal.Id
            );
    }

    /// <summary>A store that is away, or a program that ends, ends the look; what was begun is found out about at the next.</summary>
    private static bool IsUnforeseen(Exception exception, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested && StoreFault.In(exception) is null;
}
