using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>Everything that n8n told at one time.</summary>
/// <param name="Runs">Of each workflow; those that go on or wait to begin are among them, and one that changed meanwhile is there twice, as it is now first.</param>
/// <param name="IsWhole">The newest runs are all that n8n keeps.</param>
internal sealed record WorkflowPicture(
    DateTimeOffset AsOf,
    IReadOnlyList<N8nWorkflow> Workflows,
    ILookup<string, N8nExecution> Runs,
    bool IsWhole
);

/// <summary>n8n's workflows and newest runs, asked for once for everybody who looks within some seconds.</summary>
internal sealed class WorkflowBook(Func<N8nClient> client, TimeProvider time) : IDisposable
{
    /// <summary>Of all workflows together.</summary>
    internal const int NewestRuns = 200;

    /// <summary>Quiet workflows whose last run is asked for one by one, since busy ones fill the list.</summary>
    private const int MostAsked = 30;

    private const int AtOnce = 4;

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim turn = new(1);
    private WorkflowPicture? picture;
    private (UpstreamException Why, DateTimeOffset At)? failed;

    public void Dispose() => turn.Dispose();

    /// <exception cref="UpstreamException">n8n can't tell.</exception>
    public async Task<WorkflowPicture> ReadAsync(CancellationToken cancellation)
    {
        var asked = time.GetUtcNow();
        await turn.WaitAsync(cancellation);
        try
        {
            // Whoever waited meanwhile has the same answer: else each in turn would wait as long again.
            if (failed is { } last && last.At > asked)
            {
                throw last.Why;
            }
            if (picture is { } known && time.GetUtcNow() - known.AsOf < Fresh)
            {
                return known;
            }
            return picture = await LookAsync(cancellation);
        }
        catch (UpstreamException exception) when (exception != failed?.Why)
        {
            failed = (exception, time.GetUtcNow());
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>What runs now was not asked for yet when something was begun.</summary>
    public void Forget() => picture = null;

    private async Task<WorkflowPicture> LookAsync(CancellationToken cancellation)
    {
        var workflows = await client().WorkflowsAsync(cancellation);
        var runs = await client().RunsAsync(null, NewestRuns, cancellation);
        var isWhole = runs.Others.Count < NewestRuns;
        List<N8nExecution> all = [.. runs.Newest];
        if (!isWhole)
        {
            var seen = all.Select(run => run.WorkflowId).ToHashSet();
            using var few = new SemaphoreSlim(AtOnce);
            var asked = workflows.Where(workflow => !seen.Contains(workflow.Id)).Take(MostAsked).Select(LastAsync);
            all.AddRange((await Task.WhenAll(asked)).SelectMany(one => one));

            async Task<IReadOnlyList<N8nExecution>> LastAsync(N8nWorkflow workflow)
            {
                await few.WaitAsync(cancellation);
                try
                {
                    return await client().ExecutionsAsync(workflow.Id, null, 1, cancellation);
                }
                finally
                {
                    few.Release();
                }
            }
        }
        return new WorkflowPicture(
            time.GetUtcNow(),
            workflows,
            all.Where(run => run.WorkflowId is not null).ToLookup(run => run.WorkflowId!, StringComparer.Ordinal),
            isWhole
        );
    }
}
