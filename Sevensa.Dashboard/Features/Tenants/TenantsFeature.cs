using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Tenants;

internal static class TenantsFeature
{
    public static void AddTenants(this WebApplicationBuilder builder)
    {
        builder.AddCheckedList<TenantOptions>("Tenants", nameof(TenantOptions.Id));
        var services = builder.Services;
        services.AddSingleton<TenantStore>();
        services.AddSingleton<TenantRegistry>();
        services.AddSingleton<ITenants>(provider => provider.GetRequiredService<TenantRegistry>());
        services.AddSingleton<ITenantNames>(provider => provider.GetRequiredService<TenantRegistry>());
        services.AddSingleton<ITenantDoor>(provider => provider.GetRequiredService<TenantRegistry>());
        services.AddSingleton<ITenantScopes>(provider => provider.GetRequiredService<TenantRegistry>());
        services.AddSingleton<IStartStep, TenantSeed>();
        services.AddSingleton<IConfigurationPart, ConfiguredTenants>();
        services.AddSingleton<IToolSource, TenantTools>();
        services.AddSingleton<IProblemSource, TenantProblems>();
    }

    public static void MapTenants(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/tenants").RequireAuthorization(Policies.Read).WithTags("Tenants");
        api.MapGet("/", ListAsync).WithSummary("The tenants that the caller may see");
        api.MapGet("/{tenant}", FindAsync).WithSummary("One tenant").ProducesProblem(404);
    }

    private static readonly ListOrder<Tenant> Order = new ListOrder<Tenant>("tenants")
        .By(tenant => tenant.Name.ToUpperInvariant())
        .By(tenant => tenant.Id);

    private static async Task<Ok<Page<Tenant>>> ListAsync(
        ITenants tenants,
        ICurrentCaller current,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            Order.Page(
                await tenants.VisibleAsync(await current.GetAsync(cancellation), cancellation),
                asked,
                tenant => tenant
            )
        );

    private static async Task<Ok<Tenant>> FindAsync(
        string tenant,
        ITenants tenants,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        var visible = await tenants.VisibleAsync(await current.GetAsync(cancellation), cancellation);
        return TypedResults.Ok(
            visible.FirstOrDefault(known => known.Id == tenant) ?? throw new UnknownTenantException(tenant)
        );
    }
}

internal sealed class TenantProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is UnknownTenantException unknown
            ? new ProblemDetails
            {
                Status = 404,
                Title = "No such tenant",
                Detail = unknown.Message,
            }
            : null;
}
