using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>What must be done once is done by one of several dashboards, and by none that has lost it.</summary>
public class DutiesTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private const string Duty = "the test's duty";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private sealed class Dashboard(ConfiguredApp app) : IDisposable
    {
        private readonly Replicas replicas = ActivatorUtilities.CreateInstance<Replicas>(app.Services);
        private DutyRoster? roster;

        public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

        public string Id => replicas.OwnId;

        public DutyRoster Roster =>
            roster ??= ActivatorUtilities.CreateInstance<DutyRoster>(app.Services, replicas, Clock, Draining);

        public Draining Draining { get; } = new();

        /// <summary>Looks and, a moment later, looks again: what stood still meanwhile is free.</summary>
        public async Task TakeOverAsync()
        {
            // It is another program: what it does is no part of what somebody is at here.
            DutyTerm.Current = null;
            await Roster.LookAsync(Stop);
            Clock.Advance(DutyTerm.Lease);
            await Roster.LookAsync(Stop);
        }

        public void Dispose()
        {
            Roster.Dispose();
            replicas.Dispose();
            Draining.Dispose();
        }
    }

    private async Task<ConfiguredApp> StartAsync() =>
        await ConfiguredApp.StartAsync(("Storage:Postgres", await StoreTemplate.DatabaseAsync(cluster)));

    private static DutyRow Trace(string name) =>
        new()
        {
            Name = name,
            Epoch = 1,
            Beat = 1,
            Since = DateTimeOffset.UnixEpoch,
        };

    private static async Task<bool> IsWrittenAsync(ConfiguredApp app, string name)
    {
        await using var store = app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext();
        return await store.Set<DutyRow>().AnyAsync(row => row.Name == name, Stop);
    }

    [Fact]
    public async Task One_of_two_does_it_and_the_other_once_it_is_gone()
    {
        await using var app = await StartAsync();
        using var first = new Dashboard(app);
        using var second = new Dashboard(app);
        var done = new List<string>();
        var atFirst = first.Roster.Once(Duty, rest => Task.Run(() => done.Add("first"), rest));
        var atSecond = second.Roster.Once(Duty, rest => Task.Run(() => done.Add("second"), rest));
        await atFirst(Stop);
        await atSecond(Stop);
        Assert.Equal(["first"], done);

        // As long as the first beats, nothing moves.
        second.Clock.Advance(DutyTerm.Lease);
        await first.Roster.LookAsync(Stop);
        await second.Roster.LookAsync(Stop);
        await atSecond(Stop);
        Assert.Equal(["first"], done);

        await second.TakeOverAsync();
        await atSecond(Stop);
        Assert.Equal(["first", "second"], done);
        var leader = Assert.Single(await second.Roster.LeadersAsync(Stop), one => one.Duty == Duty);
        Assert.Equal((second.Id, 2), (leader.Dashboard, leader.Epoch));

        await first.Roster.LookAsync(Stop);
        await atFirst(Stop);
        Assert.Equal(["first", "second"], done);
    }

    [Fact]
    public async Task One_that_is_about_to_stop_hands_over_at_once_and_takes_nothing_more()
    {
        await using var app = await StartAsync();
        using var first = new Dashboard(app);
        using var second = new Dashboard(app);
        var done = new List<string>();
        var atFirst = first.Roster.Once(Duty, rest => Task.Run(() => done.Add("first"), rest));
        var atSecond = second.Roster.Once(Duty, rest => Task.Run(() => done.Add("second"), rest));
        await atFirst(Stop);
        await first.Roster.StartAsync(Stop);
        first.Draining.Begin();
        await first.Roster.ExecuteTask!;
        // Nobody's clock has moved.
        await atSecond(Stop);
        await atFirst(Stop);
        Assert.Equal(["first", "second"], done);
    }

    [Fact]
    public async Task One_that_was_paused_and_comes_back_writes_nothing()
    {
        await using var app = await StartAsync();
        using var paused = new Dashboard(app);
        using var other = new Dashboard(app);
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        var written = new List<int>();
        other.Roster.Once(Duty, _ => Task.CompletedTask);
        // Its own clock stands still: only what the store says can keep it from writing.
        await paused.Roster.Once(
            Duty,
            async token =>
            {
                await using var open = stores.CreateDbContext();
                await using var transaction = await open.Database.BeginTransactionAsync(token);
                open.Add(Trace("in a transaction"));
                written.Add(await open.SaveChangesAsync(token));
                await other.TakeOverAsync();
                await Assert.ThrowsAsync<DutyLostException>(() => transaction.CommitAsync(token));

                await using var later = stores.CreateDbContext();
                await Assert.ThrowsAsync<DutyLostException>(() =>
                    later.Set<DutyRow>().Where(row => row.Name == Duty).ExecuteDeleteAsync(token)
                );
                later.Add(Trace("alone"));
                await later.SaveChangesAsync(token);
                written.Add(1);
            }
        )(Stop);
        Assert.Equal([1], written);
        Assert.False(await IsWrittenAsync(app, "in a transaction"));
        Assert.False(await IsWrittenAsync(app, "alone"));
        Assert.True(await IsWrittenAsync(app, Duty));
    }

    [Fact]
    public async Task What_a_turn_lets_go_is_not_held_to_the_duty()
    {
        var term = new DutyTerm("proofs", 1, TimeProvider.System.GetTimestamp(), TimeProvider.System);
        DutyTerm.Current = term;
        Task<DutyTerm?>? begun = null;
        DutyTerm.Apart(() => begun = Task.Run<DutyTerm?>(() => DutyTerm.Current));
        Assert.Null(await begun!);
        Assert.Same(term, await Task.Run<DutyTerm?>(() => DutyTerm.Current, Stop));
        DutyTerm.Current = null;
    }

    [Fact]
    public async Task One_that_was_paused_knows_by_its_own_watch()
    {
        await using var app = await StartAsync();
        using var paused = new Dashboard(app);
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await paused.Roster.Once(
            Duty,
            async token =>
            {
                paused.Clock.Advance(DutyTerm.Lease);
                await using var store = stores.CreateDbContext();
                store.Add(Trace("too late"));
                await store.SaveChangesAsync(token);
            }
        )(Stop);
        Assert.False(await IsWrittenAsync(app, "too late"));
    }

    [Fact]
    public async Task One_that_lapsed_alone_is_taken_anew_while_others_go_on()
    {
        await using var app = await StartAsync();
        using var only = new Dashboard(app);
        var done = 0;
        var work = only.Roster.Once(Duty, _ => Task.FromResult(done++));
        only.Roster.Once("another duty", _ => Task.CompletedTask);
        await work(Stop);
        await using (var store = app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext())
        {
            await store
                .Set<DutyRow>()
                .Where(row => row.Name == Duty)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Epoch, row => row.Epoch + 1), Stop);
        }
        await only.Roster.LookAsync(Stop);
        await work(Stop);
        Assert.Equal(1, done);

        for (var second = 0; second < 5; second++)
        {
            only.Clock.Advance(TimeSpan.FromSeconds(1));
            await only.Roster.LookAsync(Stop);
        }
        await work(Stop);
        Assert.Equal(2, done);
    }

    [Fact]
    public async Task One_that_ends_gives_it_back_at_once()
    {
        await using var app = await StartAsync();
        using var first = new Dashboard(app);
        using var second = new Dashboard(app);
        var done = 0;
        await first.Roster.Once(Duty, _ => Task.CompletedTask)(Stop);
        await first.Roster.StopAsync(Stop);
        await second.Roster.Once(Duty, _ => Task.FromResult(done++))(Stop);
        Assert.Equal(1, done);
    }
}
