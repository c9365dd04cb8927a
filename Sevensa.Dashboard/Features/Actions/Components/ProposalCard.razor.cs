using Microsoft.AspNetCore.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Components;

/// <summary>One proposal, live: plan, evidence, decision, steps, outcome. Used by the inbox, its page, and the chat.</summary>
public partial class ProposalCard
{
    private readonly List<ProposalEvent> _events = [];
    private CancellationTokenSource? _watching;
    private Caller? _caller;
    private Proposal? _proposal;
    private string? _shown;
    private IReadOnlyList<string> _differences = [];
    private IReadOnlyList<EvidenceDifference> _evidenceNow = [];
    private string? _trouble;
    private string _reason = "";
    private Standing? _standing;
    private string _comment = "";
    private bool _rejecting;
    private bool _proving;
    private bool _missing;
    private bool _busy;

    [Parameter, EditorRequired]
    public string Id { get; set; } = "";

    /// <summary>With a way to the proposal's own page.</summary>
    [Parameter]
    public bool Linked { get; set; }

    [Inject]
    private IProposals Proposals { get; set; } = null!;

    [Inject]
    private ICurrentCaller Callers { get; set; } = null!;

    [Inject]
    private IEnumerable<IAftermath> Aftermaths { get; set; } = null!;

    [Inject]
    private IEnumerable<IAwaitedDeed> Awaited { get; set; } = null!;

    [Inject]
    private IEnumerable<IEvidenceAgain> Looks { get; set; } = null!;

    [Inject]
    private TimeProvider Time { get; set; } = null!;

    private bool Open =>
        _proposal is { State: ProposalState.Proposed or ProposalState.Approved } open
        && open.ExpiresAt > Time.GetUtcNow();

    private bool Mine => _proposal?.RequestedBy.Id == _caller?.Subject;

    private bool Waits => Open && _proposal!.State == ProposalState.Proposed;

    private bool MayApprove => Waits && _standing is { MayApprove: true, Approved: false };

    private bool MayReject => Open && _caller!.IsReviewer;

    private bool MayWithdraw => Open && (Mine || _caller!.IsAdmin);

    private bool MayCancel =>
        _proposal is { State: ProposalState.Dispatched or ProposalState.Running or ProposalState.Unknown }
        && (_caller!.IsReviewer || Mine);

    private string? WhyNot =>
        !Waits ? null
        : !_caller!.IsReviewer ? "An operator, approver or administrator decides on it."
        : _standing is { Approved: true } ? "You approved it. One more has to."
        : _standing?.WhyNot;

    /// <summary>A form is open, whose letters are no commands.</summary>
    internal bool Asking => _rejecting || _proving;

    /// <summary>Approves the plan that is shown, if this person may; asks for the proof first where one is needed.</summary>
    public Task ApproveAsync()
    {
        if (!MayApprove || Asking)
        {
            return Task.CompletedTask;
        }
        if (_standing!.NeedsStepUp)
        {
            _proving = true;
            StateHasChanged();
            return Task.CompletedTask;
        }
        return DoAsync(caller => Proposals.ApproveAsync(caller, Id, new Approval(_proposal!.PlanHash, Comment), Alive));
    }

    private string? Comment => string.IsNullOrWhiteSpace(_comment) ? null : _comment.Trim();

    private Task ProveAsync((string Password, string Typed) given) =>
        DoAsync(async caller =>
        {
            var proof = await Proposals.StepUpAsync(caller, Id, given.Password, Alive);
            return await Proposals.ApproveAsync(
                caller,
                Id,
                new Approval(_proposal!.PlanHash, Comment, given.Typed, proof.Proof),
                Alive
            );
        });

    /// <summary>Opens the field for the reason, if this person may reject.</summary>
    public Task AskReasonAsync()
    {
        if (_proposal is not null && MayReject && !Asking)
        {
            _rejecting = true;
            StateHasChanged();
        }
        return Task.CompletedTask;
    }

    protected override async Task OnParametersSetAsync()
    {
        if (_shown == Id)
        {
            return;
        }
        _shown = Id;
        await StopWatchingAsync();
        _events.Clear();
        (_proposal, _trouble, _rejecting, _proving, _missing) = (null, null, false, false, false);
        (_reason, _comment, _evidenceNow) = ("", "", []);
        _caller = await Callers.GetAsync(Alive);
        if (Disposed || _shown != Id)
        {
            return;
        }
        _proposal = await Proposals.FindAsync(_caller, Id, Alive);
        _missing = _proposal is null;
        if (_proposal is not null && !Disposed)
        {
            _standing = await Proposals.StandingAsync(_caller, Id, Alive);
            _watching = CancellationTokenSource.CreateLinkedTokenSource(Alive);
            _ = WatchAsync(_caller, Id, _watching.Token);
            if (Waits)
            {
                _ = LookAgainAsync(_caller, _proposal, _watching.Token);
            }
        }
    }

    protected override async ValueTask EndAsync() => await StopWatchingAsync();

    private async Task WatchAsync(Caller caller, string id, CancellationToken stop)
    {
        try
        {
            await foreach (var told in Proposals.EventsAsync(caller, id, 0, stop))
            {
                await InvokeAsync(async () =>
                {
                    if (Disposed || _shown != id)
                    {
                        return;
                    }
                    _events.Add(told);
                    _proposal = await Proposals.FindAsync(caller, id, stop) ?? _proposal;
                    _standing = await Proposals.StandingAsync(caller, id, stop);
                    StateHasChanged();
                });
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        catch (UnknownProposalException)
        {
            await InvokeAsync(() =>
            {
                _missing = true;
                StateHasChanged();
            });
        }
        catch (Exception exception)
        {
            await InvokeAsync(() => DispatchExceptionAsync(exception));
        }
    }

    /// <summary>Who is to decide sees what has changed of what it rests on; the plan does not wait for it.</summary>
    private async Task LookAgainAsync(Caller caller, Proposal proposal, CancellationToken stop)
    {
        try
        {
            var now = await Looks.OfAsync(caller, proposal, stop);
            await InvokeAsync(() =>
            {
                if (!Disposed && _shown == proposal.Id)
                {
                    _evidenceNow = now;
                    StateHasChanged();
                }
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
        catch (Exception exception)
        {
            await InvokeAsync(() => DispatchExceptionAsync(exception));
        }
    }

    private Task RejectAsync() =>
        string.IsNullOrWhiteSpace(_reason)
            ? Task.CompletedTask
            : DoAsync(caller => Proposals.RejectAsync(caller, Id, _reason.Trim(), Alive));

    private Task WithdrawAsync() => DoAsync(caller => Proposals.WithdrawAsync(caller, Id, Alive));

    private Task CancelAsync() => DoAsync(caller => Proposals.CancelAsync(caller, Id, Alive));

    private async Task DoAsync(Func<Caller, Task<Proposal>> deed)
    {
        if (_busy)
        {
            return;
        }
        (_busy, _trouble, _differences) = (true, null, []);
        try
        {
            // Asked anew each time: the account may have been revoked while the page was open.
            _caller = await Callers.GetAsync(Alive);
            _proposal = await deed(_caller);
            _standing = await Proposals.StandingAsync(_caller, Id, Alive);
            (_rejecting, _proving) = (false, false);
        }
        catch (DecisionConflictException conflict)
        {
            (_trouble, _differences) = (conflict.Message, conflict.Differences);
            _proposal = await Proposals.FindAsync(_caller!, Id, Alive) ?? _proposal;
        }
        catch (Exception refused)
            when (refused
                    is ForbiddenException
                        or UnauthorizedAccessException
                        or AuditUnavailableException
                        or UnknownProposalException
            )
        {
            _trouble = refused.Message;
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task StopWatchingAsync()
    {
        if (_watching is { } watching)
        {
            _watching = null;
            await watching.CancelAsync();
            watching.Dispose();
        }
    }
}
