namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <param name="Id">Value of the <c>tenant</c> label.</param>
public sealed record TenantName(string Id, string Name);

/// <summary>The tenants that there are, for whom people and programs are given; the registry implements it.</summary>
public interface ITenantNames
{
    /// <summary>In order of name.</summary>
    ValueTask<IReadOnlyList<TenantName>> NamesAsync(CancellationToken cancellation);
}
