using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Decisions;
using Sevensa.Dashboard.Features.Actions.Notices;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Proposals as pages, API and assistant use them.</summary>
internal sealed class ProposalService(
    ProposalStore store,
    NoticeChannels channels,
    NoticeStore notices,
    ActionKinds kinds,
    ApprovalPolicy policy,
    Approving approving,
    Declining declining,
    ITenantScopes scopes,
    BlastRadius radius,
    ActionSweep sweep,
    IStrangers strangers,
    IAuditLog audit,
    ProposalChanges changes,
    IOptions<ActionsOptions> options,
    TimeProvider time
) : IProposals
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public async Task<Proposal> ProposeAsync(Caller caller, ProposalRequest request, CancellationToken cancellation)
    {
        var scope = await scopes.ForAsync(caller, request.Tenant, cancellation);
        if (!caller.MayPropose)
        {
            const string why = "Proposing takes an operator or an administrator, and a token with the scope propose.";
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "proposal.create",
                    request.Tenant,
                    request.Target,
                    AuditOutcome.Refused,
                    $"{request.Kind}: {why}"
                ),
                cancellation
            );
            throw new ForbiddenException(why) { IsRecorded = true };
        }
        request = request with { Reason = Words(request.Reason, "The reason") };
        var kind = kinds.Get(request.Kind);
        var parameters = ParameterSchema.Check(kind.Name, kind.ParametersSchema, request.Parameters);
        var now = time.Milliseconds();
        var id = Guid.CreateVersion7(now).ToString("n");
        var draft = await kind.PlanAsync(
            new PlanRequest(id, scope, request.Tenant, request.Target, parameters, caller),
            cancellation
        );
        var plan = draft.Plan;
        var risk = (Risk)Math.Max((int)kind.RiskOf(plan), (int)draft.AtLeast);
        if (request.HighestRisk is { } highest && risk > highest)
        {
            throw new TooRiskyException(PlanTitles.Of(kind, plan), risk, highest);
        }
        var sameness = SamenessOf(plan);
        if (await OpenAsync(sameness, now, cancellation) is { } open)
        {
            return await AgainAsync(open, caller, request, cancellation);
        }
        if (
            !kind.PlansOnUnfinished
            && await store.BusyAsync(ProposalStore.ThingsOf(plan), id, cancellation) is { } unfinished
        )
        {
            throw new CannotPlanException(
                $"\"{unfinished}\" is at work on it now, and what it will leave is not known yet. Look at it under Approvals, and propose this again once it has ended, if it is still needed."
            );
        }
        var service = plan.Containers.Count > 0 ? plan.Containers[0].Service : plan.Target;
        var estimate = await EstimateAsync(draft, scope, service, cancellation);
        var row = new ProposalRow
        {
            Id = id,
            Kind = kind.Name,
            Title = PlanTitles.Of(kind, plan),
            Tenant = request.Tenant,
            Target = plan.Target,
            Risk = risk,
            PlanJson = JsonSerializer.Serialize(plan, ActionJson.Default.ActionPlan),
            PlanHash = CanonicalJson.Hash(plan, ActionJson.Default.ActionPlan),
            EstimateJson = JsonSerializer.Serialize(estimate, EstimateContext.Default.PlanEstimate),
            Reason = request.Reason,
            EvidenceJson = JsonSerializer.Serialize(request.Evidence),
            RequesterId = caller.Subject,
            RequesterName = caller.Name,
            RequesterVia = request.Via,
            Sameness = sameness,
            ApprovalsNeeded = policy.ApprovalsFor(request.Tenant, risk),
            HostId = plan.Executor.Role == PlanExecutor.Runner ? plan.Executor.HostId : null,
            HostName = plan.Executor.HostName,
            Service = service,
            CreatedAt = now,
            ExpiresAt = now + options.Value.ProposalLifetime,
            State = ProposalState.Proposed,
        };
        var entry = ActionRecord.Entry(
            caller.Actor(),
            "proposal.created",
            row,
            detail: $"{row.Reason} (plan {row.PlanHash}, via {row.RequesterVia})"
        ) with
        {
            Before = null,
            After = JsonSerializer.SerializeToElement(row.State, ActionJson.Default.ProposalState),
        };
        var added = new ProposalChange(row, now).Tell(
            "state",
            new JsonObject { ["state"] = "proposed", ["by"] = caller.Name }
        );
        if (await store.TryAddAsync(added, audit, entry, cancellation) is { } same)
        {
            return await AgainAsync(same, caller, request, cancellation);
        }
        changes.Raise(id);
        return BlastRadius.Shown(row.ToProposal(), caller);
    }

    /// <summary>What is open is the answer; what is said for it this time is kept beside what was said before.</summary>
    private async Task<Proposal> AgainAsync(
        ProposalRow row,
        Caller caller,
        ProposalRequest request,
        CancellationToken cancellation
    )
    {
        if (row.RequesterId != caller.Subject && !caller.MayRead)
        {
            throw new CannotPlanException(
                "The same is open already, asked for by somebody else, and this token may not read it (it lacks the scope read). Nothing was added."
            );
        }
        while (row.EndedAt is null && !await IsSaidAsync(row, caller, request.Reason, cancellation))
        {
            var entry = ActionRecord.Entry(
                caller.Actor(),
                "proposal.askedAgain",
                row,
                detail: $"{request.Reason} (via {request.Via}; first asked for by {row.RequesterName})"
            );
            var said = new ProposalChange(row, time.Milliseconds()).Tell(
                "progress",
                new JsonObject
                {
                    ["text"] = $"{caller.Name} asked for the same: {request.Reason}",
                    ["askedAgain"] = new JsonObject
                    {
                        ["byId"] = caller.Subject,
                        ["by"] = caller.Name,
                        ["via"] = request.Via,
                        ["reason"] = request.Reason,
                        ["evidence"] = JsonSerializer.SerializeToNode(request.Evidence),
                    },
                }
            );
            if (await store.CommitAsync(said, audit, entry, cancellation) == Commit.Done)
            {
                changes.Raise(row.Id);
                break;
            }
            row = await store.FindAsync(row.Id, cancellation) ?? throw new UnknownProposalException(row.Id);
        }
        return BlastRadius.Shown(row.ToProposal(), caller) with { AskedBefore = true };
    }

    /// <summary>Who asks again and again in the same words adds nothing.</summary>
    private async Task<bool> IsSaidAsync(ProposalRow row, Caller caller, string reason, CancellationToken cancellation)
    {
        if (row.RequesterId == caller.Subject && row.Reason == reason)
        {
            return true;
        }
        foreach (var told in await store.ProgressAsync(row.Id, cancellation))
        {
            if (
                JsonNode.Parse(told)?["askedAgain"] is JsonObject asked
                && (string?)asked["byId"] == caller.Subject
                && (string?)asked["reason"] == reason
            )
            {
                return true;
            }
        }
        return false;
    }

    private async Task<ProposalRow?> OpenAsync(string sameness, DateTimeOffset now, CancellationToken cancellation)
    {
        var open = await store.FindOpenAsync(sameness, cancellation);
        if (open is { State: ProposalState.Proposed or ProposalState.Approved } && open.ExpiresAt <= now)
        {
            await sweep.ExpireAsync(open, cancellation);
            return null;
        }
        return open;
    }

    /// <summary>The plan has its proposal's id in it, at least once; apart from that what is alike is asked for alike.</summary>
    private static string SamenessOf(ActionPlan plan)
    {
        var text = Encoding
            .UTF8.GetString(CanonicalJson.Of(plan, ActionJson.Default.ActionPlan))
            .Replace(plan.ProposalId, "", StringComparison.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    public async Task<Proposal?> FindAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (await store.FindAsync(id, cancellation) is not { } row)
        {
            return null;
        }
        if (caller is { IsStaff: true, MayRead: true } && row.IsSeenBy(caller))
        {
            return BlastRadius.Shown(row.ToProposal(), caller);
        }
        await strangers.RecordAsync(caller, $"the proposal {id} of {row.Tenant}", cancellation);
        return null;
    }

    public async Task<IReadOnlyList<Proposal>> SeenAsync(
        Caller caller,
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    ) =>
        caller is { IsStaff: true, MayRead: true } && ids.Count > 0
            ?
            [
                .. (await store.OfAsync(caller.Tenants, ids, cancellation))
                    .Where(row => row.IsSeenBy(caller))
                    .Select(row => BlastRadius.Shown(row.ToProposal(), caller)),
            ]
            : [];

    public async Task<IReadOnlyList<Proposal>> ListAsync(
        Caller caller,
        ProposalFilter filter,
        CancellationToken cancellation
    )
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            return [];
        }
        var seen = new List<Proposal>();
        for (var left = filter; left.Most > 0; )
        {
            var rows = await store.ListAsync(caller.Tenants, left, cancellation);
            seen.AddRange(
                rows.Where(row => row.IsSeenBy(caller)).Select(row => BlastRadius.Shown(row.ToProposal(), caller))
            );
            if (rows.Count < left.Most)
            {
                break;
            }
            // What is not the caller's to see makes no page shorter.
            left = left with
            {
                Most = filter.Most - seen.Count,
                Before = rows[^1].Id,
            };
        }
        return seen;
    }

    public async Task<Proposal> ApproveAsync(
        Caller caller,
        string id,
        Approval approval,
        CancellationToken cancellation
    ) =>
        BlastRadius.Shown(
            (
                await approving.ApproveAsync(
                    caller,
                    id,
                    approval with
                    {
                        Comment = Words(approval.Comment, "The comment"),
                    },
                    cancellation
                )
            ).ToProposal(),
            caller
        );

    public Task<StepUpProof> StepUpAsync(Caller caller, string id, string password, CancellationToken cancellation) =>
        approving.ProveAsync(caller, id, password, cancellation);

    public async Task<Standing> StandingAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (await store.FindAsync(id, cancellation) is not { } row || !caller.IsStaff || !row.IsSeenBy(caller))
        {
            throw new UnknownProposalException(id);
        }
        var verdict = await policy.MayApproveAsync(caller, row, cancellation);
        return new Standing(
            verdict.May,
            verdict.Why,
            policy.NeedsStepUp(caller, row),
            row.DecidedBy(caller, Approving.Verb)
        )
        {
            Told = channels.All.Count == 0 ? [] : [.. (await notices.OfAsync(id, cancellation)).Select(Told)],
        };
    }

    private static Told Told(NoticeRow row) =>
        new(
            row.Channel,
            row.Occasion == NoticeOccasion.Outcome,
            row.Sent,
            row is { Sent: false, EndedAt: not null },
            row.EndedAt ?? row.DueAt,
            row.Trouble
        );

    public async Task<Proposal> RejectAsync(Caller caller, string id, string reason, CancellationToken cancellation) =>
        BlastRadius.Shown(
            (await declining.RejectAsync(caller, id, Words(reason, "The reason"), cancellation)).ToProposal(),
            caller
        );

    public async Task<Proposal> WithdrawAsync(Caller caller, string id, CancellationToken cancellation) =>
        BlastRadius.Shown((await declining.WithdrawAsync(caller, id, cancellation)).ToProposal(), caller);

    public async Task<Proposal> CancelAsync(Caller caller, string id, CancellationToken cancellation) =>
        BlastRadius.Shown((await declining.CancelAsync(caller, id, cancellation)).ToProposal(), caller);

    public async IAsyncEnumerable<ProposalEvent> EventsAsync(
        Caller caller,
        string id,
        long afterId,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        while (true)
        {
            var next = changes.Next(id);
            var proposal = await FindAsync(caller, id, cancellation) ?? throw new UnknownProposalException(id);
            // Read after the state: what had ended by then has all its events here.
            foreach (var told in await store.EventsAsync(id, afterId, cancellation))
            {
                afterId = told.Id;
                yield return new ProposalEvent(
                    told.Id,
                    id,
                    told.Type,
                    told.At,
                    JsonSerializer.Deserialize<JsonElement>(told.DataJson)
                );
            }
            if (proposal.Ended)
            {
                yield break;
            }
            // Another instance's changes don't wake us: look again after a while.
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(next, Task.Delay(LookAgain, time, turn.Token));
            await turn.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    public async Task<int> WaitingForAsync(Caller caller, CancellationToken cancellation)
    {
        var count = 0;
        if (!caller.IsReviewer)
        {
            return count;
        }
        var now = time.GetUtcNow();
        foreach (var row in await store.InStatesAsync([ProposalState.Proposed], cancellation))
        {
            if (
                row.IsSeenBy(caller)
                && row.ExpiresAt > now
                && row.Decisions.All(decision => decision.ById != caller.Subject)
                && (await policy.MayApproveAsync(caller, row, cancellation)).May
            )
            {
                count++;
            }
        }
        return count;
    }

    public IDisposable OnChange(Func<Task> callback) => changes.OnChange(callback);

    private async Task<PlanEstimate> EstimateAsync(
        PlanDraft draft,
        TenantScope scope,
        string service,
        CancellationToken cancellation
    )
    {
        var estimate = draft.Estimate;
        if (estimate.EarlierSeconds.Count == 0)
        {
            var earlier = await store.EarlierAsync(draft.Plan.Kind, draft.Plan.Tenant, service, cancellation);
            estimate = estimate with
            {
                EarlierSeconds = earlier,
                DowntimeSeconds = earlier.Count == 0 ? null : earlier.Order().ElementAt(earlier.Count / 2),
            };
        }
        if (draft.Plan.Containers.Count == 0)
        {
            return estimate;
        }
        var others = await radius.OthersAsync(draft.Plan, cancellation);
        var own = estimate.RequestsPerMinute ?? await radius.RateAsync(scope, service, cancellation);
        estimate = estimate with { RequestsPerMinute = own };
        if (others.Count > 0)
        {
            estimate = estimate with
            {
                Blast = [.. estimate.Blast ?? [new PlanBlast(draft.Plan.Tenant, service, own)], .. others],
            };
        }
        return estimate;
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? Words(string? text, string what) =>
        TextLimits.Check(text?.Trim(), what, ProposalRequest.LongestWords);
}
