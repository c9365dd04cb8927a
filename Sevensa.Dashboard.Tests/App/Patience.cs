using System.Collections.Concurrent;
using System.Reflection;
using Sevensa.Dashboard.Tests.App;
using Xunit.v3;

[assembly: Patience]

namespace Sevensa.Dashboard.Tests.App;

/// <summary>A test that waits for what never comes is cancelled and named, instead of holding up all that come after it.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class PatienceAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(3);
    private readonly ConcurrentDictionary<string, Timer> running = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        running[test.UniqueID] = new Timer(
            _ =>
            {
                Console.WriteLine($"{test.TestDisplayName} is given up after {Longest.TotalMinutes} minutes");
                context.CancelCurrentTest();
            },
            null,
            Longest,
            Timeout.InfiniteTimeSpan
        );
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (running.TryRemove(test.UniqueID, out var timer))
            timer.Dispose();
    }
}
