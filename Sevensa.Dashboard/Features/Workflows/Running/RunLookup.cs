using Sevensa.Dashboard.Features.Workflows.N8n;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>Finds the run that an action began among n8n's executions, by the mark that was sent along.</summary>
internal sealed class RunLookup(Func<N8nClient> client, WorkflowReading reading)
{
    /// <summary>Of the workflow's newest that are looked at; more runs than that do not begin in the time.</summary>
    private const int Newest = 50;

    /// <summary>How far the clocks of n8n and of the dashboard may be apart.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>The run, and why it failed where it did; null when no execution carries the mark yet.</summary>
    /// <param name="passed">Runs that were looked at and are of others; added to.</param>
    /// <exception cref="Platform.Http.UpstreamException">n8n can't tell.</exception>
    public async Task<FoundRun?> FindAsync(
        string workflow,
        string mark,
        DateTimeOffset since,
        ISet<string> passed,
        CancellationToken cancellation
    )
    {
        foreach (var run in await NewestAsync(workflow, since, cancellation))
        {
            if (passed.Contains(run.Id))
            {
                continue;
            }
            var data = await client().DataAsync(run.Id, cancellation);
            if (data?.Carries(mark) == true)
            {
                return new FoundRun(run, data.Error, data.Node);
            }
            // What goes on has not been written down yet.
            if (run.HasEnded)
            {
                passed.Add(run.Id);
            }
        }
        return null;
    }

    /// <summary>A run by its number, as MCP tells it; null when n8n does not have it.</summary>
    public async Task<FoundRun?> FindAsync(
        string workflow,
        string id,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        var run = (await NewestAsync(workflow, since, cancellation)).FirstOrDefault(one => one.Id == id);
        var data = run is { State: RunState.Error } ? await client().DataAsync(id, cancellation) : null;
        return run is null ? null : new FoundRun(run, data?.Error, data?.Node);
    }

    /// <summary>Whether some run of the workflow since then was cut off by n8n's end: its data is lost, and the mark with it.</summary>
    public async Task<WorkflowRun?> CrashedAsync(
        string workflow,
        DateTimeOffset since,
        CancellationToken cancellation
    ) => (await NewestAsync(workflow, since, cancellation)).FirstOrDefault(run => run.State == RunState.Crashed);

    /// <summary>
    /// Whether a run that is not found was not begun or is not kept: none goes on, which may be written down only when it ends,
    /// and the newest reach back to when it would have begun.
    /// </summary>
    public async Task<bool> IsAllSeenAsync(string workflow, DateTimeOffset since, CancellationToken cancellation)
    {
        var runs = await NewestAsync(workflow, since, cancellation);
        return runs.Count < Newest && runs.All(run => run.HasEnded || run.State == RunState.Waiting);
    }

    private async Task<IReadOnlyList<WorkflowRun>> NewestAsync(
        string workflow,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        var runs = await client().RunsAsync(workflow, Newest, cancellation);
        return
        [
            .. runs
                .Newest.Where(run => run.WorkflowId == workflow)
                .Select(run => reading.Run(run, workflow))
                .Where(run => run.StartedAt is not { } at || at >= since - Skew)
                .DistinctBy(run => run.Id)
                .OrderBy(run => run.HasEnded),
        ];
    }
}

/// <param name="Error">Why it failed, in n8n's words.</param>
/// <param name="Node">The node that ran last.</param>
internal sealed record FoundRun(WorkflowRun Run, string? Error, string? Node);
