using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Tests.Sandbox;

public class NoStandInsTests
{
    [Fact]
    public async Task Where_everything_is_real_nothing_is_listened_at_so_that_a_second_dashboard_starts_too()
    {
        await using var one = await StandInServer.StartAsync(new Dictionary<string, IStandIn>());
        await using var other = await StandInServer.StartAsync(new Dictionary<string, IStandIn>());
    }
}
