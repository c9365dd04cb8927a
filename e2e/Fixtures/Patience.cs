using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Sevensa.Dashboard.E2E.Fixtures;
using Xunit.v3;

[assembly: GivenUp]

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// How long a test waits for a state. What comes is met at once, so a long end costs nothing where all is well; it has to be long
/// enough for a machine of a quarter of the speed that runs other things besides.
/// </summary>
public static class Patience
{
    /// <summary>For any one state: a page that is drawn, a server that is ready, an action that has ended.</summary>
    public static TimeSpan Usual { get; } = TimeSpan.FromMinutes(3);

    /// <summary><see cref="Usual"/> in milliseconds, as Playwright counts.</summary>
    public static float Milliseconds { get; } = (float)Usual.TotalMilliseconds;

    /// <summary>For what is promised within five seconds; a machine of few cores, which is slower, has twice as long for the same work.</summary>
    public static TimeSpan OfFiveSeconds { get; } = TimeSpan.FromSeconds(Environment.ProcessorCount > 4 ? 5 : 10);

    /// <summary>For one whole test.</summary>
    public static TimeSpan OfATest { get; } = TimeSpan.FromMinutes(15);
}

/// <summary>
/// A stopwatch without what a busy machine is late by: it counts how often somebody went on who wants to ten times a second and
/// waits for a processor as everybody else does.
/// </summary>
public sealed class OwnTime : IDisposable
{
    private static readonly TimeSpan step = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly CancellationTokenSource ending = new();
    private long steps;

    public OwnTime() => _ = CountAsync();

    /// <summary>Since it was made; never more than by the clock.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            var own = step * (Interlocked.Read(ref steps) + 1);
            return own < clock.Elapsed ? own : clock.Elapsed;
        }
    }

    public void Dispose()
    {
        ending.Cancel();
        ending.Dispose();
    }

    private async Task CountAsync()
    {
        var ended = ending.Token;
        try
        {
            while (true)
            {
                await Task.Delay(step, ended);
                Interlocked.Increment(ref steps);
            }
        }
        catch (OperationCanceledException)
        {
            // It was read for the last time.
        }
    }
}

/// <summary>A test that waits for what never comes is cancelled and named, instead of holding up all that come after it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class GivenUpAttribute : BeforeAfterTestAttribute
{
    private readonly ConcurrentDictionary<string, Timer> running = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        running[test.UniqueID] = new Timer(
            _ =>
            {
                Console.WriteLine($"{test.TestDisplayName} is given up after {Patience.OfATest.TotalMinutes} minutes");
                context.CancelCurrentTest();
            },
            null,
            Patience.OfATest,
            Timeout.InfiniteTimeSpan
        );
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (running.TryRemove(test.UniqueID, out var timer))
            timer.Dispose();
    }
}
