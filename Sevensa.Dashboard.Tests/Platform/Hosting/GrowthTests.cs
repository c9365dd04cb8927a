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
}
