using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts.Objectives;

/// <param name="Level">How it stands now.</param>
/// <param name="History">How the budget was.</param>
internal sealed record ObjectivePreview(ServiceLevel Level, IReadOnlyList<BudgetPoint> History, string BurnRule);

/// <param name="BudgetLeft">Null where nothing is known.</param>
internal sealed record BudgetPoint(DateTimeOffset At, double? BudgetLeft, double? Share);

internal static class ObjectivesApi
{
    public const int HistoryDays = 30;

    public static void MapObjectivesApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/tenants/{tenant}/objectives")
            .WithTags("Service levels")
            .RequireAuthorization(Policies.Read)
            .ProducesProblem(404);
        api.MapGet("/", ListAsync).WithSummary("Objectives with share, error budget and burn rates");
        api.MapGet("/{id}", FindAsync).WithSummary("One objective with the history of its budget");
        api.MapPost("/preview", PreviewAsync)
            .WithSummary("What the budget would have been, without keeping anything")
            .ProducesProblem(422);
        api.MapPost("/", AddAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Adds an objective")
            .ProducesProblem(422);
        api.MapPut("/{id}", ChangeAsync)
            .RequireAuthorization(Policies.Alerts)
            .WithSummary("Changes an objective")
            .ProducesProblem(422);
        api.MapDelete("/{id}", RemoveAsync).RequireAuthorization(Policies.Alerts).WithSummary("Removes an objective");
    }

    private static async Task<Ok<Page<ServiceLevel>>> ListAsync(
        string tenant,
        ServiceLevels levels,
        ITenantScopes scopes,
        ICurrentCaller callers,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(await levels.PageAsync(scope, tenant, asked, cancellation));
    }

    private static async Task<Ok<ObjectivePreview>> FindAsync(
        string tenant,
        string id,
        ObjectiveDesk desk,
        ServiceLevels levels,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        return TypedResults.Ok(
            await LookAtAsync(levels, scope, await desk.FindAsync(tenant, id, cancellation), cancellation)
        );
    }

    private static async Task<Ok<ObjectivePreview>> PreviewAsync(
        string tenant,
        ObjectiveAsked asked,
        ObjectiveDesk desk,
        ServiceLevels levels,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var draft = await desk.DraftAsync(scope, tenant, asked, caller.Name, cancellation);
        return TypedResults.Ok(await LookAtAsync(levels, scope, draft, cancellation));
    }

    private static async Task<ObjectivePreview> LookAtAsync(
        ServiceLevels levels,
        TenantScope scope,
        Objective objective,
        CancellationToken cancellation
    )
    {
        var level = await levels.OfAsync(scope, objective, cancellation);
        var history = await levels.HistoryAsync(scope, objective, HistoryDays, cancellation);
        return new ObjectivePreview(
            level,
            [
                .. history.Times.Select(
                    (at, i) =>
                        new BudgetPoint(
                            DateTimeOffset.FromUnixTimeMilliseconds((long)(at * 1000)),
                            Finite(history.BudgetLeft[i]),
                            Finite(history.Share[i])
                        )
                ),
            ],
            levels.BurnRule(objective)
        );

        static double? Finite(double value) => double.IsFinite(value) ? value : null;
    }

    private static async Task<Created<Objective>> AddAsync(
        string tenant,
        ObjectiveAsked asked,
        ObjectiveDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var added = await desk.AddAsync(caller, scope, tenant, asked, cancellation);
        return TypedResults.Created($"/api/v1/tenants/{Uri.EscapeDataString(tenant)}/objectives/{added.Id}", added);
    }

    private static async Task<Ok<Objective>> ChangeAsync(
        string tenant,
        string id,
        ObjectiveAsked asked,
        ObjectiveDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        return TypedResults.Ok(await desk.ChangeAsync(caller, scope, tenant, id, asked, cancellation));
    }

    private static async Task<NoContent> RemoveAsync(
        string tenant,
        string id,
        ObjectiveDesk desk,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var caller = await callers.GetAsync(cancellation);
        await scopes.ForAsync(caller, tenant, cancellation);
        await desk.RemoveAsync(caller, tenant, id, cancellation);
        return TypedResults.NoContent();
    }
}
