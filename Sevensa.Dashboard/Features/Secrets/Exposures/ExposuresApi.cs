using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Exposures;

/// <inheritdoc cref="ExposureList"/>
internal sealed record ExposurePage(IReadOnlyList<ExposedSecret> Items, string? Next, IReadOnlyList<string> NotTold);

internal static class ExposuresApi
{
    private static readonly ListOrder<ExposedSecret> ByPlace = new ListOrder<ExposedSecret>("exposed secrets")
        .By(one => one.Service)
        .By(one => one.Container)
        .By(one => one.Name)
        .By(one => one.ContainerId);

    public static void MapExposuresApi(this IEndpointRouteBuilder api) =>
        api.MapGet("/tenants/{tenant}/secrets/exposures", ListAsync)
            .WithSummary(
                "Environment variables of a tenant's containers that look like secrets: names only, never values"
            );

    private static async Task<ExposurePage> ListAsync(
        string tenant,
        [AsParameters] PageAsked asked,
        [FromServices] ExposedSecrets exposed,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        ByPlace.Check(asked);
        var list = await exposed.OfAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        var page = ByPlace.Page(list.Items, asked, one => one);
        return new ExposurePage(page.Items, page.Next, list.NotTold);
    }
}
