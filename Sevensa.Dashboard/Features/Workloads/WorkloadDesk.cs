using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workloads;

/// <summary>A workload and the cluster it is in, of which only its tenant's part is there.</summary>
internal sealed record TenantWorkload(HostedCluster Cluster, WorkloadFacts Facts);

/// <summary>A tenant's workloads for a caller: whatever is not in the scope is not there.</summary>
internal sealed class WorkloadDesk(IFleet fleet, ITenantScopes scopes)
{
    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    /// <exception cref="NotKnownYetException">None is known, and hosts that could have some have not told yet.</exception>
    public async Task<IReadOnlyList<TenantWorkload>> ListAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var found = Of(fleet, tenant);
        if (found.Count == 0)
        {
            fleet.MustKnow(tenant);
        }
        return found;
    }

    /// <param name="id">Its uid, its key (<c>Deployment/rentguy/web</c>), or its name where only one has it.</param>
    /// <exception cref="UnknownWorkloadException">Not among the tenant's, or several of that name.</exception>
    public async Task<TenantWorkload> FindAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var meant = Meant(Of(fleet, tenant), id);
        if (meant.Count == 0)
        {
            fleet.MustKnow(tenant);
        }
        return meant is [var one] ? one : throw new UnknownWorkloadException(tenant, id);
    }

    public static IReadOnlyList<TenantWorkload> Of(IFleet fleet, string tenant) =>
        [
            .. fleet
                .Clusters.Select(cluster => cluster.Of(tenant))
                .SelectMany(cluster => cluster.Workloads.Select(workload => new TenantWorkload(cluster, workload)))
                .OrderBy(one => one.Facts.Key, StringComparer.Ordinal)
                .ThenBy(one => one.Cluster.HostName, StringComparer.Ordinal),
        ];

    /// <summary>By uid or key, else by <c>Kind/name</c>, name or service.</summary>
    public static IReadOnlyList<TenantWorkload> Meant(IReadOnlyList<TenantWorkload> all, string id)
    {
        Func<WorkloadFacts, bool>[] ways =
        [
            one => one.Uid == id || one.Key == id,
            one => $"{one.Kind}/{one.Name}" == id,
            one => one.Name == id,
            one => one.Service == id,
        ];
        return ways.Select(way => all.Where(one => way(one.Facts)).ToList()).FirstOrDefault(found => found.Count > 0)
            ?? [];
    }
}

/// <summary>Answered as 404, for another tenant's workload too.</summary>
internal sealed class UnknownWorkloadException(string tenant, string id)
    : Exception($"Tenant {tenant} has no workload \"{id}\", or more than one.");

internal sealed class WorkloadProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is UnknownWorkloadException unknown
            ? new ProblemDetails
            {
                Status = 404,
                Title = "No such workload",
                Detail = $"{unknown.Message} Give its uid, or its key as Deployment/namespace/name.",
            }
            : null;
}
