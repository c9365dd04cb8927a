using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

internal sealed record PersonalTokenAnswer(
    string Id,
    string Name,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? LastUsedAt
);

/// <param name="Days">1 to 365; 90 unless told.</param>
internal sealed record NewPersonalToken(string? Name, IReadOnlyList<string>? Scopes, int Days = 90);

/// <param name="Token">Shown this once.</param>
internal sealed record MadePersonalToken(
    string Id,
    string Name,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string Token
);

/// <summary>One's own personal access tokens, as the page <c>/me</c> makes, lists and ends them.</summary>
internal static class PersonalTokenApi
{
    public static void MapPersonalTokenApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1/tokens").RequireAuthorization(Policies.Read).WithTags("Access");
        api.MapGet("/", ListAsync).WithSummary("One's own personal access tokens; never their secrets");
        api.MapPost("/", AddAsync).WithSummary("Makes one, with no more than the asking token may; shown once");
        api.MapDelete("/{id}", RemoveAsync);
    }

    private static async Task<Ok<Page<PersonalTokenAnswer>>> ListAsync(
        PersonalTokenStore tokens,
        ICurrentCaller current,
        [AsParameters] PageAsked asked,
        CancellationToken cancellation
    )
    {
        var caller = await current.GetAsync(cancellation);
        return TypedResults.Ok((await tokens.PageAsync(caller.Subject, asked, cancellation)).Select(Of));
    }

    private static async Task<Created<MadePersonalToken>> AddAsync(
        NewPersonalToken body,
        AccessDesk desk,
        ICurrentCaller current,
        HttpResponse response,
        CancellationToken cancellation
    )
    {
        var caller = await current.GetAsync(cancellation);
        var (row, token) = await desk.AddTokenAsync(
            caller,
            body.Name ?? "",
            ScopeWords.Parse(body.Scopes),
            body.Days,
            null,
            cancellation
        );
        response.Headers.CacheControl = "no-store";
        return TypedResults.Created(
            (string?)null,
            new MadePersonalToken(row.Id, row.Name, row.Scopes.Words(), row.CreatedAt, row.ExpiresAt, token)
        );
    }

    private static PersonalTokenAnswer Of(PersonalTokenRow row) =>
        new(row.Id, row.Name, row.Scopes.Words(), row.CreatedAt, row.ExpiresAt, row.LastUsedAt);

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
