namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A wall clock that can be put on or back, while the time that goes on does not.</summary>
internal sealed class MovedClock : TimeProvider
{
    public TimeProvider Under { get; set; } = System;
    public TimeSpan Moved { get; set; }

    public override long TimestampFrequency => Under.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => Under.GetUtcNow() + Moved;

    public override long GetTimestamp() => Under.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        Under.CreateTimer(callback, state, dueTime, period);
}
