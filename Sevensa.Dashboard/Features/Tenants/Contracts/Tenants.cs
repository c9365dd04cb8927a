using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Tenants.Contracts;

/// <summary>A client of Sevensa's, or its own platform.</summary>
/// <param name="Id">Short lower-case word, the value of the <c>tenant</c> label everywhere.</param>
/// <param name="Colour">Brand colour as <c>#rrggbb</c>, for the portal.</param>
/// <param name="Services">Services known to belong to it, in the order to show.</param>
/// <param name="ComposeProjects">Compose projects whose containers belong to it when they carry no <c>sevensa.tenant</c> label.</param>
/// <param name="LatencyObjectiveMs">p95 that its services should stay under, milliseconds; null when none was agreed.</param>
/// <param name="AvailabilityObjective">Share of good requests agreed on, e.g. 0.999; null when none was agreed.</param>
public sealed record Tenant(
    string Id,
    string Name,
    string Colour,
    IReadOnlyList<string> Services,
    IReadOnlyList<string> ComposeProjects,
    double? LatencyObjectiveMs = null,
    double? AvailabilityObjective = null
);

/// <summary>The registry of tenants.</summary>
public interface ITenants
{
    ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default);

    /// <summary>The tenants that <paramref name="caller"/> may see, in order of name.</summary>
    ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default);
}

/// <summary>Makes scopes: the only way to one.</summary>
public interface ITenantScopes
{
    /// <exception cref="UnknownTenantException">No such tenant, or one that the caller may not see: the same answer for both.</exception>
    ValueTask<TenantScope> ForAsync(Caller caller, string tenant, CancellationToken cancellation = default);

    /// <summary>Several tenants together.</summary>
    /// <exception cref="UnknownTenantException">One of them is not there for the caller: then none is answered for.</exception>
    async ValueTask<TenantScope> ForSomeAsync(
        Caller caller,
        IEnumerable<string> tenants,
        CancellationToken cancellation = default
    )
    {
        var all = new List<string>();
        foreach (var tenant in tenants)
        {
            all.AddRange((await ForAsync(caller, tenant, cancellation)).Tenants);
        }
        return all.Count > 0 ? new TenantScope(all) : throw new UnknownTenantException("");
    }

    /// <summary>All tenants that the caller may see.</summary>
    /// <exception cref="UnknownTenantException">The caller may see none.</exception>
    ValueTask<TenantScope> ForAllAsync(Caller caller, CancellationToken cancellation = default);

    /// <summary>The scope of the program's own watches (schedules, health figures); never handed to a caller's query.</summary>
    TenantScope ForSystem(string tenant);
}

/// <summary>Answered as 404.</summary>
public sealed class UnknownTenantException(string tenant)
    : Exception($"There is no tenant \"{tenant}\" that you can see.")
{
    public string Tenant { get; } = tenant;
}
