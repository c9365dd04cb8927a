using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>
/// Runs an approved workflow once. A call whose answer is lost is looked up among n8n's executions and never sent again; only
/// an address that nothing listens at, as for a moment after a workflow was activated, is called once more.
/// </summary>
internal sealed class RunWorkflowExecutor(RunWorkflow kind, N8nInstances instances, TimeProvider time)
    : IDashboardExecutor
{
    /// <summary>n8n registers a webhook some 0.15 s after it called the workflow active.</summary>
    private static readonly TimeSpan[] Registering =
    [
        TimeSpan.FromMilliseconds(300),
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(2),
    ];

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public string Kind => RunWorkflow.Kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var (plan, order) = (action.Plan, RunOrder.Of(action.Plan));
        await StepAsync(report, 1, "started");
        if (instances.Find(order.Instance) is not { } instance)
        {
            await StepAsync(report, 1, "failed", RunWorkflow.NoInstance(order));
            return RunOutcomes.NotBegun(RunWorkflow.NoInstance(order));
        }
        try
        {
            var workflow = await instance.Client().WorkflowAsync(order.Workflow, cancellation);
            var known = await kind.KnownAsync(cancellation);
            if (RunWorkflow.Differences(instance, plan, order, workflow, known) is { Count: > 0 } differences)
            {
                await StepAsync(report, 1, "failed", string.Join(". ", differences));
                return new ActionOutcome(
                    ProposalState.Refused,
                    "The workflow is not as it was planned. Nothing was begun; propose again.",
                    "stale",
                    Differences: differences
                );
            }
        }
        catch (UpstreamException exception)
        {
            await StepAsync(report, 1, "failed", exception.Message);
            return RunOutcomes.NotBegun(exception.Told);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was begun.");
        }
        await StepAsync(report, 1, "done");
        if (cancellation.IsCancellationRequested)
        {
            return new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was begun.");
        }
        await StepAsync(report, 2, "started");
        var since = time.GetUtcNow();
        // Once it is sent it is not taken back: whoever cancels is told what became of it.
        var answer = await BeginAsync(instance, order, RunOrder.Mark(action.ActionId));
        instance.Book.Forget();
        if (answer.Run is { } number)
        {
            instance.Lookup.Keep(action.ActionId, number);
        }
        switch (answer.State)
        {
            case StartState.NotStarted:
                await StepAsync(report, 2, "failed", answer.Words);
                return RunOutcomes.NotBegun(answer.Words);
            case StartState.NotRegistered:
                await StepAsync(report, 2, "failed", answer.Words);
                return RunOutcomes.NotBegun(
                    $"n8n calls {plan.Target} active, and nothing listens at its webhook. {answer.Words}"
                );
        }
        await StepAsync(report, 2, "done", answer.Words.Length > 0 ? answer.Words : null);
        await StepAsync(report, 3, "started");
        var outcome = await FollowAsync(instance, plan, order, action.ActionId, answer, since, cancellation);
        var isKnown = outcome.State != ProposalState.Unknown;
        if (isKnown)
        {
            // It is for whoever looks afterwards, and nobody will.
            instance.Lookup.Forget(action.ActionId);
        }
        await StepAsync(report, 3, isKnown ? "done" : "failed", isKnown ? null : outcome.Text);
        return outcome;
    }

    private async Task<StartAnswer> BeginAsync(N8nInstance instance, RunOrder order, string mark)
    {
        for (var tried = 0; ; tried++)
        {
            var answer =
                order.By == RunBy.Mcp
                    ? await instance
                        .Start()
                        .ByMcpAsync(
                            order.Workflow,
                            order.Trigger,
                            order.TakesInput ? order.Input : null,
                            mark,
                            CancellationToken.None
                        )
                    : await instance
                        .Start()
                        .ByWebhookAsync(order.Path!, order.WithHeader, order.Input, mark, CancellationToken.None);
            if (answer.State != StartState.NotRegistered || tried == Registering.Length)
            {
                return answer;
            }
            await Task.Delay(Registering[tried], time);
        }
    }

    private async Task<ActionOutcome> FollowAsync(
        N8nInstance instance,
        ActionPlan plan,
        RunOrder order,
        string action,
        StartAnswer answer,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        var (passed, until, pause) = (new HashSet<string>(), since + TimeSpan.FromSeconds(order.WaitSeconds), Look);
        FoundRun? found = null;
        string? trouble = null;
        try
        {
            while (true)
            {
                try
                {
                    found = await FoundAsync(instance.Lookup, order, action, answer, since, passed, cancellation);
                    trouble = null;
                    if (found is not null && RunOutcomes.Of(plan.Target, found) is { } outcome)
                    {
                        return outcome;
                    }
                }
                catch (UpstreamException exception)
                {
                    trouble = exception.Told;
                }
                var left = until - time.GetUtcNow();
                if (left <= TimeSpan.Zero)
                {
                    break;
                }
                await Task.Delay(pause < left ? pause : left, time, cancellation);
                // What takes long is not asked about all the time.
                pause = pause * 1.5 < Longest ? pause * 1.5 : Longest;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            trouble = "Nobody waits for it any longer: it was begun before it was cancelled here.";
        }
        if (answer.State == StartState.Failed && trouble is null && found is null)
        {
            return RunOutcomes.Failed($"The run of {plan.Target} failed: {answer.Words}");
        }
        var which = (found?.Run.Id ?? answer.Run) is { } id ? $"Run {id} of {plan.Target}" : $"A run of {plan.Target}";
        return RunOutcomes.Unknown(
            (trouble, found, answer.State) switch
            {
                ({ } why, _, _) =>
                    $"{which} {(answer.State == StartState.Started ? "was" : "may have been")} begun, and how it ended is not known. {why}",
                (_, not null, _) => $"{which} was begun and goes on still. Its end is looked up.",
                (_, _, StartState.Started) =>
                    $"{which} was begun, and n8n has not written down how it ended. It is looked up.",
                _ => $"{which} may have been begun: {answer.Words} It is looked up, and not begun again.",
            }
        );
    }

    /// <summary>By its number where n8n told it, else by the mark.</summary>
    private static async Task<FoundRun?> FoundAsync(
        RunLookup lookup,
        RunOrder order,
        string action,
        StartAnswer answer,
        DateTimeOffset since,
        HashSet<string> passed,
        CancellationToken cancellation
    ) =>
        answer.Run is { } run ? await lookup.FindAsync(order.Workflow, run, cancellation)
        : !order.IsMarked ? null
        : await lookup.AmongAsync(
            await lookup.LookAsync(order.Workflow, since, cancellation),
            RunOrder.Mark(action),
            passed,
            cancellation
        );

    private static Task StepAsync(Func<ActionReport, Task> report, int step, string status, string? text = null) =>
        report(new ActionReport("", 0, default, "step", step, status, text));
}
