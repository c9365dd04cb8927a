namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>
/// Who asked for what belongs to others is told that it does not exist; the record is told the truth. The same question of the
/// same caller is written once a minute.
/// </summary>
public interface IStrangers
{
    /// <param name="what">What was asked for, in words: "the tenant witcom".</param>
    ValueTask RecordAsync(Caller caller, string what, CancellationToken cancellation);
}
