using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Tests.Features.Hosts;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Reachability.Observed;

/// <summary>What hosts tell of connections, over the real hub and into a real store.</summary>
public class ObservedFlowsTests
{
    private static ContainerFacts Of(string tenant, string service) =>
        Samples.Container($"{tenant}-{service}-1") with
        {
            Tenant = tenant,
            Service = service,
        };

    private static async Task<string[]> KeptAsync(HubServer server, string tenant) =>
        [
            .. (await server.Services.GetRequiredService<ObservedFlows>().OfTenantAsync(tenant, 7, default))
                .Select(flow => $"{flow.From.Whole} > {flow.To.Whole} {flow.Port}")
                .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public async Task A_host_tells_of_its_own_tenants_containers_and_of_nobody_else_s()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1", ["rentguy"]);
        await using var other = await RawRunner.ConnectAsync(server, "vps-2");
        var (api, db, foreign, far) = (
            Of("rentguy", "api"),
            Of("rentguy", "db"),
            Of("witcom", "api"),
            Of("rentguy", "far")
        );
        await other.InventoryAsync(far);
        await runner.InventoryAsync(api, db, foreign);
        var now = server.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.True(
            await runner.FlowsAsync(
                new FlowReport(
                    [
                        new ObservedFlow(api.Id, db.Id, "5432/tcp", now - 1000, now),
                        new ObservedFlow(FlowPlaces.Internet, api.Id, "8080/tcp", now, now),
                        new ObservedFlow(FlowPlaces.Host, api.Id, "8081/tcp", now, now),
                        // It may not report this tenant, and that container is another host's.
                        new ObservedFlow(foreign.Id, db.Id, "5432/tcp", now, now),
                        new ObservedFlow(api.Id, foreign.Id, "80/tcp", now, now),
                        new ObservedFlow(far.Id, db.Id, "5432/tcp", now, now),
                        new ObservedFlow(api.Id, "nobody", "80/tcp", now, now),
                        // These are none.
                        new ObservedFlow(FlowPlaces.Internet, FlowPlaces.Host, "80/tcp", now, now),
                        new ObservedFlow(api.Id, db.Id, "0/tcp", now, now),
                        new ObservedFlow(api.Id, db.Id, "80", now, now),
                        new ObservedFlow(null!, null!, null!, now, now),
                    ],
                    2,
                    1,
                    "It can't."
                )
            )
        );
        Assert.Equal(
            [
                "nobody/internet > rentguy/api 8080/tcp",
                "nobody/vps-1's own address > rentguy/api 8081/tcp",
                "rentguy/api > rentguy/db 5432/tcp",
            ],
            await KeptAsync(server, "rentguy")
        );
        Assert.Empty(await KeptAsync(server, "witcom"));
        var look = server.Services.GetRequiredService<ObservedFlows>().Of(runner.HostId)!;
        Assert.Equal((false, "It can't."), (look.Whole, look.Why));
        Assert.Null(server.Services.GetRequiredService<ObservedFlows>().Of(other.HostId));
    }

    [Fact]
    public async Task The_first_and_the_last_time_are_kept_and_what_is_old_is_taken_away()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        var (api, db) = (Of("rentguy", "api"), Of("rentguy", "db"));
        await runner.InventoryAsync(api, db);
        var now = server.Time.GetUtcNow();
        async Task TellAsync(DateTimeOffset first, DateTimeOffset last) =>
            Assert.True(
                await runner.FlowsAsync(
                    new FlowReport(
                        [
                            new ObservedFlow(
                                api.Id,
                                db.Id,
                                "5432/tcp",
                                first.ToUnixTimeMilliseconds(),
                                last.ToUnixTimeMilliseconds()
                            ),
                        ],
                        2,
                        0,
                        null
                    )
                )
            );
        await TellAsync(now.AddHours(-3), now.AddHours(-2));
        await TellAsync(now.AddHours(-1), now.AddHours(5));
        await TellAsync(now.AddHours(-2), now.AddHours(-2));
        var flow = Assert.Single(
            await server.Services.GetRequiredService<ObservedFlows>().OfTenantAsync("rentguy", 7, default)
        );
        // A clock that is ahead makes nothing be seen in the future.
        Assert.Equal(
            (now.AddHours(-3).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds()),
            (flow.First.ToUnixTimeMilliseconds(), flow.Last.ToUnixTimeMilliseconds())
        );
        Assert.True(server.Services.GetRequiredService<ObservedFlows>().Of(runner.HostId)!.Whole);
        var store = server.Services.GetRequiredService<ObservedFlowStore>();
        await store.RemoveAsync(default);
        Assert.Single(await KeptAsync(server, "rentguy"));
        server.Time.Advance(TimeSpan.FromDays(ObservedFlowStore.KeptDays + 1));
        await store.RemoveAsync(default);
        Assert.Empty(await store.OfTenantAsync("rentguy", DateTimeOffset.MinValue, default));
    }

    [Fact]
    public async Task A_tenant_s_flows_are_so_many_at_most_and_another_s_have_their_own_room()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        var (api, db, other) = (Of("rentguy", "api"), Of("rentguy", "db"), Of("witcom", "api"));
        await runner.InventoryAsync(api, db, other);
        var now = server.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var port = 1;
        for (var kept = 0; kept <= ObservedFlowStore.MostOfTenant; kept += FlowReport.MostFlows)
        {
            var some = Enumerable
                .Range(0, FlowReport.MostFlows)
                .Select(_ => new ObservedFlow(api.Id, db.Id, $"{port++}/tcp", now, now))
                .ToArray();
            Assert.True(await runner.FlowsAsync(new FlowReport(some, 3, 0, null)));
        }
        Assert.True(
            await runner.FlowsAsync(
                new FlowReport([new ObservedFlow(FlowPlaces.Internet, other.Id, "1/tcp", now, now)], 3, 0, null)
            )
        );
        Assert.Equal(ObservedFlowStore.MostOfTenant, (await KeptAsync(server, "rentguy")).Length);
        Assert.Single(await KeptAsync(server, "witcom"));
    }

    [Fact]
    public async Task Who_reaches_another_tenant_s_services_takes_its_own_room_and_that_some_are_left_out_is_told()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        var (api, db, noisy) = (Of("rentguy", "api"), Of("rentguy", "db"), Of("witcom", "api"));
        await runner.InventoryAsync(api, db, noisy);
        var observed = server.Services.GetRequiredService<ObservedFlows>();
        var now = server.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var port = 1;
        for (var sent = 0; sent < ObservedFlowStore.MostOfTenant; sent += FlowReport.MostFlows)
        {
            await TellAsync([
                .. Enumerable
                    .Range(0, FlowReport.MostFlows)
                    .Select(_ => new ObservedFlow(noisy.Id, db.Id, $"{port++}/tcp", now, now)),
            ]);
        }
        await TellAsync([new ObservedFlow(noisy.Id, db.Id, $"{port}/tcp", now, now)]);
        await TellAsync([new ObservedFlow(api.Id, db.Id, "5432/tcp", now, now)]);
        var kept = await KeptAsync(server, "rentguy");
        Assert.Equal(ObservedFlowStore.MostOfTenant + 1, kept.Length);
        Assert.Contains("rentguy/api > rentguy/db 5432/tcp", kept);
        Assert.Equal(["witcom"], await observed.LeftOutAsync(7, default));

        async Task TellAsync(ObservedFlow[] flows) =>
            Assert.True(await runner.FlowsAsync(new FlowReport(flows, 3, 0, null)));
    }

    [Fact]
    public async Task Since_when_a_host_looks_at_its_containers_is_known_by_their_ids()
    {
        await using var server = await HubServer.StartAsync();
        await using var runner = await RawRunner.ConnectAsync(server, "vps-1");
        var api = Of("rentguy", "api");
        await runner.InventoryAsync(api);
        var since = server.Time.GetUtcNow().AddDays(-3);
        Assert.True(
            await runner.FlowsAsync(
                new FlowReport([], 1, 0, null, [new LookedContainer(api.Id, since.ToUnixTimeMilliseconds())])
            )
        );
        var look = server.Services.GetRequiredService<ObservedFlows>().Of(runner.HostId)!;
        Assert.Equal(since.ToUnixTimeMilliseconds(), look.Looked![api.Id].ToUnixTimeMilliseconds());
        // One that does not tell is not taken to look as the one before it did.
        Assert.True(await runner.FlowsAsync(new FlowReport([], 1, 0, null)));
        Assert.Null(server.Services.GetRequiredService<ObservedFlows>().Of(runner.HostId)!.Looked);
    }

    [Fact]
    public async Task A_runner_whose_engine_is_elsewhere_says_why_it_tells_of_no_connections()
    {
        await using var server = await HubServer.StartAsync();
        using var engine = new FakeEngine(TimeProvider.System);
        engine.Add(
            "rentguy-api-1",
            facts => facts with { Settings = new ContainerSettings(false, "shop", "", "", [], [], [], 0, 0, 0, []) }
        );
        server.AddRunner("vps-1", engine);
        var observed = server.Services.GetRequiredService<ObservedFlows>();
        var look = await server.WhenAsync(fleet => fleet.Hosts.Select(host => observed.Of(host.Id)).FirstOrDefault());
        Assert.False(look.Whole);
        Assert.Contains("not seen from where the runner runs", look.Why, StringComparison.Ordinal);
    }
}
