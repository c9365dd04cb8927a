using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

public class HostWatchTests
{
    [Fact]
    public async Task Figures_that_can_t_be_read_cost_their_container_these_figures_and_nobody_the_others()
    {
        var time = new FakeTimeProvider();
        using var engine = new FakeEngine(time);
        var strange = engine.Add("rentguy-api-1");
        var other = engine.Add("rentguy-db-1");
        engine.OnRead = id =>
        {
            if (id == strange.Id)
            {
                throw new KeyNotFoundException();
            }
        };
        var news = new HostNews();
        var feed = news.Open();
        var watch = new HostWatch(
            engine,
            new HostBook(),
            news,
            new ContainerSignals(),
            new UsagePace(time),
            time,
            NullLogger.Instance
        );
        using var ending = new CancellationTokenSource();
        var watching = watch.RunAsync(ending.Token);
        for (var times = 0; times < 2; times++)
        {
            Assert.Equal(other.Id, Assert.Single(await NextAsync()).ContainerId);
        }
        await ending.CancelAsync();
        await watching;

        async Task<IReadOnlyList<ContainerUsage>> NextAsync()
        {
            using var patience = new CancellationTokenSource(Patience.Usual);
            while (true)
            {
                if (feed.TryRead(out var told))
                {
                    if (told.Usage is { } usage)
                    {
                        return usage;
                    }
                    continue;
                }
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1, patience.Token);
            }
        }
    }
}
