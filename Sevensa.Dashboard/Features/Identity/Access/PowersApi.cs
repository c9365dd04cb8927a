using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Access;

internal sealed record WhoCanAnswer(string Power, string Words, string Tenant, IReadOnlyList<PowerHolder> Holders);

/// <param name="InTheirName">Tokens and programs that act as them, each with no more than their role.</param>
internal sealed record WhatCanAnswer(
    string PersonId,
    string UserName,
    Role Role,
    bool Disabled,
    IReadOnlyList<PersonPower> Powers,
    IReadOnlyList<PowerHolder> InTheirName,
    string? CustomRole
);

/// <summary>Who can do this, and what can this person do, for administrators.</summary>
internal static class PowersApi
{
    public static void MapPowersApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.Admin).WithTags("Access");
        api.MapGet("/powers/{power}/tenants/{tenant}", WhoAsync)
            .WithSummary("Who can do this in a tenant: people, tokens and programs, and by what");
        api.MapGet("/people/{id}/powers", WhatAsync)
            .WithSummary("What this person can do, in which tenants, and what acts in their name");
    }

    private static async Task<Ok<WhoCanAnswer>> WhoAsync(
        string power,
        string tenant,
        PowersToday powers,
        ITenantNames tenants,
        CancellationToken cancellation
    )
    {
        var asked =
            Power.All.FirstOrDefault(one => one.Name == power)
            ?? throw new UnknownAccountException(
                $"There is no such power. There are {string.Join(", ", Power.All.Select(one => one.Name))}."
            );
        if ((await tenants.NamesAsync(cancellation)).All(one => one.Id != tenant))
        {
            throw new UnknownAccountException($"There is no tenant \"{tenant}\".");
        }
        return TypedResults.Ok(
            new WhoCanAnswer(asked.Name, asked.Words, tenant, await powers.WhoAsync(asked, tenant, cancellation))
        );
    }

    private static async Task<Ok<WhatCanAnswer>> WhatAsync(
        string id,
        PersonStore people,
        PowersToday powers,
        CancellationToken cancellation
    )
    {
        var person =
            await people.FindAsync(id, cancellation) ?? throw new UnknownAccountException("There is no such account.");
        return TypedResults.Ok(
            new WhatCanAnswer(
                person.Id,
                person.UserName,
                person.Role,
                person.Disabled,
                PowersToday.Of(person),
                await powers.InNameOfAsync(id, cancellation),
                person.Custom?.Id
            )
        );
    }
}
