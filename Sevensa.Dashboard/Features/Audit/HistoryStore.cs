using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

internal sealed class HistoryStore(IDbContextFactory<Store> stores) : IRecordHistory
{
    private const long HourMilliseconds = 3_600_000;

    public async Task<IReadOnlyList<RecordedHour>> HoursAsync(
        string actor,
        string action,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        var from = since.ToUnixTimeMilliseconds();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        // By hand, since a moment is milliseconds only in the store; both providers divide whole numbers alike.
        var rows = await store
            .Database.SqlQuery<HourRow>(
                $"""
                SELECT "At" / 3600000 AS "Hour", COUNT(*) AS "Count" FROM "AuditRecord"
                WHERE "ActorId" = {actor} AND "Action" = {action} AND "At" >= {from}
                GROUP BY "At" / 3600000
                """
            )
            .ToListAsync(cancellation);
        return
        [
            .. rows.Select(row => new RecordedHour(
                DateTimeOffset.FromUnixTimeMilliseconds(row.Hour * HourMilliseconds),
                row.Count
            )),
        ];
    }

    private sealed record HourRow(long Hour, long Count);
}
