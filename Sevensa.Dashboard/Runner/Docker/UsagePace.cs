namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// When the containers' use is measured: every few seconds while somebody looks at the figures, now and then while nobody does, and
/// at once when somebody begins to. Measuring costs the engine and this host more than all the rest of an idle runner.
/// </summary>
internal sealed class UsagePace(TimeProvider time)
{
    /// <summary>While somebody pace.</summary>
    public static readonly TimeSpan Often = TimeSpan.FromSeconds(5);

    /// <summary>While nobody does: so old at most is what a first look begins with.</summary>
    public static readonly TimeSpan Seldom = TimeSpan.FromMinutes(5);

    /// <summary>Whoever scrapes waits no longer for a new reading.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private TaskCompletionSource looked = New();
    private TaskCompletionSource read = New();
    private long? readAt;
    private (long Since, TimeSpan For)? look;
    private bool always;

    /// <summary>Whether the dashboard takes it that figures come all the time, since it does not say when somebody pace.</summary>
    public bool Always
    {
        set
        {
            lock (gate)
            {
                always = value;
            }
            Wake();
        }
    }

    /// <summary>Somebody looks from now on for so long.</summary>
    public void Begin(TimeSpan length)
    {
        lock (gate)
        {
            if (Left() < length)
            {
                look = (time.GetTimestamp(), length);
            }
        }
        Wake();
    }

    /// <summary>Ends when the last reading is as new as if somebody looked all the time; after some seconds in any case.</summary>
    public async Task FreshAsync(CancellationToken cancellation)
    {
        Task next;
        lock (gate)
        {
            if (readAt is { } last && time.GetElapsedTime(last) < Often)
            {
                return;
            }
            next = read.Task;
        }
        Begin(TimeSpan.FromSeconds(1));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(next, Task.Delay(Patience, time, patience.Token));
        await patience.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>After a reading: waits for the time of the next one.</summary>
    /// <param name="began">Timestamp of its beginning.</param>
    public async Task NextAsync(long began, CancellationToken cancellation)
    {
        lock (gate)
        {
            readAt = began;
            read.TrySetResult();
            read = New();
        }
        while (true)
        {
            TimeSpan left;
            Task again;
            lock (gate)
            {
                left = (always || Left() > TimeSpan.Zero ? Often : Seldom) - time.GetElapsedTime(began);
                again = looked.Task;
            }
            if (left <= TimeSpan.Zero)
            {
                return;
            }
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(again, Task.Delay(left, time, pause.Token));
            await pause.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private TimeSpan Left() => look is var (since, length) ? length - time.GetElapsedTime(since) : TimeSpan.Zero;

    private void Wake()
    {
        lock (gate)
        {
            looked.TrySetResult();
            looked = New();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
