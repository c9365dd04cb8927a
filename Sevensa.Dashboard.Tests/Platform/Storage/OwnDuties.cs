using Sevensa.Dashboard.Platform.Storage.Duties;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>One dashboard alone does everything.</summary>
internal sealed class OwnDuties : IDuties
{
    public Func<CancellationToken, Task> Once(string duty, Func<CancellationToken, Task> work) => work;

    public Task<IReadOnlyList<DutyLeader>> LeadersAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<DutyLeader>>([]);
}
