using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>Locks by name, in one program and on both stores.</summary>
public abstract class StoreLocksTests : AppOnAStore
{
    [Fact]
    public async Task Turns_come_in_order_for_all_who_share_a_name_and_for_nobody_else()
    {
        await using var app = await ConfiguredApp.StartAsync([.. await NewStoreAsync(), ("Docker:Endpoint", "none")]);
        var locks = app.Services.GetRequiredService<StoreLocks>();
        var first = await locks.TakeAsync(["a", "b"], default);
        await (await locks.TakeAsync(["c"], default)).DisposeAsync();
        using var left = new CancellationTokenSource();
        var givesUp = locks.TakeAsync(["b", "c"], left.Token);
        var behind = locks.TakeAsync(["c"], default);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        // Who came behind one that gave up still waits for those before it.
        Assert.False(behind.IsCompleted);
        await first.DisposeAsync();
        await using (await behind.WaitAsync(Patience.Usual)) { }
        await using var again = await locks.TakeAsync(["a", "b", "c"], default).WaitAsync(Patience.Usual);
    }
}

public class SqliteStoreLocksTests : StoreLocksTests;

public class PostgresStoreLocksTests(PostgresCluster cluster) : StoreLocksTests, IClassFixture<PostgresCluster>
{
    protected override Task<(string Key, string Value)[]> NewStoreAsync() => NewStoreAsync(cluster);
}
