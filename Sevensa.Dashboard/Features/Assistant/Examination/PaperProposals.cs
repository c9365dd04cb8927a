using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>Takes what an examined model proposes, and keeps it on paper: nothing comes of it.</summary>
internal sealed class PaperProposals(IReadOnlyList<IActionKind> kinds, TimeProvider time) : IProposals
{
    private readonly List<Proposal> made = [];

    public Task<Proposal> ProposeAsync(Caller caller, ProposalRequest request, CancellationToken cancellation)
    {
        var kind =
            kinds.FirstOrDefault(one => one.Name == request.Kind)
            ?? throw new CannotPlanException($"There is no kind of action \"{request.Kind}\".");
        if (PaperFleet.Target(request.Tenant, request.Target) is null)
        {
            throw new CannotPlanException(
                $"There is no \"{request.Target}\" of tenant \"{request.Tenant}\" that you can see."
            );
        }
        var now = time.GetUtcNow();
        var id = $"paper{made.Count + 1}";
        var proposal = new Proposal(
            id,
            kind.Name,
            kind.Title(request.Target),
            request.Tenant,
            request.Target,
            ProposalState.Proposed,
            kind.Risk,
            new ActionPlan(
                id,
                kind.Name,
                request.Tenant,
                request.Target,
                request.Parameters,
                new PlanExecutor(PlanExecutor.Dashboard),
                [],
                [],
                [],
                [],
                new PlanVerification("none", 0, "on paper"),
                PlanUndo.None("on paper"),
                ""
            ),
            "",
            new PlanEstimate(null, [], null, now),
            request.Reason,
            request.Evidence,
            new Requester(caller.Subject, caller.Name, request.Via),
            [],
            1,
            now,
            now.AddHours(1),
            null,
            null,
            null
        );
        made.Add(proposal);
        return Task.FromResult(proposal);
    }

    public Task<Proposal?> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
        Task.FromResult(made.Find(one => one.Id == id));

    public Task<IReadOnlyList<Proposal>> SeenAsync(
        Caller caller,
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    ) => Task.FromResult<IReadOnlyList<Proposal>>(made.FindAll(one => ids.Contains(one.Id)));

    public Task<IReadOnlyList<Proposal>> ListAsync(
        Caller caller,
        ProposalFilter filter,
        CancellationToken cancellation
    ) => Task.FromResult<IReadOnlyList<Proposal>>(made);

    public Task<Proposal> ApproveAsync(Caller caller, string id, Approval approval, CancellationToken cancellation) =>
        throw OnPaper();

    public Task<StepUpProof> StepUpAsync(Caller caller, string id, string password, CancellationToken cancellation) =>
        throw OnPaper();

    public Task<Standing> StandingAsync(Caller caller, string id, CancellationToken cancellation) => throw OnPaper();

    public Task<Proposal> RejectAsync(Caller caller, string id, string reason, CancellationToken cancellation) =>
        throw OnPaper();

    public Task<Proposal> WithdrawAsync(Caller caller, string id, CancellationToken cancellation) => throw OnPaper();

    public Task<Proposal> CancelAsync(Caller caller, string id, CancellationToken cancellation) => throw OnPaper();

    public IAsyncEnumerable<ProposalEvent> EventsAsync(
        Caller caller,
        string id,
        long afterId,
        CancellationToken cancellation
    ) => throw OnPaper();

    public Task<int> WaitingForAsync(Caller caller, CancellationToken cancellation) => Task.FromResult(made.Count);

    public IDisposable OnChange(Func<Task> callback) => throw OnPaper();

    private static NotSupportedException OnPaper() => new("What is proposed on paper is decided by nobody.");
}
