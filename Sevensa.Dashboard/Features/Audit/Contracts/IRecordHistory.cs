namespace Sevensa.Dashboard.Features.Audit.Contracts;

/// <summary>When somebody did something, as the record has it.</summary>
public interface IRecordHistory
{
    /// <summary>The newest first.</summary>
    /// <param name="actor">Id of who did it.</param>
    /// <param name="most">How many at most.</param>
    Task<IReadOnlyList<DateTimeOffset>> WhenAsync(
        string actor,
        string action,
        DateTimeOffset since,
        int most,
        CancellationToken cancellation
    );
}
