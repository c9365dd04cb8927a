using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>
/// A clock that moves when told to and tells who waits by it. Moved on before somebody waits, it is too late for them; moved on by the
/// way, it runs past what is still under way on a machine that has other things to do.
/// </summary>
internal sealed class WatchedClock : FakeTimeProvider
{
    private readonly Channel<TimeSpan> rests = Channel.CreateUnbounded<TimeSpan>();
    private readonly ConcurrentDictionary<TimeSpan, (int Begun, int Ended)> waits = new();

    /// <summary>For how long somebody began to wait, in order.</summary>
    public ChannelReader<TimeSpan> Rests => rests.Reader;

    /// <summary>How many have begun to wait for so long, and how many of them do so still.</summary>
    public (int Begun, int Waiting) Of(TimeSpan length)
    {
        var (begun, ended) = waits.GetValueOrDefault(length);
        return (begun, begun - ended);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        waits.AddOrUpdate(dueTime, (1, 0), (_, so) => (so.Begun + 1, so.Ended));
        rests.Writer.TryWrite(dueTime);
        return new Watched(this, dueTime, timer);
    }

    /// <summary>Lets time pass by as much as somebody waits for, once they do.</summary>
    /// <returns>How long that was.</returns>
    public async Task<TimeSpan> RestAsync(CancellationToken cancellation)
    {
        var rest = await rests.Reader.ReadAsync(cancellation);
        Advance(rest);
        return rest;
    }

    private sealed class Watched(WatchedClock clock, TimeSpan length, ITimer timer) : ITimer
    {
        private int ended;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            End();
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            End();
            return timer.DisposeAsync();
        }

        private void End()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
            {
                clock.waits.AddOrUpdate(length, (0, 1), (_, so) => (so.Begun, so.Ended + 1));
            }
        }
    }
}
