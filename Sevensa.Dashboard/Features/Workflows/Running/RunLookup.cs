using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Workflows.N8n;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>Finds the run that an action began among n8n's executions, by its number or by the mark that was sent along.</summary>
internal sealed class RunLookup(Func<N8nClient> client, WorkflowReading reading)
{
    /// <summary>Of the workflow's newest that are looked at; more runs than that do not begin in the time.</summary>
    private const int Newest = 50;

    private const int MostKept = 1_000;

    /// <summary>How far the clocks of n8n and of the dashboard may be apart.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, string> begun = new(StringComparer.Ordinal);

    /// <summary>Keeps the number of the run that an action began, for whoever looks afterwards.</summary>
    public void Keep(string action, string run)
    {
        if (begun.Count < MostKept)
        {
            begun[action] = run;
        }
    }

    /// <summary>The number that was kept; null where it is not known, or this program was not the one that began it.</summary>
    public string? Begun(string action) => begun.GetValueOrDefault(action);

    public void Forget(string action) => begun.TryRemove(action, out _);

    /// <summary>What n8n has of a workflow's runs since then.</summary>
    /// <exception cref="Platform.Http.UpstreamException">n8n can't tell.</exception>
    public async Task<RunsSeen> LookAsync(string workflow, DateTimeOffset since, CancellationToken cancellation)
    {
        var runs = await client().RunsAsync(workflow, Newest, cancellation);
        return new RunsSeen(
            [
                .. runs
                    .Newest.Where(run => run.WorkflowId == workflow)
                    .Select(run => reading.Run(run, workflow))
                    .Where(run => run.StartedAt is not { } at || at >= since - Skew)
                    .DistinctBy(run => run.Id)
                    .OrderBy(run => run.HasEnded),
            ],
            Newest
        );
    }

    /// <summary>The run among them that carries the mark, and why it failed where it did; null when none does yet.</summary>
    /// <param name="passed">Runs that were looked at and are of others; added to.</param>
    /// <exception cref="Platform.Http.UpstreamException">n8n can't tell.</exception>
    public async Task<FoundRun?> AmongAsync(
        RunsSeen seen,
        string mark,
        ISet<string> passed,
        CancellationToken cancellation
    )
    {
        foreach (var run in seen.Runs)
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
    public async Task<FoundRun?> FindAsync(string workflow, string id, CancellationToken cancellation) =>
        await client().ExecutionAsync(id, cancellation) is { } told && told.WorkflowId == workflow
            ? await WholeAsync(reading.Run(told, workflow), cancellation)
            : null;

    /// <summary>A run with why it failed, where it did.</summary>
    public async Task<FoundRun> WholeAsync(WorkflowRun run, CancellationToken cancellation)
    {
        var data = run.State == RunState.Error ? await client().DataAsync(run.Id, cancellation) : null;
        return new FoundRun(run, data?.Error, data?.Node);
    }
}

/// <summary>A workflow's newest runs, those first that have not ended.</summary>
/// <param name="Most">As many as are looked at.</param>
internal sealed record RunsSeen(IReadOnlyList<WorkflowRun> Runs, int Most)
{
    /// <summary>They reach back to when they were asked from.</summary>
    public bool ReachesBack => Runs.Count < Most;

    /// <summary>
    /// Whether a run that is not among them was not begun or is not kept: none goes on, which may be written down only when it ends,
    /// and they reach back.
    /// </summary>
    public bool IsAll => ReachesBack && Runs.All(run => run.HasEnded || run.State == RunState.Waiting);
}

/// <param name="Error">Why it failed, in n8n's words.</param>
/// <param name="Node">The node that ran last.</param>
internal sealed record FoundRun(WorkflowRun Run, string? Error, string? Node);
