using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers;

/// <summary>A tenant's containers for a caller: whatever is not in the scope is not there.</summary>
internal sealed class ContainerDirectory(IFleet fleet, IUsageViewers looks, IRunnerLink runners, ITenantScopes scopes)
{
    private const int FewestIdDigits = 12;
    private const int MostLines = 5000;
    private const long NanosecondsPerTick = 100;

    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    /// <exception cref="NotKnownYetException">None is known, and hosts that could have some have not told yet.</exception>
    public async Task<IReadOnlyList<HostedContainer>> ListAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return All(tenant);
    }

    /// <param name="id">Full id, at least twelve digits of it, or the name.</param>
    /// <exception cref="UnknownContainerException">Not among the tenant's.</exception>
    /// <exception cref="NotKnownYetException">It may be on a host that has not told yet.</exception>
    public async Task<HostedContainer> FindAsync(
        Caller caller,
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return One(tenant, id);
    }

    /// <summary><see cref="ListAsync"/> for somebody who looks at what they use: it is as new as while somebody looks all the time.</summary>
    public async Task<IReadOnlyList<HostedContainer>> ListWithUseAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        await looks.LookAsync(tenant, cancellation);
        return All(tenant);
    }

    /// <summary><see cref="FindAsync"/> for somebody who looks at what it uses.</summary>
    public async Task<HostedContainer> FindWithUseAsync(
        Caller caller,
        string tenant,
        string id,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        await looks.LookAsync(tenant, cancellation);
        return One(tenant, id);
    }

    private IReadOnlyList<HostedContainer> All(string tenant)
    {
        if (fleet.ContainersOf(tenant) is { Count: > 0 } found)
        {
            return found;
        }
        fleet.MustKnow(tenant);
        return [];
    }

    private HostedContainer One(string tenant, string id)
    {
        var all = All(tenant);
        return all.FirstOrDefault(container => container.Facts.Id == id)
            ?? all.FirstOrDefault(container => container.Facts.Name == id)
            ?? (
                id.Length >= FewestIdDigits
                    ? all.FirstOrDefault(container => container.Facts.Id.StartsWith(id, StringComparison.Ordinal))
                    : null
            )
            ?? throw Unknown(tenant, id);
    }

    private UnknownContainerException Unknown(string tenant, string id)
    {
        fleet.MustKnow(tenant);
        return new UnknownContainerException(tenant, id);
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

    /// <summary>
    /// The last lines, then new ones as they come. When the container ends, its log is waited for until it runs again; it is
    /// over when the container is gone.
    /// </summary>
    /// <exception cref="RunnerUnreachableException">The host's runner is or goes away.</exception>
    public async IAsyncEnumerable<ContainerLogLine> FollowAsync(
        HostedContainer container,
        int tail,
        DateTimeOffset? since,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var newest = Math.Max(0, ((since ?? default) - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick);
        var sinceNewest = new HashSet<ContainerLogLine>();
        using var changed = new SemaphoreSlim(0);
        using var watch = fleet.OnChange(() =>
        {
            changed.Release();
            return Task.CompletedTask;
        });
        while (true)
        {
            var started = fleet.Find(container.HostId, container.Facts.Id)?.Facts.StartedAtUnixMs;
            await foreach (
                var line in runners.FollowLogsAsync(
                    container.HostId,
                    container.Facts.Id,
                    tail,
                    newest,
                    follow: true,
                    cancellation
                )
            )
            {
                // Asked again from the last moment, Docker tells that moment's lines again, and those that ended after it.
                if (line.TimeUnixNs > newest)
                {
                    newest = line.TimeUnixNs;
                    sinceNewest.Clear();
                }
                if (sinceNewest.Add(line))
                {
                    yield return line;
                }
            }
            while (true)
            {
                var now = fleet.Find(container.HostId, container.Facts.Id);
                if (now is null)
                {
                    yield break;
                }
                // A run may be over before it is told of: what it wrote is in the log all the same.
                if (now.Facts.StartedAtUnixMs != started)
                {
                    break;
                }
                await changed.WaitAsync(cancellation);
            }
            tail = MostLines;
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
