using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

internal sealed record PersonalTokenAnswer(
    string Id,
    string Name,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt
);

/// <summary>One's own personal access tokens: listed and ended. They are made in the browser, at <c>/me</c>.</summary>
internal static class PersonalTokenApi
{
    public static void MapPersonalTokenApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1/tokens").RequireAuthorization(Policies.Read).WithTags("Access");
        api.MapGet("/", ListAsync);
        api.MapDelete("/{id}", RemoveAsync);
    }

    private static async Task<Ok<Page<PersonalTokenAnswer>>> ListAsync(
        PersonalTokenStore tokens,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        var caller = await current.GetAsync(cancellation);
        var rows = await tokens.ListAsync(caller.Subject, cancellation);
        return TypedResults.Ok(
            new Page<PersonalTokenAnswer>([
                .. rows.Select(row => new PersonalTokenAnswer(
                    row.Id,
                    row.Name,
                    row.Scopes.Words(),
                    row.CreatedAt,
                    row.ExpiresAt,
                    row.LastUsedAt
                )),
            ])
        );
    }

    private static async Task<NoContent> RemoveAsync(
        string id,
        AccessDesk desk,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        await desk.RemoveTokenAsync(await current.GetAsync(cancellation), id, cancellation);
        return TypedResults.NoContent();
    }
}
