using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class FeedsTests
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly FakeTimeProvider clock = new(UiContext.Now);
    private readonly Feeds feeds;
    private int asked;

    public FeedsTests() => feeds = new Feeds(clock, NullLogger<Feeds>.Instance);

    [Fact]
    public async Task Many_viewers_ask_one_question_and_see_one_answer()
    {
        var signals = Enumerable.Range(0, 20).Select(_ => new SemaphoreSlim(0)).ToList();
        var release = new TaskCompletionSource();
        var views = signals
            .Select(signal =>
                feeds.Watch<int>(
                    "rentguy",
                    Every,
                    async (_, _) =>
                    {
                        await release.Task;
                        return Loadable.Ready(Interlocked.Increment(ref asked));
                    },
                    () => signal.Release()
                )
            )
            .ToList();
        Assert.All(views, view => Assert.Equal(LoadStatus.Loading, view.Current.Status));
        release.SetResult();
        foreach (var signal in signals)
        {
            await signal.WaitAsync(TestContext.Current.CancellationToken);
        }
        Assert.All(views, view => Assert.Equal(1, view.Current.Value));
        clock.Advance(Every);
        foreach (var signal in signals)
        {
            await signal.WaitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(2, asked);
        Assert.Equal(1, feeds.Count);
    }

    [Fact]
    public async Task The_last_viewer_takes_the_timer_along()
    {
        var (first, second) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        var both = new TaskCompletionSource();
        var one = Watch("a", first, both.Task);
        var two = Watch("a", second, both.Task);
        // An answer that was there before the second looked would be no news to it.
        both.SetResult();
        await second.WaitAsync(TestContext.Current.CancellationToken);
        one.Dispose();
        one.Dispose();
        clock.Advance(Every);
        await second.WaitAsync(TestContext.Current.CancellationToken);
        var before = asked;
        two.Dispose();
        Assert.Equal(0, feeds.Count);
        clock.Advance(Every * 100);
        Assert.Equal(before, asked);
    }

    [Fact]
    public async Task The_same_answer_again_is_no_news()
    {
        var (asking, told) = (new SemaphoreSlim(0), 0);
        var answer = Loadable.Ready("first", clock.GetUtcNow());
        using var view = feeds.Watch<string>(
            "a",
            Every,
            (_, _) =>
            {
                asking.Release();
                return Task.FromResult(answer with { AsOf = clock.GetUtcNow() });
            },
            () => Interlocked.Increment(ref told)
        );
        await asking.WaitAsync(TestContext.Current.CancellationToken);
        for (var look = 0; look < 3; look++)
        {
            await AskedAgainAsync();
        }
        answer = Loadable.Ready("second");
        while (view.Current.Value != "second")
        {
            await AskedAgainAsync();
        }
        // Told on a thread of its own, after the answer can be seen.
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref told) == 2, Patience.Usual));

        // Whose question is still being answered is not asked again when its time comes, but the next time.
        Task AskedAgainAsync() =>
            Eventually.TrueAsync(
                "it is asked again",
                _ =>
                {
                    clock.Advance(Every);
                    return asking.WaitAsync(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
                }
            );
    }

    [Fact]
    public async Task A_question_nobody_waits_for_is_cancelled()
    {
        var cancelled = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        var view = feeds.Watch<int>(
            "slow",
            null,
            async (_, cancellation) =>
            {
                begun.SetResult();
                await using var _1 = cancellation.Register(() => cancelled.SetResult());
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return Loadable.Ready(0);
            },
            () => { }
        );
        await begun.Task.WaitAsync(TestContext.Current.CancellationToken);
        view.Dispose();
        await cancelled.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_was_good_stays_with_its_age_and_the_upstreams_words()
    {
        var signal = new SemaphoreSlim(0);
        using var view = feeds.Watch<int>(
            "a",
            Every,
            (_, _) =>
                asked++ == 0
                    ? Task.FromResult(Loadable.Ready(7, clock.GetUtcNow()))
                    : throw new UpstreamException("Prometheus", UpstreamFault.Failed, "query queue is full", 503),
            () => signal.Release()
        );
        await signal.WaitAsync(TestContext.Current.CancellationToken);
        clock.Advance(Every);
        await signal.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(7, view.Current.Value);
        Assert.True(view.Current.IsStale);
        Assert.Equal(UiContext.Now, view.Current.AsOf);
        Assert.Equal("query queue is full", view.Current.Problem!.Words);
        Assert.Equal(503, view.Current.Problem.Status);
    }

    [Fact]
    public async Task A_missing_setting_is_named_and_a_retry_asks_at_once()
    {
        var signal = new SemaphoreSlim(0);
        var configured = false;
        using var view = feeds.Watch<int>(
            "a",
            null,
            (_, _) =>
                configured
                    ? Task.FromResult(Loadable.Ready(1))
                    : throw new UpstreamException(
                        "Prometheus",
                        UpstreamFault.NotConfigured,
                        "Prometheus has no address.",
                        remedy: "Set Prometheus:Url."
                    ),
            () => signal.Release()
        );
        await signal.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(LoadStatus.NotConfigured, view.Current.Status);
        Assert.Equal("Prometheus:Url", view.Current.Setting);
        configured = true;
        view.Retry();
        while (!view.Current.HasValue)
        {
            await signal.WaitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(1, view.Current.Value);
    }

    private FeedView<int> Watch(string key, SemaphoreSlim signal, Task after) =>
        feeds.Watch<int>(
            key,
            Every,
            async (_, _) =>
            {
                await after;
                return Loadable.Ready(Interlocked.Increment(ref asked));
            },
            () => signal.Release()
        );
}
