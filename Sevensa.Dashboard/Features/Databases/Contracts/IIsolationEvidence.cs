using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Databases.Contracts;

/// <summary>What the last proof says of a tenant's data, in figures that name nobody.</summary>
/// <param name="ProvenAt">When the last proof with the tenant ended.</param>
/// <param name="Tried">Attempts to reach the tenant's data or to reach beyond it, on all instances.</param>
/// <param name="Reached">Of others, those that reached the tenant's data.</param>
public sealed record IsolationEvidence(DateTimeOffset ProvenAt, int Tried, int Reached);

/// <summary>The evidence that a tenant's databases are kept apart.</summary>
public interface IIsolationEvidence
{
    /// <returns>Null while nothing was proven.</returns>
    Task<IsolationEvidence?> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation);
}
