using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Tests.Features.Hosts;

namespace Sevensa.Dashboard.Tests.Features.Reachability.Observed;

/// <summary>A service that connects to where it never did is told, once it has habits.</summary>
public sealed class EgressBehaviourTests
{
    private static readonly FlowEnd api = new(EndKind.Service, "rentguy", "api");
    private static readonly FlowEnd db = new(EndKind.Service, "rentguy", "db");
    private static readonly FlowEnd young = new(EndKind.Service, "witcom", "new-one");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_destination_of_a_service_with_habits_is_told_for_a_day()
    {
        await using var server = await HubServer.StartAsync();
        var store = server.Services.GetRequiredService<ObservedFlowStore>();
        var behaviour = new EgressBehaviour(store, server.Time);
        var none = await behaviour.LookAsync(Stop);
        Assert.Contains("No host has told of a connection", none.Trouble);
        Assert.Null(none.LookedAt);

        var now = server.Time.GetUtcNow();
        await store.SawAsync(
            [
                new SeenFlow(api, db, "5432/tcp", now.AddDays(-8), now),
                new SeenFlow(api, FlowEnd.Internet, "25/tcp", now.AddHours(-2), now),
                new SeenFlow(api, young, "80/tcp", now.AddHours(-20), now.AddHours(-19)),
                new SeenFlow(api, FlowEnd.Internet, "443/tcp", now.AddDays(-2), now),
                new SeenFlow(FlowEnd.Internet, db, "5432/tcp", now.AddHours(-1), now),
                new SeenFlow(young, FlowEnd.Internet, "443/tcp", now.AddHours(-1), now),
            ],
            Stop
        );
        var look = await behaviour.LookAsync(Stop);
        Assert.Null(look.Trouble);
        Assert.Equal(["witcom/new-one"], look.Young);
        Assert.Equal(2, look.Odd.Count);
        var (mail, other) = (look.Odd[0], look.Odd[1]);
        Assert.Equal(
            ("rentguy", "api", "A new destination: the internet at 25/tcp"),
            (mail.Tenant, mail.Service, mail.What)
        );
        Assert.StartsWith("It connects to the internet at 25/tcp", mail.Detail, StringComparison.Ordinal);
        Assert.Null(mail.EndedAt);
        Assert.StartsWith("It connects to witcom/new-one at 80/tcp", other.Detail, StringComparison.Ordinal);
        Assert.NotNull(other.EndedAt);

        server.Time.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await behaviour.LookAsync(Stop)).Odd);
    }
}
