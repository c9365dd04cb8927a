namespace Sevensa.Dashboard.Features.Tenants.Contracts;

public sealed partial class TenantScope
{
    /// <summary>The part of this scope that is one tenant.</summary>
    /// <exception cref="UnknownTenantException">The tenant is not in this scope.</exception>
    public TenantScope Narrow(string tenant) =>
        Holds(tenant) ? new TenantScope([tenant]) : throw new UnknownTenantException(tenant);

    /// <summary>PromQL with the tenant's matcher added to every vector selector.</summary>
    /// <exception cref="QueryRefusedException">It can't be read, or selects in a way that can't be scoped.</exception>
    public ScopedQuery PromQl(string text) => throw new QueryRefusedException("PromQL is not read by this build.");

    /// <summary>A series selector (<c>match[]</c>) with the tenant's matcher added.</summary>
    /// <exception cref="QueryRefusedException">It is no selector.</exception>
    public ScopedQuery PromQlSelector(string text) =>
        throw new QueryRefusedException("PromQL is not read by this build.");
}
