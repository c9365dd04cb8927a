using System.Diagnostics;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>SQLite has one writer at a time: the program's own take turns, and wait so long and no longer.</summary>
public sealed class WriteTurnTests
{
    [Fact]
    public async Task Many_writers_at_once_take_turns()
    {
        await using var app = await ConfiguredApp.StartAsync();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        var log = app.Services.GetRequiredService<IAuditLog>();
        var longest = TimeSpan.Zero;
        await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(async number =>
                {
                    var began = Stopwatch.StartNew();
                    if (number % 2 == 0)
                    {
                        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.turn"));
                    }
                    else
                    {
                        await using var store = await stores.CreateDbContextAsync();
                        await using var transaction = await store.Database.BeginTransactionAsync();
                        await store.Database.ExecuteSqlRawAsync("DELETE FROM \"IdempotencyKeys\"");
                        if (number % 3 == 0)
                        {
                            await transaction.CommitAsync();
                        }
                    }
                    longest = began.Elapsed > longest ? began.Elapsed : longest;
                })
        );
        Assert.True(longest < TimeSpan.FromSeconds(20), $"One of them waited {longest}.");
    }

    [Fact]
    public async Task Many_writers_under_anothers_lock_each_wait_for_five_seconds_and_not_longer()
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var admin = await app.ApiAsAsync("admin");
        using (await WriteLock.HoldAsync(app))
        {
            // What one alone waits is what this machine makes of five seconds.
            var alone = await WriteAsync(0);
            TimeSpan[] all = [alone, .. await Task.WhenAll(Enumerable.Range(1, 12).Select(WriteAsync))];
            // Twice that would be a writer that waited in the row and then for the lock.
            Assert.All(all, took => Assert.InRange(took.TotalSeconds, 3, alone.TotalSeconds + 4));
        }

        async Task<TimeSpan> WriteAsync(int number)
        {
            var clock = Stopwatch.StartNew();
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                (number % 3) switch
                {
                    0 => "/api/v1/conversations",
                    1 => "/api/v1/dispatch/stop",
                    _ => "/api/v1/tickets",
                }
            )
            {
                Content = JsonContent.Create<object>((number % 3) == 1 ? new { reason = "tried" } : new { }),
            };
            if (number % 2 == 0)
            {
                request.Headers.Add("Idempotency-Key", $"key-{number}");
            }
            using var answer = await admin.SendAsync(request);
            var took = clock.Elapsed;
            await WriteLock.SaysLockedAsync(answer);
            return took;
        }
    }

    [Fact]
    public async Task A_writer_that_its_own_row_kept_waiting_does_not_blame_another_program()
    {
        await using var app = await ConfiguredApp.StartAsync();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using var first = await stores.CreateDbContextAsync();
        await using var held = await first.Database.BeginTransactionAsync();
        await using var second = await stores.CreateDbContextAsync();
        second.Database.SetCommandTimeout(1);
        var busy = await Assert.ThrowsAsync<StoreUnavailableException>(() => second.Database.BeginTransactionAsync());
        Assert.DoesNotContain("another program", busy.Message);
        Assert.Contains("other writes", busy.Message);
        await held.RollbackAsync();
        await using var then = await second.Database.BeginTransactionAsync();
    }

    [Fact]
    public async Task Nor_does_one_behind_a_single_statement_of_our_own_that_takes_long()
    {
        await using var app = await ConfiguredApp.StartAsync();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using var first = await stores.CreateDbContextAsync();
        await first.Database.OpenConnectionAsync();
        using var inside = new SemaphoreSlim(0);
        using var done = new ManualResetEventSlim();
        ((SqliteConnection)first.Database.GetDbConnection()).CreateFunction(
            "wait_here",
            () =>
            {
                inside.Release();
                return done.Wait(Patience.Usual) ? 1 : 0;
            }
        );
        // With the lock in its hand after the row, and in the middle of its only statement.
        var statement = Task.Run(() =>
            first.Database.ExecuteSqlRawAsync(
                "INSERT INTO \"StepUps\" (\"Hash\", \"ExpiresAt\") SELECT 'a' || n, CASE n WHEN 1 THEN 1 ELSE wait_here() END FROM (SELECT 1 AS n UNION ALL SELECT 2)"
            )
        );
        Assert.True(await inside.WaitAsync(Patience.Usual));
        await using var second = await stores.CreateDbContextAsync();
        second.Database.SetCommandTimeout(1);
        var busy = await Assert.ThrowsAsync<StoreUnavailableException>(() => second.Database.BeginTransactionAsync());
        done.Set();
        await statement;
        Assert.DoesNotContain("another program", busy.Message);
        Assert.Contains("other writes", busy.Message);
    }

    [Fact]
    public async Task One_behind_our_own_that_waits_for_another_program_names_that_one()
    {
        await using var app = await ConfiguredApp.StartAsync();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        using var other = await WriteLock.HoldAsync(app);
        await using var first = await stores.CreateDbContextAsync();
        var waits = Task.Run(() => first.Database.ExecuteSqlRawAsync("DELETE FROM \"StepUps\""));
        await using var second = await stores.CreateDbContextAsync();
        second.Database.SetCommandTimeout(2);
        var behind = await Assert.ThrowsAnyAsync<Exception>(() => second.Database.BeginTransactionAsync());
        Assert.Contains("another program", StoreFault.In(behind)!.Message);
        await Assert.ThrowsAnyAsync<Exception>(() => waits);
    }

    [Fact]
    public async Task What_can_t_be_written_with_its_row_leaves_neither_and_holds_nobody_up()
    {
        await using var app = await ConfiguredApp.StartAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        var before = await log.AppendAsync(new AuditEntry(AuditActor.System, "test.before"));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            log.AppendAsync(new AuditEntry(AuditActor.System, "test.cut"), RefuseAsync, default)
        );
        Assert.Equal("by its own rules", refused.Message);
        Assert.Equal(0, await log.AppendAsync(new AuditEntry(AuditActor.System, "test.none"), NothingAsync, default));
        Assert.Equal(before + 1, await log.AppendAsync(new AuditEntry(AuditActor.System, "test.after")));
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        Assert.False(await store.Set<IdempotencyRow>().AnyAsync(row => row.Caller == "cut"));

        static async Task<ChainMark?> RefuseAsync(Store within, CancellationToken cancellation)
        {
            within.Add(
                new IdempotencyRow
                {
                    Caller = "cut",
                    Path = "",
                    Key = "",
                    RequestHash = "",
                    BegunAt = DateTimeOffset.UnixEpoch,
                }
            );
            await within.SaveChangesAsync(cancellation);
            throw new InvalidOperationException("by its own rules");
        }

        static Task<ChainMark?> NothingAsync(Store within, CancellationToken cancellation) =>
            Task.FromResult<ChainMark?>(null);
    }
}
