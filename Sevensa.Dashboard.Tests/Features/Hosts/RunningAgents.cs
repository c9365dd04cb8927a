using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Link;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>Runners that really connect, each over an engine of its own, until they are ended.</summary>
internal sealed class RunningAgents : IAsyncDisposable
{
    private readonly List<(RunnerAgent Agent, Task Running, CancellationTokenSource Ending)> all = [];

    public RunnerAgent Start(
        RunnerOptions options,
        HubAddress address,
        FakeEngine engine,
        TimeProvider? time = null,
        FakeWorks? works = null
    )
    {
        var agent = RunnerAgent.Start(
            options,
            time ?? TimeProvider.System,
            NullLoggerFactory.Instance,
            address,
            _ => (engine, works ?? new FakeWorks(engine))
        );
        var ending = new CancellationTokenSource();
        all.Add((agent, agent.RunAsync(ending.Token), ending));
        return agent;
    }

    public async Task EndAsync(RunnerAgent agent)
    {
        var one = all.Single(one => one.Agent == agent);
        all.Remove(one);
        await one.Ending.CancelAsync();
        await one.Running;
        await one.Agent.DisposeAsync();
        one.Ending.Dispose();
    }

    /// <summary>Ends them all.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (agent, _, _) in all.ToList())
        {
            await EndAsync(agent);
        }
    }
}
