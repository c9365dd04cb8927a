using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

public sealed class NamedTurnsTests
{
    [Fact]
    public async Task Many_at_once_have_a_name_one_after_the_other()
    {
        var turns = new NamedTurns();
        var (within, most) = (new int[3], 0);
        await Task.WhenAll(
            Enumerable
                .Range(0, 300)
                .Select(number =>
                    Task.Run(async () =>
                    {
                        var name = number % 3;
                        string[] wanted = number % 7 == 0 ? ["0", "1", "2"] : [$"{name}"];
                        using var turn = await turns.TakeAsync(wanted, default);
                        foreach (var one in wanted.Select(int.Parse))
                        {
                            InterlockedMax(ref most, Interlocked.Increment(ref within[one]));
                        }
                        await Task.Yield();
                        foreach (var one in wanted.Select(int.Parse))
                        {
                            Interlocked.Decrement(ref within[one]);
                        }
                    })
                )
        );
        Assert.Equal(1, most);
        Assert.Equal(0, turns.Held);
    }

    [Fact]
    public async Task Ended_twice_is_ended_once()
    {
        var turns = new NamedTurns();
        var first = await turns.TakeAsync("a", default);
        var second = turns.TakeAsync("a", default);
        var third = turns.TakeAsync("a", default);
        first.Dispose();
        first.Dispose();
        using var has = await second;
        Assert.False(third.IsCompleted);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; )
        {
            var before = Interlocked.CompareExchange(ref most, now, seen);
            if (before == seen)
            {
                return;
            }
            seen = before;
        }
    }
}
