using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>A request to do something, from a page, the API, or the assistant for a person.</summary>
/// <param name="Evidence">What it rests on: objects with at least <c>title</c>; optionally <c>kind</c>, <c>text</c>, <c>url</c>, <c>query</c>.</param>
public sealed record ProposalRequest(
    string Kind,
    string Tenant,
    string Target,
    JsonElement Parameters,
    string Reason,
    IReadOnlyList<JsonElement> Evidence,
    string Via
)
{
    /// <summary>Of a reason or a comment, in characters; what is longer is refused, whichever way it comes.</summary>
    public const int LongestWords = 4000;

    /// <summary>What turns out to be riskier is refused: whoever asks is not trusted with more. Null for any risk.</summary>
    public Risk? HighestRisk { get; init; }
}

/// <param name="Via"><c>page</c>, <c>api</c>, <c>assistant</c>, <c>mcp</c>, <c>schedule</c>, <c>policy</c> or <c>graph</c>.</param>
public sealed record Requester(string Id, string Name, string Via);

/// <param name="Verdict"><c>approve</c> or <c>reject</c>.</param>
public sealed record Decision(
    string ById,
    string ByName,
    string Verdict,
    DateTimeOffset At,
    string? Comment,
    bool Counts
);

/// <summary>A proposal as pages and API see it.</summary>
/// <param name="Waiting">Why an approved action is not under way yet, in words; null when nothing holds it.</param>
public sealed record Proposal(
    string Id,
    string Kind,
    string Title,
    string Tenant,
    string Target,
    ProposalState State,
    Risk Risk,
    ActionPlan Plan,
    string PlanHash,
    PlanEstimate Estimate,
    string Reason,
    IReadOnlyList<JsonElement> Evidence,
    Requester RequestedBy,
    IReadOnlyList<Decision> Approvals,
    int ApprovalsNeeded,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? DispatchedAt,
    DateTimeOffset? EndedAt,
    ActionOutcome? Outcome,
    string? Waiting = null
)
{
    /// <summary>It was asked for before, alike, and has not ended: nothing was added but what was said this time.</summary>
    public bool AskedBefore { get; init; }

    /// <summary>No further change will come. Unknown is not an end: it is reconciled.</summary>
    public bool Ended =>
        State
            is ProposalState.Rejected
                or ProposalState.Withdrawn
                or ProposalState.Expired
                or ProposalState.Succeeded
                or ProposalState.Failed
                or ProposalState.RolledBack
                or ProposalState.Cancelled
                or ProposalState.Refused;
}

/// <summary>One event in the life of a proposal: <c>state</c>, <c>step</c>, <c>progress</c>, <c>output</c>, <c>outcome</c>.</summary>
/// <param name="Id">Rises by one within the proposal; the <c>Last-Event-ID</c>.</param>
public sealed record ProposalEvent(long Id, string ProposalId, string Type, DateTimeOffset At, JsonElement Data);

/// <summary>An approval names the plan that was read.</summary>
/// <param name="Confirm">The target's name as typed, where a step-up is required.</param>
/// <param name="StepUp">The proof that goes with it.</param>
public sealed record Approval(string PlanHash, string? Comment = null, string? Confirm = null, string? StepUp = null);

/// <summary>What a caller could do with a proposal.</summary>
/// <param name="WhyNot">In words, when the caller may not approve.</param>
/// <param name="NeedsStepUp">Approving takes the password again and the target's name.</param>
/// <param name="Approved">The caller has approved it already.</param>
public sealed record Standing(bool MayApprove, string? WhyNot, bool NeedsStepUp, bool Approved)
{
    /// <summary>Who was told of it beside those who have a page open.</summary>
    public IReadOnlyList<Told> Told { get; init; } = [];
}

/// <summary>A message about a proposal by mail or webhook.</summary>
/// <param name="By">The way it went.</param>
/// <param name="OfOutcome">Else of that it waits.</param>
/// <param name="At">When it was sent, given up, or is tried next.</param>
/// <param name="Trouble">Why it is not sent.</param>
public sealed record Told(string By, bool OfOutcome, bool Sent, bool GivenUp, DateTimeOffset At, string? Trouble);

/// <summary>Proposals from asking to outcome. Every method checks the caller's role and tenants itself.</summary>
public interface IProposals
{
    /// <summary>
    /// What was asked for alike (the plan is the same but for its id) and has not ended is the answer in place of a second one,
    /// whoever asked. A reason that is not there yet is told among its events and recorded.
    /// </summary>
    /// <exception cref="CannotPlanException">422</exception>
    /// <exception cref="Platform.Storage.TextTooLongException">422: the reason.</exception>
    /// <exception cref="ForbiddenException">403</exception>
    Task<Proposal> ProposeAsync(Caller caller, ProposalRequest request, CancellationToken cancellation);

    Task<Proposal?> FindAsync(Caller caller, string id, CancellationToken cancellation);

    /// <summary>Those of them that the caller may see. Whoever reads a page of its own names those, so the others are nobody's attempt and are not recorded.</summary>
    Task<IReadOnlyList<Proposal>> SeenAsync(
        Caller caller,
        IReadOnlyCollection<string> ids,
        CancellationToken cancellation
    );

    /// <summary>Newest first.</summary>
    Task<IReadOnlyList<Proposal>> ListAsync(Caller caller, ProposalFilter filter, CancellationToken cancellation);

    /// <exception cref="DecisionConflictException">409</exception>
    /// <exception cref="ForbiddenException">403 with <c>selfApproval</c>, <c>notReviewer</c> or <c>stepUpRequired</c></exception>
    Task<Proposal> ApproveAsync(Caller caller, string id, Approval approval, CancellationToken cancellation);

    /// <inheritdoc cref="ApproveAsync(Caller, string, Approval, CancellationToken)"/>
    Task<Proposal> ApproveAsync(
        Caller caller,
        string id,
        string planHash,
        string? comment,
        CancellationToken cancellation
    ) => ApproveAsync(caller, id, new Approval(planHash, comment), cancellation);

    /// <summary>The proof that approving one's own high risk takes where the installation has one operator.</summary>
    /// <exception cref="ForbiddenException">403 with <c>stepUpRequired</c>: the password is wrong.</exception>
    Task<StepUpProof> StepUpAsync(Caller caller, string id, string password, CancellationToken cancellation);

    /// <summary>What this caller could decide on a proposal that is open.</summary>
    Task<Standing> StandingAsync(Caller caller, string id, CancellationToken cancellation);

    Task<Proposal> RejectAsync(Caller caller, string id, string reason, CancellationToken cancellation);

    Task<Proposal> WithdrawAsync(Caller caller, string id, CancellationToken cancellation);

    Task<Proposal> CancelAsync(Caller caller, string id, CancellationToken cancellation);

    /// <summary>Events after <paramref name="afterId"/>, stored ones first, then live ones; ends after the outcome.</summary>
    IAsyncEnumerable<ProposalEvent> EventsAsync(Caller caller, string id, long afterId, CancellationToken cancellation);

    /// <summary>Proposals that wait for a decision this caller could take.</summary>
    Task<int> WaitingForAsync(Caller caller, CancellationToken cancellation);

    /// <summary>Called back, throttled, when any proposal changed; dispose to stop.</summary>
    IDisposable OnChange(Func<Task> callback);
}

public sealed record ProposalFilter(
    ProposalState? State = null,
    string? Tenant = null,
    bool OpenOnly = false,
    int Most = 100,
    string? Before = null
);

/// <summary>What was asked for is riskier than whoever asks may propose (<see cref="ProposalRequest.HighestRisk"/>).</summary>
public sealed class TooRiskyException(string title, Risk risk, Risk highest)
    : Exception(
        $"\"{title}\" is of {risk.ToString().ToLowerInvariant()} risk, and no more than {highest.ToString().ToLowerInvariant()} risk may be proposed here. Nothing was proposed."
    );

/// <summary>No such proposal, or one of a tenant that the caller may not see: the same answer for both (404).</summary>
public sealed class UnknownProposalException(string id) : Exception($"There is no proposal \"{id}\" that you can see.")
{
    public string Id { get; } = id;
}

/// <param name="code"><c>planMismatch</c>, <c>worldChanged</c>, <c>alreadyDecided</c> or <c>expired</c>.</param>
public sealed class DecisionConflictException(string code, string message, IReadOnlyList<string>? differences = null)
    : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>For <c>worldChanged</c>: what changed.</summary>
    public IReadOnlyList<string> Differences { get; } = differences ?? [];
}

/// <summary>The emergency stop of all dispatching, for everybody, at once.</summary>
public interface IEmergencyStop
{
    /// <summary>Null when dispatching goes on.</summary>
    EmergencyStopState? Current { get; }

    /// <summary>Stops dispatching; one that is stopped already stays so since when it was, and gets another reason if one is given.</summary>
    Task StopAsync(Caller caller, string? reason, CancellationToken cancellation);

    Task ResumeAsync(Caller caller, string? reason, CancellationToken cancellation);

    IDisposable OnChange(Func<Task> callback);
}

public sealed record EmergencyStopState(string ByName, DateTimeOffset At, string? Reason);
