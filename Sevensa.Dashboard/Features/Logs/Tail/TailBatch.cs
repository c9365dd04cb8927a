using Sevensa.Dashboard.Features.Logs.Contracts;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>How a live tail stands with Loki.</summary>
/// <param name="IsOpen">Lines come as they are logged.</param>
/// <param name="MissingSince">While broken: lines since then are still to be read.</param>
/// <param name="Words">Why it broke, in Loki's words.</param>
/// <param name="LostSince">Lines since then could not be read afterwards, up to when the tail was open again.</param>
internal sealed record TailState(
    bool IsOpen,
    DateTimeOffset? MissingSince = null,
    string? Words = null,
    DateTimeOffset? LostSince = null
)
{
    public static readonly TailState Opening = new(false);
    public static readonly TailState Open = new(true);
}

/// <summary>What came since the last batch.</summary>
/// <param name="Lines">In order of arrival; under a flood the newest of them only.</param>
/// <param name="Received">How many came in this batch, those left out included.</param>
/// <param name="Total">How many came since the subscription began.</param>
internal sealed record TailBatch(IReadOnlyList<LogLine> Lines, int Received, long Total, TailState State)
{
    public int LeftOut => Received - Lines.Count;
}

/// <summary>One viewer of a live tail. Dispose it to stop; the last viewer's going ends the tail.</summary>
internal sealed class TailSubscription : IDisposable
{
    /// <summary>Lines kept for a viewer that is busy; older ones are counted and left out.</summary>
    public const int Room = 2000;

    /// <summary>Of those lines together, so that long ones are no heavier than many.</summary>
    public const int RoomCharacters = 4 * 1024 * 1024;

    /// <summary>Lines of this time are handed over together.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly Newest<LogLine> waiting = new(Room, RoomCharacters, line => line.Text.Length);
    private readonly SemaphoreSlim news = new(0, 1);
    private readonly TimeProvider time;
    private readonly Action<TailSubscription> leave;
    private TailState state;
    private Exception? failure;
    private int received;
    private long total;
    private bool told;
    private bool disposed;

    internal TailSubscription(TimeProvider time, TailState state, Action<TailSubscription> leave)
    {
        (this.time, this.state, this.leave) = (time, state, leave);
        Tell();
    }

    /// <summary>Waits for lines or another state, and a moment longer for what comes with them.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Loki will not tail this query.</exception>
    public async Task<TailBatch> NextAsync(CancellationToken cancellation)
    {
        await news.WaitAsync(cancellation);
        await Task.Delay(Window, time, cancellation);
        lock (gate)
        {
            // Until here nobody signals again, so this batch answers whatever came during the wait.
            told = false;
            if (failure is not null)
            {
                throw failure;
            }
            var batch = new TailBatch(waiting.Take(), received, total, state);
            received = 0;
            return batch;
        }
    }

    internal void Add(IReadOnlyList<LogLine> lines)
    {
        lock (gate)
        {
            received += lines.Count;
            total += lines.Count;
            waiting.Add(lines.Skip(Math.Max(0, lines.Count - Room)));
            Tell();
        }
    }

    internal void Set(TailState next)
    {
        lock (gate)
        {
            state = next;
            Tell();
        }
    }

    internal void Fail(Exception exception)
    {
        lock (gate)
        {
            failure = exception;
            Tell();
        }
    }

    private void Tell()
    {
        if (!told && !disposed)
        {
            told = true;
            news.Release();
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }
            disposed = true;
        }
        leave(this);
    }
}
