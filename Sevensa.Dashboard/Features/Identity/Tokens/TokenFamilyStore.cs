using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// What came from one consent (code, refresh tokens, access tokens) as one: each code and refresh token is redeemed once, and the
/// whole ends when one comes a second time.
/// </summary>
internal sealed class TokenFamilyStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    /// <summary>On a consent: the account's stamp when it was given (<see cref="CallerPrincipal.MarkOf"/>).</summary>
    public const string Mark = "sevensa:mark";

    /// <summary>Whose a token is that holds.</summary>
    private sealed record Owner(string Id, string? Subject, string? Client);

    private readonly Remembered<Owner?> known = new(time);

    /// <summary>
    /// Whether this access token and what it came from still hold, and it was given to them; from memory for a few seconds. Whoever
    /// could sign tokens of their own finds no row that fits.
    /// </summary>
    public async ValueTask<bool> IsLiveAsync(
        string token,
        string subject,
        string client,
        CancellationToken cancellation
    ) =>
        await OwnerAsync(token, cancellation) is { } owner
        && owner.Subject == subject
        && (owner.Client is null || owner.Client == client);

    private async ValueTask<Owner?> OwnerAsync(string token, CancellationToken cancellation)
    {
        if (known.TryGet(token, out var remembered))
        {
            return remembered;
        }
        var now = time.GetUtcNow();
        var at = now.UtcDateTime;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var owner = await store
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(row =>
                row.Id == token
                && row.Status == Statuses.Valid
                && (row.ExpirationDate == null || row.ExpirationDate > at)
                && (row.Authorization == null || row.Authorization.Status == Statuses.Valid)
            )
            .Select(row => new Owner(row.Id!, row.Subject, row.Application!.ClientId))
            .FirstOrDefaultAsync(cancellation);
        known.Keep(token, owner, now);
        return owner;
    }

    /// <summary>
    /// What was given with an access token, whether its time is over or not; null when nothing is known of it. As the store has it,
    /// not as it was remembered.
    /// </summary>
    public async Task<GivenToken?> GivenAsync(string token, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(row => row.Id == token)
            .Select(row => new
            {
                row.Status,
                row.Subject,
                Client = row.Application!.ClientId,
                IsOfConsent = row.Authorization != null,
                Consent = row.Authorization!.Status,
                row.Authorization!.Scopes,
                row.Authorization!.Properties,
            })
            .SingleOrDefaultAsync(cancellation);
        return row is null
            ? null
            : new GivenToken(
                row.Status == Statuses.Valid && (!row.IsOfConsent || row.Consent == Statuses.Valid),
                row.Subject,
                row.Client,
                MarkIn(row.Properties),
                row.Scopes is { } words
                    ? ScopeWords.Parse(JsonSerializer.Deserialize<string[]>(words) ?? [])
                    : ApiScopes.All
            );
    }

    private static string? MarkIn(string? properties) =>
        properties is not null
        && JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(properties) is { } known
        && known.TryGetValue(Mark, out var mark)
            ? mark.GetString()
            : null;

    /// <summary>Looks at those of many that are not fresh in memory, in one question.</summary>
    public async Task FreshenAsync(IEnumerable<string> tokens, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var at = now.UtcDateTime;
        var stale = known.NotFresh(tokens);
        if (stale.Count == 0)
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var live = await store
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(row =>
                stale.Contains(row.Id!)
                && row.Status == Statuses.Valid
                && (row.ExpirationDate == null || row.ExpirationDate > at)
                && (row.Authorization == null || row.Authorization.Status == Statuses.Valid)
            )
            .Select(row => new Owner(row.Id!, row.Subject, row.Application!.ClientId))
            .ToListAsync(cancellation);
        foreach (var token in stale)
        {
            known.Keep(token, live.Find(owner => owner.Id == token), now);
        }
    }

    /// <summary>Of several that come with the same code or refresh token at once, one gets true.</summary>
    public async Task<bool> RedeemAsync(string token, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<OpenIddictEntityFrameworkCoreToken>()
                .Where(row => row.Id == token && row.Status == Statuses.Valid)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(row => row.Status, Statuses.Redeemed)
                            .SetProperty(row => row.RedemptionDate, now),
                    cancellation
                ) == 1;
    }

    /// <summary>What was remembered is looked up anew: somebody handed a token back.</summary>
    public void Forget() => known.Forget();

    /// <summary>Ends everything that came from one consent.</summary>
    public async Task EndAsync(string family, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<OpenIddictEntityFrameworkCoreAuthorization>()
            .Where(row => row.Id == family)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, Statuses.Revoked), cancellation);
        await store
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(row => row.Authorization!.Id == family && row.Status == Statuses.Valid)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, Statuses.Revoked), cancellation);
        known.Forget();
    }

    /// <summary>Ends all tokens there are, and with them all that came from consents; what was allowed for later stays.</summary>
    public async Task EndEverythingAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(row => row.Status == Statuses.Valid || row.Status == Statuses.Inactive)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Status, Statuses.Revoked), cancellation);
        known.Forget();
    }

    /// <summary>Ends everything that a person's consents to one program led to.</summary>
    /// <returns>Whether there was one that held.</returns>
    public async Task<bool> EndAllAsync(string person, string client, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var consents = await store
            .Set<OpenIddictEntityFrameworkCoreAuthorization>()
            .Where(row => row.Subject == person && row.Application!.ClientId == client && row.Status == Statuses.Valid)
            .Select(row => row.Id!)
            .ToListAsync(cancellation);
        foreach (var consent in consents)
        {
            await EndAsync(consent, cancellation);
        }
        return consents.Count > 0;
    }

    /// <summary>Programs whose tokens by a person's consent still hold, or that need not ask again, by their ids.</summary>
    public async Task<IReadOnlyList<string>> ProgramsAsync(string person, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OpenIddictEntityFrameworkCoreAuthorization>()
            .Where(row =>
                row.Subject == person
                && row.Status == Statuses.Valid
                && (
                    row.Type == AuthorizationTypes.Permanent
                    || row.Tokens.Any(token => token.Status == Statuses.Valid && token.ExpirationDate > now)
                )
            )
            .Select(row => row.Application!.ClientId!)
            .Distinct()
            .Order()
            .ToListAsync(cancellation);
    }

    /// <summary>
    /// Takes away what ended longer ago than any token lives: until then a second use of a code or refresh token still ends its
    /// family. What a person allowed stays until it is taken back; a consent for one sign-in goes with its last token.
    /// </summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = time.GetUtcNow().UtcDateTime - OidcServer.RefreshLifetime;
        var now = time.GetUtcNow().UtcDateTime;
        await stores.RemoveAsync<OpenIddictEntityFrameworkCoreToken>(
            row =>
                row.ExpirationDate < before
                || (row.Type == TokenTypeIdentifiers.Private.RequestToken && row.ExpirationDate < now),
            row => row.Id,
            cancellation
        );
        await stores.RemoveAsync<OpenIddictEntityFrameworkCoreAuthorization>(
            row =>
                row.CreationDate < before
                && (row.Status != Statuses.Valid || row.Type == AuthorizationTypes.AdHoc)
                && !row.Tokens.Any(),
            row => row.Id,
            cancellation
        );
    }
}

/// <summary>An access token as something that goes on may rest on it.</summary>
/// <param name="Holds">Neither it nor the consent that it came of was taken back.</param>
/// <param name="Mark">The account's stamp when the person said yes (<see cref="CallerPrincipal.MarkOf"/>); null where none was noted.</param>
/// <param name="Scopes">What the person said yes to; all where no person did.</param>
internal sealed record GivenToken(bool Holds, string? Subject, string? Client, string? Mark, ApiScopes Scopes);
