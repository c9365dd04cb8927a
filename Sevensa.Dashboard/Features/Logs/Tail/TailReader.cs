using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>
/// Keeps one of Loki's tails open. Loki ends a tail after an hour, cuts it when it restarts, and drops lines for a slow
/// reader. Each time the tail is opened first and then what was missed is read from the store, so that nothing falls
/// between; lines that come both ways are told by what is remembered of the last while.
/// </summary>
internal sealed class TailReader(
    TenantScope scope,
    string? logQl,
    LokiClient loki,
    TimeProvider time,
    ILogger log,
    Action<IReadOnlyList<LogLine>> lines,
    Action<TailState> state,
    Action<Exception> fail
)
{
    /// <summary>How late a line may come, by its own time, and still be told from one that came before.</summary>
    private const long OverlapNs = 30_000_000_000;

    /// <summary>A catch-up of more pages than this is given up, and said to be lost.</summary>
    private const int MostPages = 200;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly SeenLines seen = new(OverlapNs, time.GetUtcNow().ToUnixNs());
    private DateTimeOffset? lostSince;

    public async Task RunAsync(CancellationToken alive)
    {
        var tries = 0;
        while (!alive.IsCancellationRequested)
        {
            string? words;
            var turnedAway = false;
            try
            {
                await using var tail = await loki.TailAsync(
                    scope,
                    logQl,
                    time.GetUtcNow().ToUnixNs(),
                    1,
                    isCategorized: true,
                    cancellation: alive
                );
                await CatchUpAsync(seen.Since, alive);
                state(new TailState(true, LostSince: lostSince));
                tries = 0;
                await foreach (var frame in tail.ReadAsync(alive))
                {
                    Take(LinesOf(frame), isBare: !frame.IsCategorized);
                    if (frame.Dropped.Count > 0)
                    {
                        await CatchUpAsync(frame.Dropped.Min(dropped => dropped.TimeUnixNs), alive);
                        state(new TailState(true, LostSince: lostSince));
                    }
                }
                words = tail.CloseReason;
            }
            catch (OperationCanceledException) when (alive.IsCancellationRequested)
            {
                return;
            }
            catch (QueryRefusedException refused)
            {
                fail(refused);
                return;
            }
            catch (UpstreamException exception)
            {
                if (exception.Fault == UpstreamFault.NotConfigured || exception.Status == 400 && !IsFull(exception))
                {
                    fail(exception);
                    return;
                }
                words = exception.Message;
                turnedAway = exception.Fault == UpstreamFault.Refused;
            }
            catch (Exception exception)
            {
                log.LogError(exception, "A live tail failed");
                fail(exception);
                return;
            }
            state(new TailState(false, LokiTime.FromUnixNs(seen.Newest), words, lostSince));
            if (turnedAway)
            {
                await TryCatchUpAsync(alive);
            }
            if (tries++ > 0)
            {
                var wait = TimeSpan.FromSeconds(Math.Min(LongestWait.TotalSeconds, Math.Pow(2, tries - 2)));
                try
                {
                    await Task.Delay(wait, time, alive);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    // Loki allows ten tails for a tenant, and others may have them; then the store is looked at until one is free.
    private static bool IsFull(UpstreamException exception) =>
        exception.Message.Contains("max concurrent tail", StringComparison.OrdinalIgnoreCase);

    private async Task TryCatchUpAsync(CancellationToken alive)
    {
        try
        {
            await CatchUpAsync(seen.Since, alive);
        }
        catch (Exception exception)
            when (exception is UpstreamException
                || exception is OperationCanceledException && alive.IsCancellationRequested
            )
        {
            // It is tried again with the next attempt.
        }
    }

    /// <summary>Reads what the store has since then and was not seen.</summary>
    private async Task CatchUpAsync(long fromNs, CancellationToken alive)
    {
        if (fromNs < seen.Since)
        {
            // Further back it is not known what was seen.
            Lost(fromNs);
            fromNs = seen.Since;
        }
        // A line may be stamped by a clock that is ahead of this one.
        var to = Math.Max(time.GetUtcNow().AddMinutes(5).ToUnixNs(), seen.Newest + 1);
        if (to > seen.Until)
        {
            // Nor is it known further ahead.
            Lost(seen.Until);
            to = seen.Until;
        }
        var pages = 0;
        var pager = new LogPager(loki, scope, logQl, fromNs, to, LokiDirection.Forward);
        await foreach (var page in pager.AllAsync(LogPager.Most, alive))
        {
            Take(page.Lines);
            if (page.Crowded is { } moment)
            {
                Lost(moment);
            }
            if (++pages == MostPages)
            {
                Lost(seen.Newest);
                break;
            }
        }
    }

    private void Lost(long sinceNs)
    {
        var since = LokiTime.FromUnixNs(sinceNs);
        lostSince = lostSince is null || since < lostSince ? since : lostSince;
    }

    private void Take(IEnumerable<LogLine> found, bool isBare = false)
    {
        var now = time.GetUtcNow().ToUnixNs();
        var fresh = found.Where(line => seen.Add(line, now, isBare)).ToList();
        if (fresh.Count > 0)
        {
            lines(fresh);
        }
    }

    private static IEnumerable<LogLine> LinesOf(LokiTailFrame frame) =>
        frame
            .Streams.SelectMany(stream =>
                stream.Entries.Select(entry => new LogLine(entry.TimeUnixNs, entry.Line, stream.Labels))
            )
            .OrderBy(line => line.TimeUnixNs);
}
