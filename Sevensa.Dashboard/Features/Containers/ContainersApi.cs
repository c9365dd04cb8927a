using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers;

internal static class ContainersApi
{
    private const int DefaultTail = 200;
    private const int MostTail = 5000;

    private static readonly ListOrder<HostedContainer> Order = new ListOrder<HostedContainer>("containers")
        .By(container => container.Facts.Name)
        .By(container => container.HostName)
        .By(container => container.Facts.Id);

    private static readonly ListOrder<(ContainerLogLine Line, int Number)> Lines = new ListOrder<(
        ContainerLogLine Line,
        int Number
    )>("log lines")
        .By(one => one.Line.TimeUnixNs)
        .By(one => (long)one.Number);

    public static void Map(IEndpointRouteBuilder app)
    {
        var containers = app.MapGroup("/api/v1/tenants/{tenant}/containers")
            .RequireAuthorization(Policies.Read)
            .WithTags("Containers");
        containers
            .MapGet(
                "",
                async (
                    string tenant,
                    [FromServices] ContainerDirectory directory,
                    [FromServices] ICurrentCaller caller,
                    [AsParameters] PageAsked asked,
                    CancellationToken cancellation
                ) =>
                    Order.Page(
                        await directory.ListWithUseAsync(await caller.GetAsync(cancellation), tenant, cancellation),
                        asked,
                        ContainerView.Of
                    )
            )
            .WithName("listContainers")
            .WithSummary("A tenant's containers, as the runners see them");
        containers
            .MapGet(
                "/{id}",
                async (
                    string tenant,
                    string id,
                    [FromServices] ContainerDirectory directory,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                    ContainerView.Of(
                        await directory.FindWithUseAsync(await caller.GetAsync(cancellation), tenant, id, cancellation)
                    )
            )
            .WithName("getContainer")
            .WithSummary("One container, by id, twelve digits of it, or name");
        containers
            .MapGet(
                "/{id}/stats",
                async (
                    string tenant,
                    string id,
                    [FromServices] ContainerDirectory directory,
                    [FromServices] ICurrentCaller caller,
                    CancellationToken cancellation
                ) =>
                {
                    var view = ContainerView.Of(
                        await directory.FindWithUseAsync(await caller.GetAsync(cancellation), tenant, id, cancellation)
                    );
                    return new ContainerStatsView(view.Id, view.Name, view.State, view.Usage);
                }
            )
            .WithName("getContainerStats")
            .WithSummary("What a container uses now");
        containers
            .MapGet("/{id}/logs", LogsAsync)
            .Produces<Page<LogLineView>>()
            .WithName("getContainerLogs")
            .WithSummary("Recent log lines, oldest first; with follow=true server-sent events");
    }

    private static async Task<IResult> LogsAsync(
        string tenant,
        string id,
        int? tail,
        DateTimeOffset? since,
        bool? follow,
        [AsParameters] PageAsked asked,
        [FromServices] ContainerDirectory directory,
        [FromServices] ICurrentCaller caller,
        [FromServices] TimeProvider time,
        CancellationToken cancellation
    )
    {
        if (tail is < 1 or > MostTail)
        {
            throw new BadHttpRequestException($"tail must be between 1 and {MostTail}.");
        }
        Lines.Check(asked);
        if (follow == true && asked != default)
        {
            throw new BadHttpRequestException("Lines that are followed have no pages: leave out cursor and limit.");
        }
        var container = await directory.FindAsync(await caller.GetAsync(cancellation), tenant, id, cancellation);
        if (follow == true)
        {
            return new LogEvents(directory.FollowAsync(container, tail ?? DefaultTail, since, cancellation), time);
        }
        var lines = await directory.LogsAsync(container, tail ?? DefaultTail, since, cancellation);
        // Lines of one moment stay as they came.
        var numbered = lines
            .GroupBy(line => line.TimeUnixNs)
            .SelectMany(same => same.Select((line, number) => (line, number)));
        return TypedResults.Ok(Lines.Page(numbered, asked, one => LogLineView.Of(one.Line), usual: MostTail));
    }
}
