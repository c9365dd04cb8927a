using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>A host as the API shows it.</summary>
internal sealed record HostView(
    string Id,
    string Name,
    HostPresence Presence,
    DateTimeOffset EnrolledAt,
    DateTimeOffset? LastSeenAt,
    DateTimeOffset? PresenceSince,
    long ClockSkewMs,
    string? Trouble,
    int Containers,
    string? RunnerVersion,
    int? Protocol,
    HostEngineView? Engine,
    int Backlog
)
{
    /// <param name="backlog">Approved actions that wait for it or are under way there.</param>
    public static HostView Of(DockerHost host, int containers, int backlog = 0) =>
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
            backlog
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
internal sealed record EnrolmentTokenView(string Token, DateTimeOffset ExpiresAt, string Command);

internal static class HostsApi
{
    public static void Map(IEndpointRouteBuilder app)
    {
        var hosts = app.MapGroup("/api/v1/hosts").WithTags("Hosts");
        hosts
            .MapGet(
                "",
                async (
                    [FromServices] Fleet fleet,
                    [FromServices] IEnumerable<IHostBacklog> backlogs,
                    CancellationToken cancellation
                ) =>
                {
                    var waiting = await backlogs.OfAllAsync(cancellation);
                    return new Page<HostView>([
                        .. fleet.Hosts.Select(host =>
                            HostView.Of(host, fleet.CountOn(host.Id), waiting.GetValueOrDefault(host.Id))
                        ),
                    ]);
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
                    [FromServices] Enrolments enrolments,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                {
                    var issued = await enrolments.IssueAsync(await caller.GetAsync(cancellation), cancellation);
                    var hub = new Uri($"{request.Scheme}://{request.Host}{request.PathBase}");
                    request.HttpContext.Response.Headers.CacheControl = "no-store";
                    return TypedResults.Created(
                        (string?)null,
                        new EnrolmentTokenView(issued.Token, issued.ExpiresAt, RunnerCommand.For(hub))
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
                    await rotations.RotateHostKeyAsync(await caller.GetAsync(cancellation), id, cancellation);
                    var host = fleet.FindHost(id) ?? throw new UnknownHostException(id);
                    return TypedResults.Ok(HostView.Of(host, fleet.CountOn(id)));
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("rotateHostKey")
            .WithSummary("Has a host make a new key pair of its own, and come back with it");
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
                    await enrolments.RevokeAsync(await caller.GetAsync(cancellation), id, cancellation);
                    return TypedResults.Ok(HostView.Of(fleet.FindHost(id) ?? throw new UnknownHostException(id), 0));
                }
            )
            .RequireAuthorization(Policies.Admin)
            .WithName("revokeHost")
            .WithSummary("Takes a host's key back and ends its connection");
    }
}

/// <summary>What a person types on a host, with the token put into a file first.</summary>
internal static class RunnerCommand
{
    public const string TokenFile = "enrolment.token";

    public static string For(Uri hub) =>
        $"dotnet Sevensa.Dashboard.dll runner --hub {hub.GetLeftPart(UriPartial.Path).TrimEnd('/')} --enrolment-token-file {TokenFile}";
}
