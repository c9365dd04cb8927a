using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>How often upstreams are asked how they are.</summary>
public sealed class UpstreamWatchTests : IAsyncDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly WatchedClock time = new();
    private readonly Upstreams upstreams;
    private readonly Probe probe;
    private readonly UpstreamWatch watch;

    public UpstreamWatchTests()
    {
        upstreams = new Upstreams(time);
        probe = new Probe(upstreams);
        watch = new UpstreamWatch([probe], upstreams, time, NullLogger<UpstreamWatch>.Instance);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private Task LookedAsync() => probe.Looks.Reader.ReadAsync(Stop).AsTask().WaitAsync(Patience.Usual, Stop);

    /// <summary>Lets time pass by as much as the watch rests, that often, and waits for the look after it.</summary>
    private async Task<TimeSpan> PauseAsync(int rests, Action? meanwhile = null)
    {
        var began = time.GetTimestamp();
        for (var rested = 0; rested < rests; )
        {
            var rest = await time.Rests.ReadAsync(Stop).AsTask().WaitAsync(Patience.Usual, Stop);
            // What is shorter is how long a look waits for its answer, which is there at once.
            if (rest >= UpstreamWatch.Interval)
            {
                meanwhile?.Invoke();
                time.Advance(rest);
                rested++;
            }
        }
        await LookedAsync();
        return time.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        await watch.StopAsync(CancellationToken.None);
        watch.Dispose();
    }

    [Fact]
    public async Task All_is_well_and_nobody_asks_so_it_is_looked_at_seldom()
    {
        await watch.StartAsync(Stop);
        await LookedAsync();
        Assert.Equal(UpstreamWatch.Seldom, await PauseAsync(rests: 2));
    }

    [Fact]
    public async Task Somebody_reads_the_states_and_it_is_looked_at_often()
    {
        await watch.StartAsync(Stop);
        await LookedAsync();
        Assert.Equal(UpstreamWatch.Interval, await PauseAsync(rests: 1, () => _ = upstreams.All));
    }

    [Fact]
    public async Task What_is_away_is_looked_at_often_until_it_is_back()
    {
        probe.IsAway = true;
        await watch.StartAsync(Stop);
        await LookedAsync();
        Assert.Equal(UpstreamWatch.Interval, await PauseAsync(rests: 1));
        probe.IsAway = false;
        Assert.Equal(UpstreamWatch.Interval, await PauseAsync(rests: 1));
        Assert.Equal(UpstreamWatch.Seldom, await PauseAsync(rests: 2));
    }

    [Fact]
    public async Task Who_asks_after_a_quiet_while_is_told_what_is_true_now()
    {
        await watch.LookAsync(Stop);
        probe.IsAway = true;
        await watch.FreshAsync(Stop);
        Assert.Equal(UpstreamState.Connected, upstreams.Find(probe.Name)!.State);
        time.Advance(UpstreamWatch.Interval + Moment);
        await watch.FreshAsync(Stop);
        Assert.Equal(UpstreamState.Unreachable, upstreams.Find(probe.Name)!.State);
    }

    [Fact]
    public async Task Who_asks_while_another_waits_for_a_look_waits_for_the_same_one()
    {
        await watch.LookAsync(Stop);
        await LookedAsync();
        probe.IsAway = true;
        probe.Answers = new TaskCompletionSource();
        time.Advance(UpstreamWatch.Interval + Moment);
        var (one, other) = (watch.FreshAsync(Stop), watch.FreshAsync(Stop));
        Assert.False(one.IsCompleted || other.IsCompleted);
        probe.Answers.SetResult();
        await Task.WhenAll(one, other);
        Assert.Equal(UpstreamState.Unreachable, upstreams.Find(probe.Name)!.State);
        await LookedAsync();
        Assert.False(probe.Looks.Reader.TryRead(out _), "It was looked at twice.");
    }

    private sealed class Probe(Upstreams upstreams) : IUpstreamProbe
    {
        public Channel<bool> Looks { get; } = Channel.CreateUnbounded<bool>();

        public bool IsAway { get; set; }

        /// <summary>What a look waits for.</summary>
        public TaskCompletionSource? Answers { get; set; }

        public string Name => "Prometheus";

        public string? Missing => null;

        public async Task ProbeAsync(CancellationToken cancellation)
        {
            await (Answers?.Task ?? Task.CompletedTask);
            if (IsAway)
            {
                upstreams.Bad(new UpstreamException(Name, UpstreamFault.Unreachable, "Nobody is there."));
            }
            else
            {
                upstreams.Good(Name);
            }
            Looks.Writer.TryWrite(true);
        }
    }
}
