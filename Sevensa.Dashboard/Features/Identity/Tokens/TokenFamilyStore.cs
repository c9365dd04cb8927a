using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// What came from one consent (code, refresh tokens, access tokens) as one: each code and refresh token is redeemed once, and the
/// whole ends when one comes a second time.
/// </summary>
internal sealed class TokenFamilyStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    private readonly Remembered<bool> known = new(time);

    /// <summary>Whether this access token and what it came from still hold; from memory for a few seconds.</summary>
    public async ValueTask<bool> IsLiveAsync(string token, CancellationToken cancellation)
    {
        if (known.TryGet(token, out var remembered))
        {
            return remembered;
        }
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var live = await store
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .AnyAsync(
                row =>
                    row.Id == token
                    && row.Status == Statuses.Valid
                    && (row.Authorization == null || row.Authorization.Status == Statuses.Valid),
                cancellation
            );
        known.Keep(token, live, now);
        return live;
    }

    /// <summary>Looks at those of many that are not fresh in memory, in one question.</summary>
    public async Task FreshenAsync(IEnumerable<string> tokens, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
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
                && (row.Authorization == null || row.Authorization.Status == Statuses.Valid)
            )
            .Select(row => row.Id!)
            .ToListAsync(cancellation);
        foreach (var token in stale)
        {
            known.Keep(token, live.Contains(token, StringComparer.Ordinal), now);
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

    /// <summary>Programs whose tokens by a person's consent still hold, by their ids.</summary>
    public async Task<IReadOnlyList<string>> ProgramsAsync(string person, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OpenIddictEntityFrameworkCoreAuthorization>()
            .Where(row =>
                row.Subject == person
                && row.Status == Statuses.Valid
                && row.Tokens.Any(token => token.Status == Statuses.Valid && token.ExpirationDate > now)
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
        await stores.RemoveAsync<OpenIddictEntityFrameworkCoreToken>(
            row => row.ExpirationDate < before,
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
