using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>Dashboards on one store know of each other, on both stores.</summary>
public abstract class ReplicasTests : AppOnAStore
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_knows_who_else_works_on_the_store_and_who_has_ended()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        var own = app.Services.GetRequiredService<Replicas>();
        using var other = ActivatorUtilities.CreateInstance<Replicas>(app.Services);
        var told = 0;
        other.Changed += () => told++;
        await own.LookAsync(Stop);
        Assert.Empty(own.Others);
        await other.LookAsync(Stop);
        await own.LookAsync(Stop);
        Assert.True(other.IsThis(Assert.Single(own.Others)));
        Assert.True(own.IsThis(Assert.Single(other.Others)));
        Assert.Equal(1, told);

        using var admin = await app.ApiAsAsync("admin");
        var shown = (await admin.GetFromJsonAsync<JsonNode>("/api/v1/installation", Stop))!["dashboards"]!.AsArray();
        Assert.Equal([true, false], shown.Select(one => one!["isThis"]!.GetValue<bool>()).OrderDescending());

        await other.StopAsync(Stop);
        await own.LookAsync(Stop);
        Assert.Empty(own.Others);
    }

    [Fact]
    public async Task One_that_says_nothing_any_more_is_gone_after_a_while()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        using var silent = ActivatorUtilities.CreateInstance<Replicas>(app.Services);
        await silent.LookAsync(Stop);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var looks = ActivatorUtilities.CreateInstance<Replicas>(app.Services, clock);
        clock.Advance(Replicas.Every * 2);
        await looks.LookAsync(Stop);
        Assert.Contains(looks.Others, silent.IsThis);
        clock.Advance(Replicas.Gone);
        await looks.LookAsync(Stop);
        Assert.DoesNotContain(looks.Others, silent.IsThis);
    }
}

public class SqliteReplicasTests : ReplicasTests;

public class PostgresReplicasTests(PostgresCluster cluster) : ReplicasTests, IClassFixture<PostgresCluster>
{
    protected override Task<(string Key, string Value)[]> NewStoreAsync() => NewStoreAsync(cluster);
}
