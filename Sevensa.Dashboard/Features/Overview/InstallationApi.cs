using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage.Duties;
using Sevensa.Dashboard.Platform.Storage.Presence;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>This installation over HTTP.</summary>
internal static class InstallationApi
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(
                "/api/v1/installation",
                async (Replicas replicas, DashboardWire wire, IDuties duties, CancellationToken cancellation) =>
                    new InstallationAnswer(
                        [
                            .. replicas.All.Select(one => new DashboardAnswer(
                                one.Id,
                                one.Machine,
                                one.Version,
                                one.StartedAt,
                                one.SeenAt,
                                replicas.IsThis(one),
                                wire.IsSet ? wire.Hears(one.Id) : null
                            )),
                        ],
                        new RedisAnswer(
                            wire.Status.State switch
                            {
                                WireState.None => "notConfigured",
                                WireState.Beginning => "connecting",
                                WireState.Connected => "connected",
                                _ => "unreachable",
                            },
                            wire.Status.Since,
                            wire.Status.Words,
                            wire.Refused
                        ),
                        [
                            .. (await duties.LeadersAsync(cancellation)).Select(one => new DutyAnswer(
                                one.Duty,
                                one.Dashboard,
                                one.Epoch,
                                one.Since
                            )),
                        ]
                    )
            )
            .RequireAuthorization(Policies.Admin)
            .WithTags("Installation")
            .WithSummary("The dashboards that work on this store, and whether they hear each other over Redis");
}

/// <param name="Dashboards">The oldest first; empty until the one that answers has said that it is there.</param>
/// <param name="Redis">What they hear each other over.</param>
/// <param name="Duties">What one of them does for all.</param>
internal sealed record InstallationAnswer(
    IReadOnlyList<DashboardAnswer> Dashboards,
    RedisAnswer Redis,
    IReadOnlyList<DutyAnswer> Duties
);

/// <param name="Dashboard">Id of the one that does it; null for none at the moment.</param>
/// <param name="Epoch">How often it has changed hands.</param>
internal sealed record DutyAnswer(string Name, string? Dashboard, long Epoch, DateTimeOffset Since);

/// <param name="State"><c>notConfigured</c>, <c>connecting</c>, <c>connected</c>, <c>unreachable</c>.</param>
/// <param name="Message">What is wrong, in Redis' words.</param>
/// <param name="Refused">Messages that were not from a dashboard of this store, since the start.</param>
internal sealed record RedisAnswer(string State, DateTimeOffset Since, string? Message, long Refused);

/// <param name="Machine">Name of the machine or container.</param>
/// <param name="SeenAt">When it last said that it is there; it does so every half minute.</param>
/// <param name="IsThis">The one that answers.</param>
/// <param name="Heard">The one that answers hears it over Redis; null where there is none.</param>
internal sealed record DashboardAnswer(
    string Id,
    string Machine,
    string Version,
    DateTimeOffset StartedAt,
    DateTimeOffset SeenAt,
    bool IsThis,
    bool? Heard
);
