using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Kinds;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Finds out what became of actions that nobody reports on: asks the host's journal, then Docker itself. Sends an action
/// again only when its host says it never saw it; the host's journal makes even that safe.
/// </summary>
internal sealed class Reconciliation(
    IRunnerLink link,
    IFleet fleet,
    Dispatcher dispatcher,
    DashboardExecution dashboard,
    IEnumerable<IDashboardReconciler> reconcilers,
    ActionRecord record,
    ProposalStore store,
    IOptions<ActionsOptions> options,
    TimeProvider time,
    ILogger<Reconciliation> log
)
{
    private readonly ConcurrentDictionary<string, bool> asking = new();

    /// <summary>Never throws: what can't be told now is asked again later.</summary>
    public async Task TryAsync(ProposalRow row, CancellationToken cancellation)
    {
        if (dispatcher.IsSending(row.Id) || dashboard.IsRunning(row.Id) || !asking.TryAdd(row.Id, true))
        {
            return;
        }
        try
        {
            await (row.HostId is null ? AskWorldAsync(row, cancellation) : AskHostAsync(row, row.HostId, cancellation));
        }
        catch (RunnerUnreachableException exception)
        {
            await record.UnknownAsync(
                row.Id,
                $"{row.Where} did not answer: {exception.Message} It is asked again.",
                cancellation
            );
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            log.LogWarning(
                exception,
                "What became of action {Action} could not be found out; it is tried again",
                row.Id
            );
        }
        finally
        {
            asking.TryRemove(row.Id, out _);
        }
    }

    private async Task AskHostAsync(ProposalRow row, string host, CancellationToken cancellation)
    {
        if (!link.IsConnected(host))
        {
            if (link.IsElsewhere(host))
            {
                // Whoever has its connection asks it.
                return;
            }
            await record.UnknownAsync(
                row.Id,
                $"The connection to {row.Where} was lost while it was under way. It is asked as soon as it is back.",
                cancellation
            );
            return;
        }
        if (await link.RecallAsync(host, row.Id, cancellation) is { } journalled)
        {
            var report = JsonSerializer.Deserialize(journalled, ActionJson.Default.ActionReport)!;
            // What has come and is still looked at may be refused yet: nothing is known of it but that it is there.
            if (report.Status != ActionReport.Arriving)
            {
                await record.ReportAsync(host, report, cancellation);
            }
            if (row.CancelAskedBy is not null && report.Outcome is null)
            {
                await link.CancelAsync(host, row.Id, cancellation);
            }
            // A runner finds out about its own interrupted actions first, for as long as they could still come to a good end;
            // only when it stays silent after that is Docker read from here.
            if (
                report.Outcome is { State: ProposalState.Unknown }
                && row.TouchedAt + options.Value.AskAfterSilence + LongestRecovery(row.Plan) <= time.GetUtcNow()
            )
            {
                await AskDockerAsync(row, host, cancellation);
            }
            return;
        }
        if (row.Reported)
        {
            // It was begun and the journal is gone with what it knew.
            await AskDockerAsync(row, host, cancellation);
        }
        else if (row.ExpiresAt <= time.GetUtcNow())
        {
            await record.ConcludeAsync(
                row.Id,
                new ActionOutcome(
                    ProposalState.Expired,
                    dispatcher.TroubleOf(row.Id) is { } trouble
                        ? $"It was never begun on {row.Where} and its time is over. {trouble} Nothing was done; propose again."
                        : $"It never reached {row.Where} and its time is over. Nothing was done; propose again.",
                    "expired"
                ),
                cancellation
            );
        }
        else if (row.CancelAskedBy is { } by)
        {
            await record.ConcludeAsync(
                row.Id,
                new ActionOutcome(ProposalState.Cancelled, $"Cancelled by {by} before it reached {row.Where}."),
                cancellation
            );
        }
        else
        {
            await dispatcher.SendAgainAsync(row, cancellation);
        }
    }

    private static TimeSpan LongestRecovery(ActionPlan plan) =>
        TimeSpan.FromSeconds(
            plan.Verification.WithinSeconds
                + plan.Steps.Sum(step =>
                    step.Arguments is { ValueKind: JsonValueKind.Object } given
                    && given.TryGetProperty(StepVerbs.GraceSeconds, out var grace)
                    && grace.TryGetInt32(out var seconds)
                        ? seconds
                        : 10
                )
        );

    private async Task AskDockerAsync(ProposalRow row, string host, CancellationToken cancellation)
    {
        var plan = row.Plan;
        var now = new List<ContainerFacts?>();
        foreach (var container in plan.Containers)
        {
            now.Add(await link.InspectAsync(host, container.Id, cancellation));
        }
        var skew = fleet.Hosts.FirstOrDefault(found => found.Id == host)?.ClockSkewMs ?? 0;
        var since = row.DispatchedAt!.Value.AddMilliseconds(skew);
        if (ContainerAftermath.Judge(plan, since, now) is { } outcome)
        {
            await record.ConcludeAsync(row.Id, outcome, cancellation);
        }
        else
        {
            await record.UnknownAsync(
                row.Id,
                $"{row.Where} can't say what became of it, and Docker does not show it yet. It is looked at again.",
                cancellation
            );
        }
    }

    /// <summary>Goes on with it here, unless another dashboard on this store was first.</summary>
    private async Task ResumeAsync(ProposalRow row, CancellationToken cancellation)
    {
        if (await store.HoldAsync(cancellation) is { Held: true } hold)
        {
            await record.UnknownAsync(
                row.Id,
                $"It was cut short, and dispatching was stopped by {hold.ByName} meanwhile. It goes on when dispatching does.",
                cancellation
            );
            return;
        }
        var now = time.Milliseconds();
        if (await store.TakeLeaseAsync(row.Id, now, now + DashboardExecution.Lease, cancellation) is not { } epoch)
        {
            return;
        }
        await record.ResumedAsync(row.Id, cancellation);
        if (await store.FindAsync(row.Id, cancellation) is not { InFlight: true } current)
        {
            return;
        }
        dashboard.Resume(
            row.Id,
            dispatcher.Signed(current),
            epoch,
            await store.StepsToldAsync(row.Id, cancellation),
            current.CancelAskedBy is not null
        );
    }

    private async Task AskWorldAsync(ProposalRow row, CancellationToken cancellation)
    {
        if (row.LeaseUntil > time.GetUtcNow())
        {
            return;
        }
        var plan = row.Plan;
        if (dashboard.Resumes(plan))
        {
            await ResumeAsync(row, cancellation);
            return;
        }
        var reconciler = reconcilers.FirstOrDefault(found => found.Kind == plan.Kind);
        var outcome = reconciler is null
            ? null
            : await reconciler.ReconcileAsync(plan, row.DispatchedAt!.Value, cancellation);
        if (outcome is { State: not ProposalState.Unknown })
        {
            await record.ConcludeAsync(row.Id, outcome, cancellation);
            return;
        }
        await record.UnknownAsync(
            row.Id,
            reconciler is null
                ? $"The dashboard ended while it was at work on this, and there is no way to find out what was done. Look at {plan.Target} yourself."
                : "The dashboard ended while it was at work on this. What was done can't be told yet; it is looked at again.",
            cancellation
        );
    }
}
