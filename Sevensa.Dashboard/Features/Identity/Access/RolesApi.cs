using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <param name="Id">What programs and settings call it.</param>
/// <param name="IsBuiltIn">It is there from the start and stays as it is.</param>
/// <param name="Holders">How many accounts hold it.</param>
internal sealed record RoleAnswer(
    string Id,
    string Name,
    string Description,
    IReadOnlyList<string> Permissions,
    bool IsBuiltIn,
    int Holders
);

/// <param name="UsedBy">Accounts that hold it and settings that name it, in words.</param>
internal sealed record RoleDetail(
    string Id,
    string Name,
    string Description,
    IReadOnlyList<string> Permissions,
    bool IsBuiltIn,
    IReadOnlyList<string> UsedBy
);

/// <param name="Needs">Without this it would open nothing: a role holds both.</param>
/// <param name="OfCustomRoles">Whether a custom role can hold it.</param>
internal sealed record PermissionAnswer(string Name, string Words, string? Needs, bool OfCustomRoles);

/// <param name="Id">Made of the name where it is left out.</param>
internal sealed record NewRole(
    string? Name,
    string? Description,
    IReadOnlyList<string>? Permissions,
    string? Id = null
);

internal sealed record RoleBody(string? Name, string? Description, IReadOnlyList<string>? Permissions);

/// <summary>Roles and the permissions that they are made of, for programs of administrators.</summary>
internal static class RolesApi
{
    private static readonly ListOrder<RoleAnswer> builtInFirst = new ListOrder<RoleAnswer>("roles")
        .By(role => role.IsBuiltIn ? 0L : 1L)
        .By(role => role.Id);

    private static readonly ListOrder<NamedPermission> leastFirst = new ListOrder<NamedPermission>("permissions").By(
        one => (long)one.Is
    );

    public static void MapRolesApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.Admin).WithTags("Access");
        api.MapGet(
                "/permissions",
                ([AsParameters] PageAsked asked) => TypedResults.Ok(leastFirst.Page(NamedPermission.All, asked, Answer))
            )
            .WithSummary("What roles are made of");
        api.MapGet(
                "/roles",
                async (RolesToday roles, [AsParameters] PageAsked asked, CancellationToken cancellation) =>
                    TypedResults.Ok(builtInFirst.Page(await roles.ListAsync(cancellation), asked, role => role))
            )
            .WithSummary("Roles that are there from the start, and those that administrators put together");
        api.MapGet(
                "/roles/{id}",
                async (string id, RolesToday roles, CancellationToken cancellation) =>
                    TypedResults.Ok(await roles.FindAsync(id, cancellation))
            )
            .WithSummary("A role, and who and what uses it");
        api.MapPost("/roles", CreateAsync).WithSummary("Makes a custom role out of permissions");
        api.MapPut("/roles/{id}", ChangeAsync)
            .WithSummary("Changes a custom role: who holds it may what it says, within seconds");
        api.MapDelete(
                "/roles/{id}",
                async (string id, RoleDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                {
                    await desk.RemoveAsync(await current.GetAsync(cancellation), id, cancellation);
                    return TypedResults.NoContent();
                }
            )
            .WithSummary("Removes a custom role that nobody uses");
    }

    private static async Task<Created<RoleDetail>> CreateAsync(
        NewRole body,
        RoleDesk desk,
        RolesToday roles,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        var row = await desk.CreateAsync(
            await current.GetAsync(cancellation),
            body.Id,
            RoleChange.Read(body.Name, body.Description, body.Permissions),
            null,
            cancellation
        );
        return TypedResults.Created($"/api/v1/roles/{row.Id}", await roles.FindAsync(row.Id, cancellation));
    }

    private static async Task<Ok<RoleDetail>> ChangeAsync(
        string id,
        RoleBody body,
        RoleDesk desk,
        RolesToday roles,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        await desk.ChangeAsync(
            await current.GetAsync(cancellation),
            id,
            RoleChange.Read(body.Name, body.Description, body.Permissions),
            null,
            cancellation
        );
        return TypedResults.Ok(await roles.FindAsync(id, cancellation));
    }

    private static PermissionAnswer Answer(NamedPermission one) =>
        new(
            one.Name,
            one.Words,
            NamedPermission.All.FirstOrDefault(other => other.Is == one.Needs)?.Name,
            NamedPermission.OfCustomRoles.Contains(one)
        );
}
