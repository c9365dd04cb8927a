using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

public class GrowthTests
{
    [Fact]
    public void Memory_is_given_back_twice_at_first_and_then_only_when_more_is_held()
    {
        var growth = new Growth(worth: 10, atFirst: 2);
        for (var first = 0; first < 2; first++)
        {
            Assert.True(growth.IsWorth(100));
            growth.GivenBack();
        }
        // What came back by itself is the level; it settles, and counts from its least.
        Assert.False(growth.IsWorth(80));
        Assert.False(growth.IsWorth(70));
        Assert.False(growth.IsWorth(80));
        Assert.True(growth.IsWorth(81));
        growth.GivenBack();
        Assert.False(growth.IsWorth(78));
    }

    [Fact]
    public void What_comes_back_each_time_is_given_back_more_and_more_seldom_unless_it_is_much()
    {
        var growth = new Growth(worth: 10, atFirst: 1);
        Assert.True(growth.IsWorth(100));
        growth.GivenBack();
        List<int> looks = [];
        for (var time = 0; time < 4; time++)
        {
            growth.IsWorth(50);
            var some = 1;
            while (!growth.IsWorth(61))
            {
                some++;
            }
            growth.GivenBack();
            looks.Add(some);
        }
        Assert.Equal([1, 1, 3, 7], looks);
        growth.IsWorth(50);
        Assert.False(growth.IsWorth(61));
        Assert.True(growth.IsWorth(91));
    }
}
