using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>How often upstreams are asked how they are.</summary>
public sealed class UpstreamWatchTests : IAsyncDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider time = new();
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

    private Task LookedAsync() => probe.Looks.Reader.ReadAsync(Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop);

    /// <summary>Lets time pass bit by bit, since what waits for it does so a little later, until there was a look.</summary>
    private async Task<TimeSpan> PauseAsync(Action? meanwhile = null)
    {
        var began = time.GetTimestamp();
        while (!probe.Looks.Reader.TryRead(out _))
        {
            time.Advance(TimeSpan.FromSeconds(1));
            meanwhile?.Invoke();
            await Task.Delay(2, Stop);
        }
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
        Assert.InRange(await PauseAsync(), UpstreamWatch.Seldom, UpstreamWatch.Seldom * 1.5);
    }

    [Fact]
    public async Task Somebody_reads_the_states_and_it_is_looked_at_often()
    {
        await watch.StartAsync(Stop);
        await LookedAsync();
        Assert.InRange(
            await PauseAsync(() => _ = upstreams.All),
            UpstreamWatch.Interval - Moment,
            UpstreamWatch.Interval * 2
        );
    }

    [Fact]
    public async Task What_is_away_is_looked_at_often_until_it_is_back()
    {
        probe.IsAway = true;
        await watch.StartAsync(Stop);
        await LookedAsync();
        Assert.InRange(await PauseAsync(), UpstreamWatch.Interval, UpstreamWatch.Interval * 2);
        probe.IsAway = false;
        await PauseAsync();
        Assert.True(await PauseAsync() >= UpstreamWatch.Seldom);
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
