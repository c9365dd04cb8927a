namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>
/// What a feature holds that can't be older than the record, since its coming is written there. With all rows of the record, its
/// marks and its key taken away, a new record begins; what was there before bears witness against it.
/// </summary>
public interface IRecordWitness
{
    /// <summary>What it is, for people, as <c>accounts</c>.</summary>
    string Things { get; }

    /// <summary>When the oldest that is there came; null when there is none.</summary>
    Task<DateTimeOffset?> OldestAsync(CancellationToken cancellation);
}
