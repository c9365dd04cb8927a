using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

/// <summary>Work beside the requests: it goes on whatever fails, and no signal is lost on the way.</summary>
public sealed class LastingWorkTests : IDisposable
{
    private readonly WatchedClock time = new();
    private readonly CancellationTokenSource stop = new(Patience.Usual);
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(1);
    private readonly Channel<int> turns = Channel.CreateUnbounded<int>();
    private readonly Channel<int> pauses = Channel.CreateUnbounded<int>();

    public void Dispose() => stop.Dispose();

    [Fact]
    public async Task After_a_failure_the_next_signal_is_taken_by_whoever_waits_for_it()
    {
        var work = RunAsync(turn => turn == 1 ? new InvalidOperationException("once") : null);
        Assert.Equal(1, await turns.Reader.ReadAsync(stop.Token));
        await pauses.Reader.ReadAsync(stop.Token);
        // Nobody signals within a minute: the work is tried again.
        Assert.Equal(TimeSpan.FromMinutes(1), await time.RestAsync(stop.Token));
        Assert.Equal(2, await turns.Reader.ReadAsync(stop.Token));
        await pauses.Reader.ReadAsync(stop.Token);
        await signal.Writer.WriteAsync(true, stop.Token);
        Assert.Equal(3, await turns.Reader.ReadAsync(stop.Token));
        await EndAsync(work);
    }

    [Fact]
    public async Task A_signal_ends_the_wait_after_a_failure()
    {
        var work = RunAsync(turn => turn == 1 ? new InvalidOperationException("once") : null);
        Assert.Equal(1, await turns.Reader.ReadAsync(stop.Token));
        await signal.Writer.WriteAsync(true, stop.Token);
        Assert.Equal(2, await turns.Reader.ReadAsync(stop.Token));
        await EndAsync(work);
    }

    [Fact]
    public async Task A_store_that_is_back_is_found_within_ten_seconds()
    {
        var away = true;
        var work = RunAsync(_ => away ? new StoreUnavailableException(StoreFault.LockedByAnother) : null);
        for (var look = 1; look <= 5; look++)
        {
            Assert.Equal(look, await turns.Reader.ReadAsync(stop.Token));
            away = look < 5;
            Assert.InRange(await time.RestAsync(stop.Token), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        }
        Assert.Equal(6, await turns.Reader.ReadAsync(stop.Token));
        Assert.Equal(6, await pauses.Reader.ReadAsync(stop.Token));
        await EndAsync(work);
    }

    private Task RunAsync(Func<int, Exception?> fails)
    {
        var turn = 0;
        return Task.Run(() =>
            LastingWork.RunAsync(
                "The work",
                _ =>
                {
                    turn++;
                    turns.Writer.TryWrite(turn);
                    return fails(turn) is { } failure ? Task.FromException(failure) : Task.CompletedTask;
                },
                async rest =>
                {
                    pauses.Writer.TryWrite(turn);
                    await signal.Reader.ReadAsync(rest);
                },
                NullLogger.Instance,
                time,
                stop.Token
            )
        );
    }

    private async Task EndAsync(Task work)
    {
        await stop.CancelAsync();
        await work;
    }
}
