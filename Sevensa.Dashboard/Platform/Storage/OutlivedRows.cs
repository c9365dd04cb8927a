using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Query;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Rows whose time is over and that nobody reads any more. Whoever has such rows implements it; they are taken away now and then.</summary>
internal interface IOutlivedRows
{
    /// <summary>Takes them away, by <see cref="OutlivedRows.RemoveAsync"/>.</summary>
    Task RemoveAsync(CancellationToken cancellation);
}

internal static class OutlivedRows
{
    /// <summary>Rows that one transaction takes away at most; fewer where those take longer than some milliseconds.</summary>
    public const int AtOnce = 50;

    /// <summary>
    /// Takes rows away a few at a time. They are looked for without a lock; which of them still are outlived is looked at again
    /// under it, so that what was renewed meanwhile stays.
    /// </summary>
    /// <param name="key">Its primary key.</param>
    /// <returns>How many were taken away.</returns>
    public static async Task<int> RemoveAsync<T>(
        this IDbContextFactory<Store> stores,
        Expression<Func<T, bool>> outlived,
        Expression<Func<T, string?>> key,
        CancellationToken cancellation
    )
        where T : class
    {
        var removed = 0;
        var piece = new PieceSize(AtOnce);
        while (true)
        {
            var most = piece.Rows;
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var keys = await store
                .Set<T>()
                .Where(outlived)
                .OrderBy(key)
                .Select(key)
                .Take(most)
                .ToListAsync(cancellation);
            if (keys.Count == 0)
            {
                return removed;
            }
            var now = await piece.WriteAsync(
                store,
                some => some.Set<T>().Where(outlived).Where(IsAmong(keys, key)).ExecuteDeleteAsync(cancellation),
                cancellation
            );
            removed += now;
            if (keys.Count < most || now == 0)
            {
                return removed;
            }
        }
    }

    private static Expression<Func<T, bool>> IsAmong<T>(List<string?> keys, Expression<Func<T, string?>> key)
    {
        Expression<Func<string?, bool>> isAmong = one => keys.Contains(one);
        return Expression.Lambda<Func<T, bool>>(
            ReplacingExpressionVisitor.Replace(isAmong.Parameters[0], key.Body, isAmong.Body),
            key.Parameters
        );
    }
}

/// <summary>Takes outlived rows away beside the requests, so that none of those has to.</summary>
internal sealed class OutlivedRowsWork(
    IEnumerable<IOutlivedRows> all,
    IDuties duties,
    StartWork start,
    TimeProvider time,
    ILogger<OutlivedRowsWork> log
) : BackgroundService
{
    /// <summary>The start has enough to do.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    public async Task RunAsync(CancellationToken cancellation)
    {
        foreach (var rows in all)
        {
            await rows.RemoveAsync(cancellation);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await Task.Delay(First, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LastingWork.RunAsync(
            "Taking away what has outlived its time",
            duties.Once("retention", RunAsync),
            rest => Task.Delay(Every, time, rest),
            log,
            time,
            stoppingToken
        );
    }
}
