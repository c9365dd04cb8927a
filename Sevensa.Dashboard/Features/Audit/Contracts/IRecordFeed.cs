namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>A row of the record as it is told to others: what happened, without what was before and after.</summary>
/// <param name="Number">Its number; the record's numbers grow and have no order but that.</param>
public sealed record RecordedEvent(
    long Number,
    DateTimeOffset At,
    AuditActor Actor,
    string Action,
    string? Tenant,
    string? Target,
    AuditOutcome Outcome,
    string? Detail
);

/// <summary>The record as a stream that is read from a place on, so that nothing in it is missed or told twice.</summary>
public interface IRecordFeed
{
    /// <summary>Rows behind a number, oldest first.</summary>
    /// <param name="number">The last one that was read; zero for all.</param>
    /// <param name="most">How many at most.</param>
    Task<IReadOnlyList<RecordedEvent>> AfterAsync(long number, int most, CancellationToken cancellation);

    /// <summary>One row; null when there is none of that number.</summary>
    Task<RecordedEvent?> FindAsync(long number, CancellationToken cancellation);

    /// <summary>The number of the newest row; zero for an empty record.</summary>
    Task<long> LastAsync(CancellationToken cancellation);

    /// <summary>Calls back, from any thread, when this program has appended. Dispose to stop.</summary>
    IDisposable OnAppended(Action appended);
}
