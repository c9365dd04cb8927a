using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

internal sealed record PersonAnswer(
    string Id,
    string UserName,
    string DisplayName,
    Role Role,
    IReadOnlyList<string> Tenants,
    bool Disabled,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastSignInAt,
    DateTimeOffset? LockedUntil,
    bool HasSecondFactor,
    int Passkeys,
    string? CustomRole
)
{
    public static PersonAnswer Of(Person person, int passkeys) =>
        new(
            person.Id,
            person.UserName,
            person.DisplayName,
            person.Role,
            person.Tenants,
            person.Disabled,
            person.CreatedAt,
            person.LastSignInAt,
            person.LockedUntil,
            person.HasSecondFactor,
            passkeys,
            person.Custom?.Id
        );
}

/// <param name="Link">Opens once, within a day: the person chooses a password there.</param>
internal sealed record LinkAnswer(PersonAnswer Person, string Link);

/// <param name="CustomRole">Which, where the role is <c>custom</c>.</param>
internal sealed record NewPerson(
    string? UserName,
    string? DisplayName,
    Role Role,
    IReadOnlyList<string>? Tenants,
    string? CustomRole = null
);

/// <param name="IsConsented">False while the person it acts for by itself has not said yes: it gets no token.</param>
internal sealed record ClientAnswer(
    string Id,
    string Name,
    string? PersonId,
    Role Role,
    IReadOnlyList<string> Tenants,
    IReadOnlyList<string> Scopes,
    bool Disabled,
    IReadOnlyList<string> RedirectUris,
    bool IsPublic,
    bool IsConsented,
    IReadOnlyList<string> PostLogoutRedirectUris,
    bool IsForDevices,
    string? BackchannelLogoutUri,
    bool IsResourceServer,
    string? Secret = null
)
{
    public static ClientAnswer Of(ApiClient client, string? secret = null) =>
        new(
            client.Id,
            client.Name,
            client.PersonId,
            client.Role,
            client.Tenants,
            client.Scopes.Words(),
            client.Disabled,
            client.RedirectUris,
            client.IsPublic,
            client.PersonId is null || client.IsConsented,
            client.PostLogoutRedirectUris,
            client.IsForDevices,
            client.BackchannelLogoutUri,
            client.IsResourceServer,
            client.IsPublic ? null : secret
        );
}

internal sealed record NewClient(
    string? Id,
    string? Name,
    string? PersonId,
    // Who acts for a person has that person's.
    Role? Role,
    IReadOnlyList<string>? Tenants,
    IReadOnlyList<string>? Scopes,
    IReadOnlyList<string>? RedirectUris = null,
    bool IsPublic = false,
    IReadOnlyList<string>? PostLogoutRedirectUris = null,
    bool IsForDevices = false,
    string? BackchannelLogoutUri = null,
    bool IsResourceServer = false
);

/// <param name="Place">Where the address is, by the database of addresses; null where there is none or it does not say.</param>
internal sealed record SessionAnswer(
    string Id,
    string PersonId,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    string? Address,
    string? Browser,
    string? Place
);

/// <summary>What the Access page can do, for programs of administrators.</summary>
internal static class AccessApi
{
    public static void MapAccessApi(this IEndpointRouteBuilder app)
    {
        app.MapPost(
                "/api/v1/clients/{id}/consent",
                (string id, AccessDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                    DoneAsync(current, caller => desk.ConsentAsync(caller, id, true, null, cancellation), cancellation)
            )
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary("Lets a client act for oneself that was made for that");
        app.MapDelete(
                "/api/v1/clients/{id}/consent",
                (string id, AccessDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                    DoneAsync(current, caller => desk.ConsentAsync(caller, id, false, null, cancellation), cancellation)
            )
            .RequireAuthorization(Policies.Portal)
            .WithTags("Access")
            .WithSummary("Takes that back; its tokens end");
        var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.Admin).WithTags("Access");
        api.MapGet(
            "/people",
            async (
                PersonStore people,
                PasskeyStore passkeys,
                [AsParameters] PageAsked asked,
                CancellationToken cancellation
            ) =>
            {
                var page = await people.PageAsync(asked, cancellation);
                var counts = await passkeys.CountAsync([.. page.Items.Select(person => person.Id)], cancellation);
                return TypedResults.Ok(
                    page.Select(person => PersonAnswer.Of(person, counts.GetValueOrDefault(person.Id)))
                );
            }
        );
        api.MapPost("/people", CreateAsync);
        api.MapPut("/people/{id}", ChangeAsync);
        api.MapPost(
            "/people/{id}/disable",
            (string id, AccountDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                DoneAsync(current, caller => desk.DisableAsync(caller, id, cancellation), cancellation)
        );
        api.MapPost(
            "/people/{id}/enable",
            (string id, AccountDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                DoneAsync(current, caller => desk.EnableAsync(caller, id, null, cancellation), cancellation)
        );
        api.MapPost("/people/{id}/reset", ResetAsync);
        api.MapGet(
            "/sessions",
            async (
                SessionStore sessions,
                AddressBook book,
                [AsParameters] PageAsked asked,
                CancellationToken cancellation
            ) =>
                TypedResults.Ok(
                    (await sessions.PageAsync(asked, cancellation)).Select(row => new SessionAnswer(
                        row.Id,
                        row.PersonId,
                        row.CreatedAt,
                        row.LastSeenAt,
                        row.Address,
                        row.Browser,
                        book.Find(row.Address)?.Words
                    ))
                )
        );
        api.MapDelete(
            "/sessions/{id}",
            (string id, AccessDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                DoneAsync(current, caller => desk.EndSessionAsync(caller, id, cancellation), cancellation)
        );
        api.MapGet(
            "/clients",
            async (ApiClients clients, [AsParameters] PageAsked asked, CancellationToken cancellation) =>
                TypedResults.Ok(
                    (await clients.PageAsync(asked, cancellation)).Select(client => ClientAnswer.Of(client))
                )
        );
        api.MapPost("/clients", AddClientAsync);
        api.MapDelete(
            "/clients/{id}",
            (string id, AccessDesk desk, ICurrentCaller current, CancellationToken cancellation) =>
                DoneAsync(current, caller => desk.RemoveClientAsync(caller, id, cancellation), cancellation)
        );
    }

    private static async Task<Created<LinkAnswer>> CreateAsync(
        NewPerson body,
        AccountDesk desk,
        ICurrentCaller current,
        PublicAddress address,
        CancellationToken cancellation
    )
    {
        var account = new AccountChange(
            body.DisplayName ?? body.UserName ?? "",
            body.Role,
            body.Tenants ?? [],
            body.CustomRole
        );
        var (person, token) = await desk.CreateAsync(
            await current.GetAsync(cancellation),
            body.UserName ?? "",
            account,
            null,
            cancellation
        );
        return TypedResults.Created(
            $"/api/v1/people/{person.Id}",
            new LinkAnswer(PersonAnswer.Of(person, passkeys: 0), PasswordLink(address, token))
        );
    }

    private static async Task<Ok<PersonAnswer>> ChangeAsync(
        string id,
        AccountChange body,
        AccountDesk desk,
        PersonStore people,
        PasskeyStore passkeys,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        // What was left out of the body is nothing, and told as such.
        var account = body with
        {
            DisplayName = body.DisplayName ?? "",
            Tenants = body.Tenants ?? [],
        };
        await desk.ChangeAsync(await current.GetAsync(cancellation), id, account, null, cancellation);
        var counts = await passkeys.CountAsync([id], cancellation);
        return TypedResults.Ok(
            PersonAnswer.Of((await people.FindAsync(id, cancellation))!, counts.GetValueOrDefault(id))
        );
    }

    private static async Task<Ok<LinkAnswer>> ResetAsync(
        string id,
        AccountDesk desk,
        PersonStore people,
        ICurrentCaller current,
        PublicAddress address,
        CancellationToken cancellation
    )
    {
        var token = await desk.ResetAsync(await current.GetAsync(cancellation), id, null, cancellation);
        // They went with the password.
        var person = PersonAnswer.Of((await people.FindAsync(id, cancellation))!, passkeys: 0);
        return TypedResults.Ok(new LinkAnswer(person, PasswordLink(address, token)));
    }

    private static async Task<Created<ClientAnswer>> AddClientAsync(
        NewClient body,
        AccessDesk desk,
        ICurrentCaller current,
        CancellationToken cancellation
    )
    {
        var client = new ApiClient(
            body.Id ?? "",
            body.Name ?? body.Id ?? "",
            body.PersonId,
            body.Role ?? Role.Client,
            body.Tenants ?? [],
            ScopeWords.Parse(body.Scopes)
        )
        {
            RedirectUris = body.RedirectUris ?? [],
            IsPublic = body.IsPublic,
            PostLogoutRedirectUris = body.PostLogoutRedirectUris ?? [],
            IsForDevices = body.IsForDevices,
            BackchannelLogoutUri = body.BackchannelLogoutUri,
            IsResourceServer = body.IsResourceServer,
        };
        var secret = await desk.AddClientAsync(await current.GetAsync(cancellation), client, null, cancellation);
        return TypedResults.Created($"/api/v1/clients/{client.Id}", ClientAnswer.Of(client, secret));
    }

    private static async Task<NoContent> DoneAsync(
        ICurrentCaller current,
        Func<Caller, Task> work,
        CancellationToken cancellation
    )
    {
        await work(await current.GetAsync(cancellation));
        return TypedResults.NoContent();
    }

    public static string PasswordLink(PublicAddress address, string token) =>
        address.Of($"/set-password?token={token}").ToString();
}
