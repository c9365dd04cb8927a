using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage.Presence;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>This installation over HTTP.</summary>
internal static class InstallationApi
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/v1/installation",
                (Replicas replicas) =>
                    new InstallationAnswer([
                        .. replicas.All.Select(one => new DashboardAnswer(
                            one.Id,
                            one.Machine,
                            one.Version,
                            one.StartedAt,
                            one.SeenAt,
                            replicas.IsThis(one)
                        )),
                    ])
            )
            .RequireAuthorization(Policies.Admin)
            .WithTags("Installation")
            .WithSummary("The dashboards that work on this store; more than one pass nothing on that hosts tell");
}

/// <param name="Dashboards">The oldest first; empty until the one that answers has said that it is there.</param>
internal sealed record InstallationAnswer(IReadOnlyList<DashboardAnswer> Dashboards);

/// <param name="Machine">Name of the machine or container.</param>
/// <param name="SeenAt">When it last said that it is there; it does so every half minute.</param>
/// <param name="IsThis">The one that answers.</param>
internal sealed record DashboardAnswer(
    string Id,
    string Machine,
    string Version,
    DateTimeOffset StartedAt,
    DateTimeOffset SeenAt,
    bool IsThis
);
