namespace Sevensa.Dashboard.Features.Alerts.Contracts;

/// <summary>Alerts that are kept, as a stream: which began or ended since a time. One that names no tenant has an empty one.</summary>
public interface IAlertFeed
{
    /// <summary>Alerts that were first heard of, or ended, at that time or after it; the same one again when it did both.</summary>
    /// <param name="since">By the dashboard's clock.</param>
    /// <param name="most">How many at most, the longest known first.</param>
    Task<IReadOnlyList<Alert>> SinceAsync(DateTimeOffset since, int most, CancellationToken cancellation);

    /// <summary>One alert by its id; null when it is not kept any more.</summary>
    Task<Alert?> FindAsync(string id, CancellationToken cancellation);

    /// <summary>Calls back, from any thread, when there may be others. Dispose to stop.</summary>
    IDisposable OnChange(Action changed);
}
