using NSubstitute;
using Sevensa.Dashboard.Features.Containers;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Containers;

/// <summary>A followed log goes on from one run of its container to the next.</summary>
public sealed class FollowedLogTests
{
    [Fact]
    public async Task A_run_that_was_over_before_it_was_told_of_is_read_too()
    {
        var id = new string('a', 64);
        var known = new StubFleet();
        known.Change(id, facts => facts with { State = "exited", StartedAtUnixMs = 1 });
        var fleet = new ToldFleet(known);
        var runs = new Queue<ContainerLogLine[]>();
        runs.Enqueue([new ContainerLogLine(1, "stdout", "first")]);
        runs.Enqueue([new ContainerLogLine(2, "stdout", "second")]);
        var runners = Substitute.For<IRunnerLink>();
        runners.FollowLogsAsync("", "", 0, 0, true, default).ReturnsForAnyArgs(_ => runs.Dequeue().ToAsyncEnumerable());
        var directory = new ContainerDirectory(fleet, known, runners, Substitute.For<ITenantScopes>());
        await using var lines = directory
            .FollowAsync(known.Find(id)!, 10, null, TestContext.Current.CancellationToken)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("first", lines.Current.Text);

        var next = lines.MoveNextAsync().AsTask();
        known.Change(id, facts => facts with { StartedAtUnixMs = 2 });
        await fleet.TellAsync();

        Assert.True(await next.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken));
        Assert.Equal("second", lines.Current.Text);
    }

    /// <summary>Says that something changed when the test does.</summary>
    private sealed class ToldFleet(StubFleet known) : IFleet
    {
        private Func<Task>? changed;

        public IReadOnlyList<DockerHost> Hosts => known.Hosts;

        public IReadOnlyList<HostedContainer> Containers => known.Containers;

        public IReadOnlyList<HostedContainer> ContainersOf(string tenant) => known.ContainersOf(tenant);

        public HostedContainer? Find(string containerId) => known.Find(containerId);

        public IReadOnlyList<(string HostName, EngineEvent Event)> RecentEvents(string tenant, int most) =>
            known.RecentEvents(tenant, most);

        public IDisposable OnChange(Func<Task> callback)
        {
            changed = callback;
            return new MemoryStream();
        }

        public Task TellAsync() => changed!();
    }
}
