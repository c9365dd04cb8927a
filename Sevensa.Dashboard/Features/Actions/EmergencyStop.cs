using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>The stop rests in the store, where every dispatch of every instance passes it; this keeps it at hand for showing.</summary>
internal sealed class EmergencyStop(
    ProposalStore store,
    IStepUp stepUp,
    IAuditLog audit,
    ProposalChanges changes,
    TimeProvider time,
    SweepSignal sweep
) : IEmergencyStop
{
    public EmergencyStopState? Current { get; private set; }

    public async Task StopAsync(Caller caller, string? reason, CancellationToken cancellation)
    {
        await OnlyAdminAsync(caller, "dispatch.stop", cancellation);
        TextLimits.Check(reason, "The reason", ProposalRequest.LongestWords);
        reason = Blank(reason);
        await audit.AppendAsync(new AuditEntry(caller.Actor(), "dispatch.stopped", Detail: reason), cancellation);
        await RefreshAsync(cancellation);
        var state = Current is { } now
            // Whose words they are is said with them; since when it holds stays.
            ? (reason is null ? now : now with { ByName = caller.Name, Reason = reason })
            : new EmergencyStopState(caller.Name, time.Milliseconds(), reason);
        await store.SetHoldAsync(state, cancellation);
        Show(state);
    }

    public async Task ResumeAsync(Caller caller, string? reason, CancellationToken cancellation)
    {
        await OnlyAdminAsync(caller, "dispatch.resume", cancellation);
        if (await stepUp.DoubtAsync(caller, cancellation) is { } why)
        {
            throw await RefusedAsync(caller, "dispatch.resume", why, StepUpDoor.Code, cancellation);
        }
        TextLimits.Check(reason, "The reason", ProposalRequest.LongestWords);
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "dispatch.resumed", Detail: Blank(reason)),
            cancellation
        );
        await store.SetHoldAsync(null, cancellation);
        Show(null);
        sweep.Now();
    }

    /// <summary>Learns what another instance, or an earlier run, has set.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        var hold = await store.HoldAsync(cancellation);
        var state = hold is { Held: true, At: { } at }
            ? new EmergencyStopState(hold.ByName ?? "", at, hold.Reason)
            : null;
        if (state != Current)
        {
            Current = state;
            changes.Wake();
        }
    }

    public IDisposable OnChange(Func<Task> callback) => changes.OnChange(callback);

    private void Show(EmergencyStopState? state)
    {
        Current = state;
        changes.RaiseAll();
    }

    private async Task OnlyAdminAsync(Caller caller, string action, CancellationToken cancellation)
    {
        if (!caller.IsAdmin)
        {
            const string why = "Only an administrator stops or resumes dispatching.";
            throw await RefusedAsync(caller, action, why, "forbidden", cancellation);
        }
    }

    private async Task<ForbiddenException> RefusedAsync(
        Caller caller,
        string action,
        string why,
        string code,
        CancellationToken cancellation
    )
    {
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), action, Outcome: AuditOutcome.Refused, Detail: why),
            cancellation
        );
        return new ForbiddenException(why, code) { IsRecorded = true };
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
