using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Contracts;

/// <summary>Counts of open findings of a tenant's running images, by severity.</summary>
public sealed record FindingCounts(int Critical, int High, int Medium, int Low, int Unknown);

public interface IFindings
{
    Task<FindingCounts> CountAsync(Caller caller, string tenant, CancellationToken cancellation);
}
