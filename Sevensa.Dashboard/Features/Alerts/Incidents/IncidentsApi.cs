using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts.Incidents;

internal sealed record PublicationAsked(bool Published);

internal static class IncidentsApi
{
    public static void MapIncidentsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/tenants/{tenant}")
            .WithTags("Incidents")
            .RequireAuthorization(Policies.Read)
            .ProducesProblem(404);
        api.MapGet("/incidents", ListAsync)
            .WithSummary("Incidents of the last 90 days and those that go on, newest first");
        api.MapGet("/maintenance", PlannedAsync)
            .WithSummary("Maintenance of the last 90 days and what is planned, newest first");
        api.MapGet("/incidents/{id}", FindAsync).WithSummary("One incident or maintenance with all that was said");
        api.MapPost("/incidents", OpenAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Opens an incident, from an alert or by itself")
            .ProducesProblem(422);
        api.MapPost("/maintenance", PlanAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Plans maintenance, with a silence if asked for")
            .ProducesProblem(422);
        api.MapPost("/incidents/{id}/updates", SayAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Says more for clients, and perhaps that the state is another; for maintenance too")
            .ProducesProblem(422);
        api.MapPut("/incidents/{id}/publication", PublishAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Shows it on the client portal, or no longer");
    }

    private static Task<Ok<Page<Incident>>> ListAsync(
        string tenant,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation,
        bool? open = null
    ) => OfKindAsync(IncidentKind.Incident, tenant, open, desk, scopes, callers, asked, cancellation);

    private static Task<Ok<Page<Incident>>> PlannedAsync(
        string tenant,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation,
        bool? open = null
    ) => OfKindAsync(IncidentKind.Maintenance, tenant, open, desk, scopes, callers, asked, cancellation);

    private static async Task<Ok<Page<Incident>>> OfKindAsync(
        IncidentKind kind,
        string tenant,
        bool? open,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(await desk.PageAsync(scope, tenant, kind, open, asked, cancellation));
    }

    private static async Task<Ok<Incident>> FindAsync(
        string tenant,
        string id,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(await desk.FindAsync(tenant, id, cancellation));
    }

    private static async Task<Created<Incident>> OpenAsync(
        string tenant,
        IncidentAsked asked,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await scopes.ForAsync(caller, tenant, cancellation);
        return Made(tenant, await desk.OpenAsync(caller, tenant, asked, cancellation));
    }

    private static async Task<Created<Incident>> PlanAsync(
        string tenant,
        IncidentAsked asked,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        return Made(tenant, await desk.PlanAsync(caller, scope, tenant, asked, cancellation));
    }

    private static async Task<Ok<Incident>> SayAsync(
        string tenant,
        string id,
        UpdateAsked asked,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await scopes.ForAsync(caller, tenant, cancellation);
        return TypedResults.Ok(await desk.SayAsync(caller, tenant, id, asked, cancellation));
    }

    private static async Task<Ok<Incident>> PublishAsync(
        string tenant,
        string id,
        PublicationAsked asked,
        IncidentDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await scopes.ForAsync(caller, tenant, cancellation);
        return TypedResults.Ok(await desk.PublishAsync(caller, tenant, id, asked.Published, cancellation));
    }

    private static Created<Incident> Made(string tenant, Incident incident) =>
        TypedResults.Created($"/api/v1/tenants/{Uri.EscapeDataString(tenant)}/incidents/{incident.Id}", incident);
}
