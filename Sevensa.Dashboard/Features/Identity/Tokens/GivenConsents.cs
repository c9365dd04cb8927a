using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.EntityFrameworkCore.Models;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// What people allowed programs, so that signing in to one a second time asks nothing. Only what reads is remembered, and only of
/// programs that can prove who they are: whatever changes something, or runs on a desk, is asked for each time.
/// </summary>
internal sealed class GivenConsents(IServiceScopeFactory scopes, IDbContextFactory<Store> stores)
{
    /// <summary>Of the account when the yes was given: a new password, or being disabled, ends it.</summary>
    private const string Stamp = TokenFamilyStore.Mark;

    private static readonly string[] kept = [Scopes.OpenId, Scopes.Profile, Scopes.Email, Scopes.OfflineAccess, "read"];

    /// <summary>Whether this client was allowed all of this by this person, and it may be given again.</summary>
    public async Task<bool> CoversAsync(
        ApiClient client,
        Person person,
        IReadOnlyCollection<string> asked,
        CancellationToken cancellation
    )
    {
        if (client.IsPublic || !asked.All(kept.Contains))
        {
            return false;
        }
        await using var scope = scopes.CreateAsyncScope();
        var authorizations = scope.ServiceProvider.GetRequiredService<IOpenIddictAuthorizationManager>();
        foreach (var id in await StandingAsync(client.Id, person.Id, cancellation))
        {
            if (
                await authorizations.FindByIdAsync(id, cancellation) is { } given
                && asked.All((await authorizations.GetScopesAsync(given, cancellation)).Contains)
                && (await authorizations.GetPropertiesAsync(given, cancellation)).TryGetValue(Stamp, out var stamp)
                && stamp.GetString() == CallerPrincipal.MarkOf(person.SecurityStamp)
            )
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Keeps a yes; a wider one takes the place of a narrower one.</summary>
    public async Task KeepAsync(
        ApiClient client,
        Person person,
        IReadOnlyCollection<string> asked,
        CancellationToken cancellation
    )
    {
        if (client.IsPublic || !asked.All(kept.Contains) || await CoversAsync(client, person, asked, cancellation))
        {
            return;
        }
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var applications = services.GetRequiredService<IOpenIddictApplicationManager>();
        if (await applications.FindByClientIdAsync(client.Id, cancellation) is not { } application)
        {
            return;
        }
        var descriptor = new OpenIddictAuthorizationDescriptor
        {
            ApplicationId = await applications.GetIdAsync(application, cancellation),
            Subject = person.Id,
            Type = AuthorizationTypes.Permanent,
            Status = Statuses.Valid,
        };
        descriptor.Scopes.UnionWith(asked);
        descriptor.Properties[Stamp] = JsonSerializer.SerializeToElement(CallerPrincipal.MarkOf(person.SecurityStamp));
        await services.GetRequiredService<IOpenIddictAuthorizationManager>().CreateAsync(descriptor, cancellation);
    }

    private async Task<IReadOnlyList<string>> StandingAsync(
        string client,
        string person,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<OpenIddictEntityFrameworkCoreAuthorization>()
            .Where(row =>
                row.Subject == person
                && row.Application!.ClientId == client
                && row.Type == AuthorizationTypes.Permanent
                && row.Status == Statuses.Valid
            )
            .Select(row => row.Id!)
            .ToListAsync(cancellation);
    }
}
