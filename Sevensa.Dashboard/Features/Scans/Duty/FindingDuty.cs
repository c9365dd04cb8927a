using Sevensa.Dashboard.Features.Scans.Statements;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Features.Scans.Duty;

/// <summary>
/// What is done about findings while nobody looks: acceptances end, who lost a right answers for nothing any more, statements
/// hold for whoever has an image now, days are counted, and what a new image got rid of is noted. One dashboard does it at
/// a time.
/// </summary>
internal sealed class FindingDuty(
    EndedAcceptances ended,
    LostOwners lost,
    StatementReach reach,
    FixWatch watch,
    DayCounts counts,
    StoreLocks locks,
    IDuties duties,
    StartWork start,
    TimeProvider time,
    ILogger<FindingDuty> log
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await LastingWork.RunAsync(
            "The look after findings",
            duties.Once("findings", TurnAsync),
            rest => Task.Delay(Every, time, rest),
            log,
            time,
            stoppingToken
        );
    }

    internal async Task TurnAsync(CancellationToken cancellation)
    {
        await using var turn = await locks.TakeAsync(["findings duty"], cancellation);
        await ended.TurnAsync(cancellation);
        await lost.TurnAsync(cancellation);
        await reach.TurnAsync(cancellation);
        await watch.TurnAsync(cancellation);
        await counts.TurnAsync(cancellation);
    }
}
