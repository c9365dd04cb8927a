using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts;

/// <param name="Reason">Why it is called over; kept in the record.</param>
internal sealed record AlertEndAsked(string? Reason);

/// <summary>Answered as 422.</summary>
internal sealed class UnfitAlertEndException(string message) : Exception(message);

/// <summary>Answered as 404: there is none, or it is another tenant's; the same answer for both.</summary>
internal sealed class UnknownAlertException(string tenant, string id)
    : Exception($"{tenant} has no alert \"{StoreText.Shorten(id, 60)}\".");

/// <summary>
/// A person calls an alert over. Uptime Kuma and Grafana tell an end once: when that message is lost, or the monitor was paused or
/// taken away meanwhile, nothing else would ever end it.
/// </summary>
internal sealed class AlertEnding(
    AlertsStore store,
    FiringAlerts firing,
    AlertNews news,
    IAuditLog audit,
    TimeProvider time
)
{
    private const int LongestReason = 500;

    /// <returns>The alert, over now or before already.</returns>
    /// <exception cref="UnknownAlertException">404</exception>
    /// <exception cref="UnfitAlertEndException">422: an Alertmanager has it, or no reason is given.</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<Alert> EndAsync(
        Caller caller,
        string tenant,
        string id,
        AlertEndAsked asked,
        CancellationToken cancellation
    )
    {
        if (!caller.MayHandleAlerts)
        {
            throw new ForbiddenException("To call an alert over needs the role Operator.");
        }
        var row = await store.FindAsync(tenant, id, cancellation) ?? throw new UnknownAlertException(tenant, id);
        var reason = asked.Reason?.Trim() is { Length: > 0 and <= LongestReason } given
            ? given
            : throw new UnfitAlertEndException($"Say why it is over, in 1 to {LongestReason} characters (\"reason\").");
        if (row.EndsAt is not null)
        {
            return row.ToAlert();
        }
        if (row.Held)
        {
            throw new UnfitAlertEndException(
                "Alertmanager has it and ends it by itself when it is over. Silence it if nobody is to be called until then."
            );
        }
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "alert.ended", tenant, row.Name, Detail: reason),
            cancellation
        );
        if (await store.EndAsync(tenant, id, time.GetUtcNow(), cancellation))
        {
            await firing.ForgetAsync(tenant);
            news.Raise();
        }
        return (await store.FindAsync(tenant, id, cancellation) ?? row).ToAlert();
    }
}
