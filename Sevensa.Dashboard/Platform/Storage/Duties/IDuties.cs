namespace Sevensa.Dashboard.Platform.Storage.Duties;

/// <param name="Dashboard">Id of the dashboard that has it; null for none at the moment.</param>
/// <param name="Epoch">How often it has changed hands.</param>
internal sealed record DutyLeader(string Duty, string? Dashboard, long Epoch, DateTimeOffset Since);

/// <summary>What must be done once, whichever of several dashboards on one store does it.</summary>
internal interface IDuties
{
    /// <summary>
    /// The same work, done only while this dashboard has the duty. What it then writes into the store is refused when the duty has
    /// gone to another meanwhile.
    /// </summary>
    Func<CancellationToken, Task> Once(string duty, Func<CancellationToken, Task> work);

    /// <summary>Who has which, in order of name.</summary>
    Task<IReadOnlyList<DutyLeader>> LeadersAsync(CancellationToken cancellation);
}
