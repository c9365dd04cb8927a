using System.ComponentModel;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Containers;

internal sealed class ContainerTools(ContainerDirectory directory) : IToolSource
{
    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists a tenant's containers with service, host, image and digest, state, health, start, restarts and use."
            )]
            async ([Description("Id of the tenant, e.g. rentguy")] string tenant, CancellationToken cancellation) =>
                (await directory.ListWithUseAsync(caller, tenant, cancellation))
                    .Select(container => Brief.Of(ContainerView.Of(container)))
                    .ToList(),
            "list_containers"
        );
    }

    /// <summary>What a model needs, and no more of its context than that.</summary>
    internal sealed record Brief(
        string Id,
        string Name,
        string Service,
        string Host,
        string Image,
        string ImageDigest,
        string State,
        string Health,
        DateTimeOffset? StartedAt,
        int RestartCount,
        bool OomKilled,
        double? CpuPercent,
        long? MemoryBytes,
        long MemoryLimitBytes
    )
    {
        public static Brief Of(ContainerView view) =>
            new(
                view.Id,
                view.Name,
                view.Service,
                view.HostConnected ? view.Host : $"{view.Host} (runner lost: this is what it last said)",
                view.Image,
                view.ImageDigest,
                view.State,
                view.Health,
                view.StartedAt,
                view.RestartCount,
                view.OomKilled,
                view.Usage is { } usage ? Math.Round(usage.CpuPercent, 1) : null,
                view.Usage?.MemoryBytes,
                view.MemoryLimitBytes
            );
    }
}
