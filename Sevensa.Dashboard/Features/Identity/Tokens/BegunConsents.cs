using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.EntityFrameworkCore.Models;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// In which session a person let a program in, and by whose word that session was: when a provider says that it is over there,
/// what programs got in it ends too, also where the session here is over since long.
/// </summary>
internal sealed class BegunConsents(
    IServiceScopeFactory scopes,
    IDbContextFactory<Store> stores,
    SessionStore sessions,
    TokenFamilyStore families,
    TimeProvider time
)
{
    /// <summary>What stays of the session's id (<see cref="SessionStore.RootOf"/>).</summary>
    private const string Session = "sevensa:session";
    private const string VouchedBy = "sevensa:vouched";
    private const string VouchedSession = "sevensa:vouched-session";

    /// <summary>Begins what comes of one yes; it goes into the tokens as their authorization.</summary>
    /// <returns>Null where the program is gone meanwhile.</returns>
    public async Task<string?> BeginAsync(
        ApiClient client,
        Person person,
        IEnumerable<string> words,
        string session,
        CancellationToken cancellation
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var applications = services.GetRequiredService<IOpenIddictApplicationManager>();
        if (await applications.FindByClientIdAsync(client.Id, cancellation) is not { } application)
        {
            return null;
        }
        var descriptor = new OpenIddictAuthorizationDescriptor
        {
            ApplicationId = await applications.GetIdAsync(application, cancellation),
            CreationDate = time.GetUtcNow(),
            Subject = person.Id,
            Type = AuthorizationTypes.AdHoc,
            Status = Statuses.Valid,
        };
        descriptor.Scopes.UnionWith(words);
        Note(Session, SessionStore.RootOf(session));
        Note(TokenFamilyStore.Mark, CallerPrincipal.MarkOf(person.SecurityStamp));
        var (link, there) = await sessions.VouchOfAsync(session, cancellation);
        Note(VouchedBy, link);
        Note(VouchedSession, there);
        var authorizations = services.GetRequiredService<IOpenIddictAuthorizationManager>();
        var begun = await authorizations.CreateAsync(descriptor, cancellation);
        var id = await authorizations.GetIdAsync(begun, cancellation);
        if (id is not null && !await sessions.GoesOnAsync(session, cancellation))
        {
            // It ended a moment ago, when this was not there to be ended with it.
            await families.EndAsync(id, CancellationToken.None);
        }
        return id;

        void Note(string name, string? value)
        {
            if (value is not null)
            {
                descriptor.Properties[name] = JsonSerializer.SerializeToElement(value);
            }
        }
    }

    /// <summary>Ends what programs got in sessions that a provider says are over. The sessions here have ended before.</summary>
    /// <param name="ended">Sessions that ended here.</param>
    /// <param name="link">As in <see cref="SessionStore.VouchedAsync"/>, so below.</param>
    /// <returns>How many consents it were.</returns>
    public async Task<int> EndAsync(IReadOnlyCollection<SessionRow> ended, string? link, string? session)
    {
        var over = new HashSet<string>(StringComparer.Ordinal);
        await using var store = await stores.CreateDbContextAsync();
        foreach (var root in ended.Select(row => SessionStore.RootOf(row.Id)).Distinct())
        {
            over.UnionWith(await IdsAsync(rows => rows.Where(row => row.Properties!.Contains(root))));
        }
        over.UnionWith(
            await IdsAsync(rows =>
                (link, session) switch
                {
                    (null, null) => rows.Where(_ => false),
                    (null, _) => rows.Where(row => row.Properties!.Contains(session!)),
                    (_, null) => rows.Where(row => row.Properties!.Contains(link!)),
                    // Of what began before the provider told its sessions nobody knows which it is.
                    _ => rows.Where(row =>
                        row.Properties!.Contains(link!)
                        && (row.Properties!.Contains(session!) || !row.Properties!.Contains(VouchedSession))
                    ),
                }
            )
        );
        foreach (var id in over)
        {
            await families.EndAsync(id, CancellationToken.None);
        }
        return over.Count;

        Task<List<string>> IdsAsync(
            Func<
                IQueryable<OpenIddictEntityFrameworkCoreAuthorization>,
                IQueryable<OpenIddictEntityFrameworkCoreAuthorization>
            > which
        ) =>
            which(
                    store
                        .Set<OpenIddictEntityFrameworkCoreAuthorization>()
                        .Where(row => row.Status == Statuses.Valid && row.Properties != null)
                )
                .Select(row => row.Id!)
                .ToListAsync();
    }
}
