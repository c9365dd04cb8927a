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
    HostEngineView? Engine
)
{
    public static HostView Of(DockerHost host, int containers) =>
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
                : null
        );
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
    public static void Map(WebApplication app)
    {
        var hosts = app.MapGroup("/api/v1/hosts").WithTags("Hosts");
        hosts
            .MapGet(
                "",
                ([FromServices] Fleet fleet) =>
                    new Page<HostView>([.. fleet.Hosts.Select(host => HostView.Of(host, fleet.CountOn(host.Id)))])
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
