using System.Text;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Tells other dashboards at once that a proposal or the emergency stop is another, and hears it from them. The store says how it is:
/// what is lost on the way is seen at the next sweep.
/// </summary>
internal sealed class ProposalsElsewhere(
    DashboardWire wire,
    ProposalChanges changes,
    EmergencyStop stop,
    SweepSignal sweep,
    DashboardExecution execution,
    IHostApplicationLifetime lifetime,
    ILogger<ProposalsElsewhere> log
) : IStartStep
{
    private const string Topic = "actions.changed";

    public Task RunAsync(CancellationToken cancellation)
    {
        if (wire.IsSet)
        {
            changes.Outward = id => wire.Tell(Topic, Encoding.UTF8.GetBytes(id ?? ""));
            wire.Hear(
                Topic,
                (from, body) =>
                {
                    if (Encoding.UTF8.GetString(body.Span) is { Length: > 0 } id)
                    {
                        changes.Hear(id);
                        if (execution.IsRunning(id))
                        {
                            _ = Task.Run(() => LookAsync(id));
                        }
                    }
                    else
                    {
                        _ = Task.Run(RefreshAsync);
                    }
                }
            );
        }
        return Task.CompletedTask;
    }

    private async Task LookAsync(string id)
    {
        try
        {
            await execution.LookAsync(id, lifetime.ApplicationStopping);
        }
        catch (Exception exception) when (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            log.LogWarning(
                exception,
                "Whether {Action} is to be cancelled could not be read; it is read again soon",
                id
            );
        }
        catch (OperationCanceledException) { }
    }

    private async Task RefreshAsync()
    {
        try
        {
            await stop.RefreshAsync(lifetime.ApplicationStopping);
            sweep.Now();
        }
        catch (Exception exception) when (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            log.LogWarning(exception, "The emergency stop could not be read; it is read again at the next look");
        }
        catch (OperationCanceledException) { }
    }
}
