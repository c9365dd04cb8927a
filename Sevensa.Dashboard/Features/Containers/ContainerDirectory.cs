using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers;

/// <summary>A tenant's containers for a caller: whatever is not in the scope is not there.</summary>
internal sealed class ContainerDirectory(IFleet fleet, IRunnerLink runners, ITenantScopes scopes, TimeProvider time)
{
    /// <summary>How often a followed log is looked at.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private const int FewestIdDigits = 12;
    private const int MostLinesPerLook = 1000;

    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    public async Task<IReadOnlyList<HostedContainer>> ListAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return fleet.ContainersOf(tenant);
    }

    /// <param name="id">Full id, at least twelve digits of it, or the name.</param>
    /// <exception cref="UnknownContainerException">Not among the tenant's.</exception>
    public async Task<HostedContainer> FindAsync(
        Caller caller,
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        var all = await ListAsync(caller, tenant, cancellation);
        return all.FirstOrDefault(container => container.Facts.Id == id)
            ?? all.FirstOrDefault(container => container.Facts.Name == id)
            ?? (
                id.Length >= FewestIdDigits
                    ? all.FirstOrDefault(container => container.Facts.Id.StartsWith(id, StringComparison.Ordinal))
                    : null
            )
            ?? throw new UnknownContainerException(tenant, id);
    }

    public async Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        HostedContainer container,
        int tail,
        DateTimeOffset? since,
        CancellationToken cancellation
    ) =>
        await runners.LogsAsync(
            container.HostId,
            container.Facts.Id,
            tail,
            since?.ToUnixTimeMilliseconds() ?? 0,
            cancellation
        );

    /// <summary>The last lines, then new ones as they come, until cancelled.</summary>
    /// <exception cref="RunnerUnreachableException">The host's runner is or goes away.</exception>
    public async IAsyncEnumerable<ContainerLogLine> FollowAsync(
        HostedContainer container,
        int tail,
        DateTimeOffset? since,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        const long nanosecondsPerMs = 1_000_000;
        var newest = 0L;
        var atNewest = new HashSet<(string, string)>();
        var lines = await LogsAsync(container, tail, since, cancellation);
        while (true)
        {
            // Asked by the millisecond, answered by the nanosecond: what was told already is left out.
            foreach (var line in lines.Where(line => line.TimeUnixNs >= newest))
            {
                if (line.TimeUnixNs > newest)
                {
                    newest = line.TimeUnixNs;
                    atNewest.Clear();
                }
                if (atNewest.Add((line.Stream, line.Text)))
                {
                    yield return line;
                }
            }
            await Task.Delay(LookEvery, time, cancellation);
            lines = await runners.LogsAsync(
                container.HostId,
                container.Facts.Id,
                newest > 0 ? MostLinesPerLook : tail,
                newest / nanosecondsPerMs,
                cancellation
            );
        }
    }
}

/// <summary>Answered as 404, for another tenant's container too.</summary>
internal sealed class UnknownContainerException(string tenant, string id)
    : Exception($"Tenant {tenant} has no container \"{id}\".");

internal sealed class ContainerProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is UnknownContainerException unknown
            ? new ProblemDetails
            {
                Status = 404,
                Title = "No such container",
                Detail = $"{unknown.Message} Give its name, its id, or at least 12 digits of the id.",
            }
            : null;
}
