using System.Collections.Concurrent;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Steps that a host does for an action of the dashboard. The host's journal is what makes each happen once: it is asked first,
/// and sent to only when it never saw the errand.
/// </summary>
internal sealed class HostErrands(
    IRunnerLink link,
    IActionSigner signer,
    ProposalStore store,
    IAuditLog audit,
    TimeProvider time
) : IHostErrands
{
    /// <summary>Between the action's id and the occasion, in an errand's own id.</summary>
    private const char Mark = '~';

    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MayBeginWithin = TimeSpan.FromMinutes(5);

    /// <summary>Beyond what the step itself may take.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<ActionOutcome>> awaited = new();

    public async Task<ActionOutcome> RunAsync(
        SignedAction action,
        PlanStep step,
        string occasion,
        CancellationToken cancellation
    )
    {
        var id = $"{action.ActionId}{Mark}{occasion}";
        var plan = ErrandSteps.PlanOf(action, step, id);
        var host = plan.Executor.HostId!;
        var told = awaited.GetOrAdd(
            id,
            _ => new TaskCompletionSource<ActionOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        try
        {
            var (began, longest) = (time.GetTimestamp(), Slack + Longest(plan));
            while (true)
            {
                if (await AskAsync(action, plan, step, host, told, cancellation) is { } outcome)
                {
                    return outcome;
                }
                if (time.GetElapsedTime(began) >= longest)
                {
                    return new ActionOutcome(
                        ProposalState.Unknown,
                        $"{plan.Executor.HostName} has not said in time what became of {plan.Target}."
                    );
                }
                await Task.WhenAny(told.Task, Task.Delay(AskEvery, time, cancellation));
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            awaited.TryRemove(id, out _);
        }
    }

    /// <summary>A report of a host. False when it is of no errand.</summary>
    public bool Take(ActionReport report)
    {
        if (!report.ActionId.Contains(Mark, StringComparison.Ordinal))
        {
            return false;
        }
        if (
            report.Outcome is { State: not ProposalState.Unknown } outcome
            && awaited.TryGetValue(report.ActionId, out var told)
        )
        {
            told.TrySetResult(outcome);
        }
        return true;
    }

    private static TimeSpan Longest(ActionPlan plan) =>
        TimeSpan.FromSeconds(
            plan.Verification.WithinSeconds
                + (plan.Verification.ForSeconds ?? 0)
                + plan.Steps.Sum(step => step.Arguments!.Value.GetProperty(StepVerbs.GraceSeconds).GetInt32())
        );

    private async Task<ActionOutcome?> AskAsync(
        SignedAction action,
        ActionPlan plan,
        PlanStep step,
        string host,
        TaskCompletionSource<ActionOutcome> told,
        CancellationToken cancellation
    )
    {
        try
        {
            if (told.Task.IsCompletedSuccessfully)
            {
                return await told.Task;
            }
            if (await RecallAsync(host, plan.ProposalId, cancellation) is { } known)
            {
                return known.Outcome is { State: not ProposalState.Unknown } outcome ? outcome : null;
            }
            if (await store.HoldAsync(cancellation) is { Held: true } hold)
            {
                return new ActionOutcome(
                    ProposalState.Unknown,
                    $"Dispatching was stopped by {hold.ByName} before {plan.Target} was restarted. It goes on when dispatching does."
                );
            }
            return await SendAsync(action, plan, step, host, cancellation);
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            // It is asked again, until its time is over.
            return null;
        }
    }

    private async Task<ActionOutcome?> SendAsync(
        SignedAction action,
        ActionPlan plan,
        PlanStep step,
        string host,
        CancellationToken cancellation
    )
    {
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "action.errand",
                plan.Tenant,
                action.ActionId,
                AuditOutcome.Ok,
                $"Step {step.Number} sent to {plan.Executor.HostName}: {step.Title}; of the plan {action.PlanHash}"
            ),
            cancellation
        );
        var now = time.Milliseconds();
        var signed = action with
        {
            ActionId = plan.ProposalId,
            HostId = host,
            IssuedAt = now,
            ExpiresAt = now + MayBeginWithin,
            PlanHash = CanonicalJson.Hash(JsonSerializer.SerializeToElement(plan, ActionJson.Default.ActionPlan)),
            Plan = plan,
        };
        var envelope = await signer.SignAsync(
            host,
            CanonicalJson.Of(signed, ActionJson.Default.SignedAction),
            cancellation
        );
        var delivery = await link.DeliverAsync(host, envelope, cancellation);
        if (delivery.Accepted)
        {
            return
                (await RecallAsync(host, plan.ProposalId, cancellation))?.Outcome
                    is { State: not ProposalState.Unknown } outcome
                ? outcome
                : null;
        }
        return new ActionOutcome(
            ProposalState.Refused,
            delivery.Refusal ?? $"{plan.Executor.HostName} refused it.",
            delivery.RefusalCode ?? "refused"
        );
    }

    private async Task<ActionReport?> RecallAsync(string host, string id, CancellationToken cancellation) =>
        await link.RecallAsync(host, id, cancellation) is { } journalled
            ? JsonSerializer.Deserialize(journalled, ActionJson.Default.ActionReport)
            : null;
}
