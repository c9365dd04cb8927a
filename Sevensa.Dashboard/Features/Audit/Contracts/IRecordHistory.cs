namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>How often somebody did something within one hour.</summary>
/// <param name="Begins">When the hour began.</param>
public sealed record RecordedHour(DateTimeOffset Begins, long Count);

/// <summary>When somebody did something, as the record has it.</summary>
public interface IRecordHistory
{
    /// <summary>The hours in which they did it, in any order; counted where the rows are, however many there are.</summary>
    /// <param name="actor">Id of who did it.</param>
    Task<IReadOnlyList<RecordedHour>> HoursAsync(
        string actor,
        string action,
        DateTimeOffset since,
        CancellationToken cancellation
    );
}
