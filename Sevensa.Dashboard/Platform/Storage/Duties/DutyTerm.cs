namespace Sevensa.Dashboard.Platform.Storage.Duties;

/// <summary>One time that this dashboard has a duty: from when it took it until it lost it. It never comes back; another may follow.</summary>
internal sealed class DutyTerm(string duty, long epoch, long renewedAt, TimeProvider time)
{
    /// <summary>Whoever has not been seen to beat for so long has lost it. What has no beat ends by its own watch before that.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3.5);

    private static readonly AsyncLocal<DutyTerm?> current = new();
    private long renewed = renewedAt;
    private volatile bool over;

    /// <summary>That in which what runs now is done; null for what is no duty.</summary>
    public static DutyTerm? Current
    {
        get => current.Value;
        set => current.Value = value;
    }

    /// <summary>
    /// Begins what goes on by itself, such as an action that a duty let go: what it writes is its own, also once the duty is another's.
    /// </summary>
    public static void Apart(Action begin)
    {
        var held = Current;
        Current = null;
        try
        {
            begin();
        }
        finally
        {
            Current = held;
        }
    }

    public string Duty => duty;
    public long Epoch => epoch;

    /// <summary>Nobody else can have it yet. By a clock that goes on while the program is paused.</summary>
    public bool IsCurrent => !over && time.GetElapsedTime(Volatile.Read(ref renewed)) < Lease;

    /// <summary>It was renewed by something that was sent then.</summary>
    public void Renew(long at)
    {
        if (IsCurrent)
        {
            Volatile.Write(ref renewed, at);
        }
        else
        {
            over = true;
        }
    }

    public void End() => over = true;
}

/// <summary>The duty went to another dashboard while this one was at it.</summary>
internal sealed class DutyLostException(DutyTerm term)
    : Exception($"{term.Duty} is another dashboard's by now; nothing was written.")
{
    /// <summary>Whether that is behind a failure.</summary>
    public static bool IsIn(Exception? exception) =>
        exception is DutyLostException || (exception?.InnerException is { } inner && IsIn(inner));
}
