using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Holds all policies at once, beside the emergency stop of everything.</summary>
internal sealed class PolicyBrake(
    PolicyStore store,
    PolicyNews news,
    IEmergencyStop stop,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time
)
{
    public async Task<BrakeView> BrakeAsync(CancellationToken cancellation)
    {
        var turn = await store.TurnAsync(cancellation);
        return new BrakeView(turn.Held, turn.HeldBy, turn.HeldAt, turn.HeldWhy, stop.Current is not null);
    }

    /// <summary>Holds all policies: whoever may propose pulls it, an administrator lets go.</summary>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<BrakeView> HoldAsync(Caller caller, bool held, string? reason, CancellationToken cancellation)
    {
        reason = PolicyAccess.Reason(reason);
        if (held)
        {
            PolicyAccess.MustDemote(caller);
        }
        else if (!caller.IsAdmin)
        {
            throw new ForbiddenException("Only an administrator lets policies act again.");
        }
        else
        {
            await stepUp.RequireClearAsync(caller, "policies.release", cancellation);
        }
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), held ? "policies.held" : "policies.released", Detail: reason),
            cancellation
        );
        await store.HoldAsync(held, caller.Name, time.GetUtcNow(), reason, cancellation);
        news.Raise();
        return await BrakeAsync(cancellation);
    }
}
