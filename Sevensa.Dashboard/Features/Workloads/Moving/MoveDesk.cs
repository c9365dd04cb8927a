using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>What of a tenant would become what on a cluster, for a caller who sees the tenant. Nothing is changed and nothing kept.</summary>
internal sealed class MoveDesk(IFleet fleet, ITenantScopes scopes)
{
    /// <summary>The Compose projects that run on hosts with Docker.</summary>
    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    public async Task<IReadOnlyList<RunningProject>> RunningAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return RunningProjects.Of(fleet, tenant);
    }

    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    /// <exception cref="UnreadableComposeException">The file can't be read, or there is no such project.</exception>
    /// <exception cref="NotKnownYetException">The project may run on a host that has not told yet.</exception>
    public async Task<MoveReport> LookAsync(
        Caller caller,
        string tenant,
        MoveBody asked,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (asked.Running is not { Length: > 0 } running)
        {
            return ComposeMove.Of(
                asked.Compose ?? "",
                asked.Project,
                asked.Variables ?? new Dictionary<string, string>()
            );
        }
        if (asked.Compose is { Length: > 0 })
        {
            throw new UnreadableComposeException("Give either a file (compose) or a running project (running).");
        }
        var meant = RunningProjects
            .Of(fleet, tenant)
            .Where(one =>
                one.Project == running && (asked.Host is null || one.Host == asked.Host || one.HostId == asked.Host)
            )
            .ToList();
        if (meant.Count == 0)
        {
            fleet.MustKnow(tenant);
        }
        return meant switch
        {
            [var one] => RunningProjects.Move(one, asked.Project ?? one.Project),
            [] => throw new UnreadableComposeException(
                $"No project {running} of this tenant runs on {asked.Host ?? "a host with Docker"}. The page Containers says what runs where."
            ),
            _ => throw new UnreadableComposeException(
                $"Project {running} runs on {string.Join(" and ", meant.Select(one => one.Host))}. Say which is meant (host)."
            ),
        };
    }
}
