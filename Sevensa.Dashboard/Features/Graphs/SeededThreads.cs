using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>What the Sandbox's graphs did before anybody looked, as though it had been started here.</summary>
internal sealed class SeededThreads(GraphStore store, GraphServers servers, ISeed? seed = null) : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var thread in seed?.Threads ?? [])
        {
            if (servers.Find(thread.Server) is not null && await store.FindAsync(thread.Id, cancellation) is null)
            {
                await AddAsync(thread, cancellation);
            }
        }
    }

    private async Task AddAsync(SeedThread thread, CancellationToken cancellation)
    {
        await store.AddAsync(
            new GraphThreadRow
            {
                Id = thread.Id,
                Server = thread.Server,
                Graph = thread.Graph,
                Tenant = thread.Tenant,
                Text = thread.Text,
                StarterId = "sandbox-person-operator",
                StarterName = thread.By,
                IsStarterPerson = true,
                StartedAt = thread.At,
                MovedAt = thread.At,
                State = thread.Question is null ? GraphThreadState.Done : GraphThreadState.Waiting,
                Result = thread.Result,
                EndedAt = thread.Question is null ? thread.At.AddSeconds(2) : null,
            },
            cancellation
        );
        foreach (var (number, step) in thread.Steps.Index())
        {
            await store.AddStepAsync(
                new GraphStepRow
                {
                    ThreadId = thread.Id,
                    RunId = "seed",
                    Number = number + 1,
                    At = thread.At.AddSeconds(1),
                    Name = step.Node,
                    Text = step.Text,
                },
                cancellation
            );
        }
        if (thread.Question is { } asked)
        {
            await store.AddQuestionAsync(
                new GraphQuestionRow
                {
                    ThreadId = thread.Id,
                    Id = asked.Id,
                    Interrupt = asked.Id,
                    AskedAt = thread.At.AddSeconds(1),
                    Payload = asked.Payload,
                    IsForPerson = true,
                },
                cancellation
            );
        }
    }
}
