using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Databases.Contracts;

/// <summary>What the last restore drill of a tenant's backups came to.</summary>
/// <param name="Whole">Every table came back with its rows.</param>
public sealed record RestoreEvidence(DateTimeOffset At, bool Whole);

/// <summary>The evidence that a tenant's backups are worth something.</summary>
public interface IRestoreEvidence
{
    /// <returns>Null while none was tried.</returns>
    Task<RestoreEvidence?> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}
