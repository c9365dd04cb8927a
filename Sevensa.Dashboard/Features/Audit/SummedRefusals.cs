using System.Globalization;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>
/// The record's door: what was refused is written row by row up to a number in a minute, and summed up in one row beyond it, so
/// that nobody can make the record grow at will. What was done is always a row of its own.
/// </summary>
internal sealed class SummedRefusals(
    AuditStore store,
    IEnumerable<IRefusalListener> listeners,
    TimeProvider time,
    ILogger<SummedRefusals> log
) : IAuditLog, IHostedService
{
    /// <summary>Rows a minute for one actor and action.</summary>
    public const int Most = 30;

    private const int MostTargets = 40;

    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock turn = new();
    private readonly Dictionary<(string Kind, string Id, string Action), Count> counts = [];

    public Task<long> AppendAsync(AuditEntry entry, CancellationToken cancellation = default)
    {
        if (entry.Outcome != AuditOutcome.Refused)
        {
            return store.AppendAsync(entry, cancellation);
        }
        foreach (var listener in listeners)
        {
            listener.Refused(entry);
        }
        lock (turn)
        {
            var key = (entry.Actor.Kind, entry.Actor.Id, entry.Action);
            var now = time.GetUtcNow();
            if (!counts.TryGetValue(key, out var count))
            {
                counts[key] = count = new Count(now);
                // The window ends by itself, with a row for what was summed up in it.
                count.End = time.CreateTimer(_ => _ = CloseAsync(key), null, Window, Timeout.InfiniteTimeSpan);
            }
            if (count.Written >= Most)
            {
                count.Sum(entry);
                return Task.FromResult(0L);
            }
            count.Written++;
        }
        return store.AppendAsync(entry, cancellation);
    }

    public Task<long> AppendAsync(
        AuditEntry entry,
        Func<Store, CancellationToken, Task<ChainMark?>> write,
        CancellationToken cancellation
    ) => store.AppendAsync(entry, write, cancellation);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        List<(string, string, string)> keys;
        lock (turn)
        {
            keys = [.. counts.Keys];
        }
        foreach (var key in keys)
        {
            await CloseAsync(key);
        }
    }

    private async Task CloseAsync((string Kind, string Id, string Action) key)
    {
        Count? count;
        lock (turn)
        {
            if (!counts.Remove(key, out count))
            {
                return;
            }
        }
        if (count.End is { } end)
        {
            await end.DisposeAsync();
        }
        if (count.Last is not { } last)
        {
            return;
        }
        var words = string.Create(
            CultureInfo.InvariantCulture,
            $"{count.Summed} more since {count.Since:yyyy-MM-dd HH:mm:ss} UTC are summed up in this row. The last: {last.Detail} What was asked for: {string.Join(", ", count.Targets)}{(count.MoreTargets ? " and more" : "")}."
        );
        try
        {
            await store.AppendAsync(last with { Target = null, Detail = words, Before = null, After = null });
        }
        // The second when the program, or a test, is taken down before what it began has ended.
        catch (Exception exception) when (exception is AuditUnavailableException or ObjectDisposedException)
        {
            // Nothing depends on it; the number is in the log at least.
            log.LogWarning(
                exception,
                "{Count} refusals of {Action} could not be summed up in the record",
                count.Summed,
                key.Action
            );
        }
    }

    private sealed class Count(DateTimeOffset since)
    {
        private readonly SortedSet<string> targets = new(StringComparer.Ordinal);

        public DateTimeOffset Since => since;
        public int Written { get; set; }
        public int Summed { get; private set; }
        public AuditEntry? Last { get; private set; }
        public bool MoreTargets { get; private set; }
        public IReadOnlyCollection<string> Targets => targets;
        public ITimer? End { get; set; }

        public void Sum(AuditEntry entry)
        {
            Last = entry;
            Summed++;
            // A few, and not long ones: the row stays a row.
            if (entry.Target is { Length: <= 200 } target && (targets.Count < MostTargets || targets.Contains(target)))
            {
                targets.Add(target);
            }
            else
            {
                MoreTargets |= entry.Target is not null;
            }
        }
    }
}
