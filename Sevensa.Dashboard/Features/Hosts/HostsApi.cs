using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>A host as the API shows it.</summary>
/// <param name="Containers">That are taken from it; null when it has not told yet.</param>
/// <param name="Tenants">Whose containers it may report, as far as the caller may see them; null for anybody's.</param>
/// <param name="HasTold">It has told the whole of what runs there since this dashboard started.</param>
/// <param name="RefusedClaims">Containers that it told of and that are not taken from it (the first twenty).</param>
internal sealed record HostView(
    string Id,
    string Name,
    HostPresence Presence,
    DateTimeOffset EnrolledAt,
    DateTimeOffset? LastSeenAt,
    DateTimeOffset? PresenceSince,
    long ClockSkewMs,
    string? Trouble,
    int? Containers,
    string? RunnerVersion,
    int? Protocol,
    HostEngineView? Engine,
    int Backlog,
    IReadOnlyList<string>? Tenants,
    bool HasTold,
    IReadOnlyList<RefusedClaim> RefusedClaims
)
{
    /// <param name="containers">Null when it has not told yet what runs there.</param>
    /// <param name="backlog">Approved actions that wait for it or are under way there.</param>
    public static HostView Of(DockerHost host, Caller caller, int? containers, int backlog = 0) =>
        new(
            host.Id,
            host.Name,
            host.Presence,
            host.EnrolledAt,
            host.LastSeenAt,
            host.PresenceSince,
            host.ClockSkewMs,
            host.Trouble,
            containers,
            host.Facts?.RunnerVersion,
            host.Facts?.Protocol,
            host.Facts is { } facts
                ? new HostEngineView(
                    facts.EngineVersion,
                    facts.EngineApiVersion,
                    facts.OperatingSystem,
                    facts.KernelVersion,
                    facts.Architecture,
                    facts.Cpus,
                    facts.MemoryBytes,
                    facts.StorageDriver
                )
                : null,
            backlog,
            host.Tenants is null ? null : [.. host.Tenants.Where(caller.MaySee)],
            host.HasTold,
            [.. host.RefusedClaims.Where(claim => claim.Tenant is null || caller.MaySee(claim.Tenant))]
        );
}

internal static class Backlogs
{
    /// <summary>Empty where no feature counts them.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> OfAllAsync(
        this IEnumerable<IHostBacklog> backlogs,
        CancellationToken cancellation
    ) =>
        backlogs.FirstOrDefault() is { } backlog
            ? await backlog.CountAsync(cancellation)
            : new Dictionary<string, int>();
}

internal sealed record HostEngineView(
    string Version,
    string ApiVersion,
    string OperatingSystem,
    string Kernel,
    string Architecture,
    int Cpus,
    long MemoryBytes,
    string StorageDriver
);

/// <param name="Command">What to type on the host, with the token in a file.</param>
/// <param name="ContainerCommand">The same in a container of the image.</param>
/// <param name="Tenants">Whose containers the host may report; null for anybody's.</param>
internal sealed record EnrolmentTokenView(
    string Token,
    DateTimeOffset ExpiresAt,
    string Command,
    string ContainerCommand,
    IReadOnlyList<string>? Tenants
);

/// <param name="Tenants">Ids of the tenants whose containers the host may report; null or left out for anybody's.</param>
internal sealed record BindBody(IReadOnlyList<string>? Tenants);

internal static class HostsApi
{
    private static readonly ListOrder<DockerHost> Order = new ListOrder<DockerHost>("hosts")
        .By(host => host.Name)
        .By(host => host.Id);

    public static void Map(IEndpointRouteBuilder app)
    {
        var hosts = app.MapGroup("/api/v1/hosts").WithTags("Hosts");
        hosts
            .MapGet(
                "",
                async (
                    [FromServices] Fleet fleet,
                    [FromServices] UsageViewers looks,
                    [FromServices] IEnumerable<IHostBacklog> backlogs,
                    [FromServices] ICurrentCaller caller,
                    [AsParameters] PageAsked asked,
                    CancellationToken cancellation
                ) =>
                {
                    var asker = await caller.GetAsync(cancellation);
                    // When a host was last seen is told with its figures.
                    await looks.LookAsync(cancellation);
                    var waiting = await backlogs.OfAllAsync(cancellation);
                    return Order.Page(
                        fleet.Hosts,
                        asked,
                        host => HostView.Of(host, asker, fleet.CountOn(host.Id), waiting.GetValueOrDefault(host.Id))
                    );
                }
            )
            .RequireAuthorization(Policies.Read)
            .WithName("listHosts")
            .WithSummary("Runners and engines");
        hosts
            .MapPost(
                "/enrolment-tokens",
                async (
                    HttpRequest request,
                    BindBody? body,
                    [FromServices] PublicAddress address,
                    [FromServices] Enrolments enrolments,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                {
                    var issued = await enrolments.IssueAsync(
                        await caller.GetAsync(cancellation),
                        body?.Tenants,
                        cancellation
                    );
                    var hub = new Uri(address.BaseFor(request));
                    request.HttpContext.Response.Headers.CacheControl = "no-store";
                    return TypedResults.Created(
                        (string?)null,
                        new EnrolmentTokenView(
                            issued.Token,
                            issued.ExpiresAt,
                            RunnerCommand.For(hub),
                            RunnerCommand.InContainer(hub),
                            body?.Tenants
                        )
                    );
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("issueEnrolmentToken")
            .WithSummary("A single-use token that lets one host enrol; shown once");
        hosts
            .MapPost(
                "/action-key/rotate",
                async (
                    [FromServices] KeyRotations rotations,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                    TypedResults.Ok(
                        await rotations.RotateActionKeyAsync(await caller.GetAsync(cancellation), cancellation)
                    )
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("rotateActionKey")
            .WithSummary("A new key signs actions from now on; hosts are given it as they connect");
        hosts
            .MapPost(
                "/{id}/rotate-key",
                async (
                    string id,
                    [FromServices] KeyRotations rotations,
                    [FromServices] Fleet fleet,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                {
                    var asker = await caller.GetAsync(cancellation);
                    await rotations.RotateHostKeyAsync(asker, id, cancellation);
                    var host = fleet.FindHost(id) ?? throw new UnknownHostException(id);
                    return TypedResults.Ok(HostView.Of(host, asker, fleet.CountOn(id)));
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("rotateHostKey")
            .WithSummary("Has a host make a new key pair of its own, and come back with it");
        hosts
            .MapPut(
                "/{id}/tenants",
                async (
                    string id,
                    BindBody body,
                    [FromServices] Enrolments enrolments,
                    [FromServices] Fleet fleet,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                {
                    var asker = await caller.GetAsync(cancellation);
                    await enrolments.BindAsync(asker, id, body.Tenants, cancellation);
                    var host = fleet.FindHost(id) ?? throw new UnknownHostException(id);
                    return TypedResults.Ok(HostView.Of(host, asker, fleet.CountOn(id)));
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("bindHost")
            .WithSummary("Says whose containers a host may report; null for anybody's");
        hosts
            .MapPost(
                "/{id}/revoke",
                async (
                    string id,
                    [FromServices] Enrolments enrolments,
                    [FromServices] Fleet fleet,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                {
                    var asker = await caller.GetAsync(cancellation);
                    await enrolments.RevokeAsync(asker, id, cancellation);
                    return TypedResults.Ok(
                        HostView.Of(fleet.FindHost(id) ?? throw new UnknownHostException(id), asker, 0)
                    );
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("revokeHost")
            .WithSummary("Takes a host's key back and ends its connection");
    }
}
