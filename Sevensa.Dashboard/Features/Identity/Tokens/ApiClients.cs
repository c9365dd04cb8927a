using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.EntityFrameworkCore.Models;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>A program that may fetch tokens: with its own id and secret, or for people who let it act for them.</summary>
/// <param name="PersonId">The person it acts for; null for a program of its own.</param>
/// <param name="Role">For a program of its own.</param>
/// <param name="Tenants">For a program of its own.</param>
internal sealed record ApiClient(
    string Id,
    string Name,
    string? PersonId,
    Role Role,
    IReadOnlyList<string> Tenants,
    ApiScopes Scopes,
    bool Disabled = false
)
{
    /// <summary>Where people are sent back to who let it act for them (authorization code with PKCE); none when it asks nobody.</summary>
    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>Where people may be sent who signed out by it (RP-initiated logout).</summary>
    public IReadOnlyList<string> PostLogoutRedirectUris { get; init; } = [];

    /// <summary>It runs where nobody can sign in: people let it in by a code that they type on another device (RFC 8628).</summary>
    public bool IsForDevices { get; init; }

    /// <summary>Where it is told that a session ended by which somebody came in (OIDC Back-Channel Logout); null for nowhere.</summary>
    public string? BackchannelLogoutUri { get; init; }

    /// <summary>
    /// It serves others who come with tokens of this server: it may ask whether such a token holds, whoever it was given to
    /// (RFC 7662). Without this a client learns of its own tokens alone.
    /// </summary>
    public bool IsResourceServer { get; init; }

    /// <summary>People let it act for them, each by themselves.</summary>
    public bool AsksPeople => RedirectUris.Count > 0 || IsForDevices;

    /// <summary>It runs where no secret can be kept: in a browser, on a desk.</summary>
    public bool IsPublic { get; init; }

    /// <summary>
    /// The person it acts for by itself has said yes: made it themselves, or allowed it on their account's page. Until then it
    /// gets no token.
    /// </summary>
    public bool IsConsented { get; init; }

    /// <summary>One of the Sandbox's cast, which means nothing elsewhere.</summary>
    public bool IsOfSandbox { get; init; }

    /// <summary>Whether it has somebody to act for without asking each time.</summary>
    public bool HasOwnPower => !IsPublic && (PersonId is not null || Tenants.Count > 0);
}

/// <summary>The clients of the OpenID Connect server, with whom they act for.</summary>
internal sealed class ApiClients(IServiceScopeFactory scopes, TimeProvider time) : IPrograms
{
    public const int LongestId = 64;
    private const string Property = "sevensa";

    private static readonly RowOrder<OpenIddictEntityFrameworkCoreApplication> ById =
        new RowOrder<OpenIddictEntityFrameworkCoreApplication>("clients").By(row => row.ClientId!).By(row => row.Id!);

    private readonly Remembered<ApiClient?> known = new(time);

    public async ValueTask<ApiClient?> FindAsync(string id, CancellationToken cancellation)
    {
        if (id.Length is 0 or > LongestId)
        {
            return null;
        }
        if (known.TryGet(id, out var remembered))
        {
            return remembered;
        }
        var now = time.GetUtcNow();
        var client = await NowAsync(id, cancellation);
        known.Keep(id, client, now);
        return client;
    }

    public async ValueTask<string?> NameAsync(string subject, CancellationToken cancellation) =>
        await FindAsync(subject, cancellation) is { PersonId: null, AsksPeople: false } client ? client.Name : null;

    /// <summary>As the store has it, not as it was remembered.</summary>
    public async Task<ApiClient?> NowAsync(string id, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var applications = Applications(scope);
        return await applications.FindByClientIdAsync(id, cancellation) is { } application
            ? await ReadAsync(applications, application, cancellation)
            : null;
    }

    public async Task<IReadOnlyList<ApiClient>> ListAsync(CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var applications = Applications(scope);
        var clients = new List<ApiClient>();
        await foreach (var application in applications.ListAsync(cancellationToken: cancellation))
        {
            if (await ReadAsync(applications, application, cancellation) is { } client)
            {
                clients.Add(client);
            }
        }
        return [.. clients.OrderBy(client => client.Id, StringComparer.Ordinal)];
    }

    /// <summary>By id.</summary>
    public async Task<Page<ApiClient>> PageAsync(PageAsked asked, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var applications = Applications(scope);
        var store = scope.ServiceProvider.GetRequiredService<Store>();
        var page = await ById.PageAsync(
            store,
            store.Set<OpenIddictEntityFrameworkCoreApplication>().AsNoTracking().Where(row => row.ClientId != null),
            asked,
            cancellation
        );
        var clients = new List<ApiClient>();
        foreach (var application in page.Items)
        {
            if (await ReadAsync(applications, application, cancellation) is { } client)
            {
                clients.Add(client);
            }
        }
        return new Page<ApiClient>(clients, page.Next);
    }

    /// <exception cref="AccountException">There is one of that id already.</exception>
    public async Task AddAsync(ApiClient client, string secret, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var descriptor = new OpenIddictApplicationDescriptor
        {
            ClientId = client.Id,
            ClientSecret = client.IsPublic ? null : secret,
        };
        Describe(descriptor, client);
        try
        {
            await Applications(scope).CreateAsync(descriptor, cancellation);
        }
        catch (Exception exception)
            when (exception is OpenIddictExceptions.ValidationException or DbUpdateException
                && StoreFault.In(exception) is null
            )
        {
            // Somebody else was quicker, or made one that can't be told from it.
            throw new AccountException($"There is already an API client {client.Id}.");
        }
        known.Forget(client.Id);
    }

    /// <summary>Changes a client as the store has it; of changes that come at once none takes another back.</summary>
    /// <param name="change">May be asked more than once, each time with what is there then.</param>
    /// <exception cref="AccountException">It is gone.</exception>
    public async Task ChangeAsync(string id, Func<ApiClient, ApiClient> change, CancellationToken cancellation)
    {
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var applications = Applications(scope);
            if (
                await applications.FindByClientIdAsync(id, cancellation) is not { } application
                || await ReadAsync(applications, application, cancellation) is not { } client
            )
            {
                throw new UnknownAccountException("There is no such API client.");
            }
            var descriptor = new OpenIddictApplicationDescriptor();
            await applications.PopulateAsync(descriptor, application, cancellation);
            Describe(descriptor, change(client));
            try
            {
                await applications.UpdateAsync(application, descriptor, cancellation);
                return;
            }
            catch (OpenIddictExceptions.ConcurrencyException)
            {
                // Somebody else changed it between the look and the write: what they wrote is looked at too.
            }
            finally
            {
                known.Forget(id);
            }
        }
    }

    public async Task RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var applications = Applications(scope);
        if (await applications.FindByClientIdAsync(id, cancellation) is { } application)
        {
            await applications.DeleteAsync(application, cancellation);
        }
        known.Forget(id);
    }

    private static IOpenIddictApplicationManager Applications(IServiceScope scope) =>
        scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();

    private static void Describe(OpenIddictApplicationDescriptor descriptor, ApiClient client)
    {
        descriptor.DisplayName = client.Name;
        descriptor.ClientType = client.IsPublic ? ClientTypes.Public : ClientTypes.Confidential;
        descriptor.Permissions.Clear();
        descriptor.Permissions.Add(Permissions.Endpoints.Token);
        descriptor.Permissions.Add(Permissions.Endpoints.Revocation);
        if (!client.IsPublic)
        {
            descriptor.Permissions.Add(Permissions.Endpoints.Introspection);
        }
        if (client.HasOwnPower)
        {
            descriptor.Permissions.Add(Permissions.GrantTypes.ClientCredentials);
        }
        descriptor.RedirectUris.Clear();
        descriptor.PostLogoutRedirectUris.Clear();
        descriptor.PostLogoutRedirectUris.UnionWith(client.PostLogoutRedirectUris.Select(uri => new Uri(uri)));
        descriptor.Requirements.Clear();
        if (client.RedirectUris.Count > 0)
        {
            descriptor.Permissions.UnionWith([
                Permissions.Endpoints.Authorization,
                Permissions.Endpoints.EndSession,
                Permissions.GrantTypes.AuthorizationCode,
                Permissions.GrantTypes.RefreshToken,
                Permissions.ResponseTypes.Code,
            ]);
            if (!client.IsPublic)
            {
                // Each is kept: whoever can't prove who they are would fill the store.
                descriptor.Permissions.Add(Permissions.Endpoints.PushedAuthorization);
            }
            descriptor.RedirectUris.UnionWith(client.RedirectUris.Select(uri => new Uri(uri)));
            descriptor.Requirements.Add(Requirements.Features.ProofKeyForCodeExchange);
            // A program on somebody's desk listens on whatever port is free (RFC 8252): the port is not compared.
            descriptor.ApplicationType = client.RedirectUris.All(uri => new Uri(uri).IsLoopback)
                ? ApplicationTypes.Native
                : ApplicationTypes.Web;
        }
        if (client.IsForDevices)
        {
            descriptor.Permissions.UnionWith([
                Permissions.Endpoints.DeviceAuthorization,
                Permissions.GrantTypes.DeviceCode,
                Permissions.GrantTypes.RefreshToken,
            ]);
        }
        descriptor.Permissions.UnionWith(client.Scopes.Words().Select(word => Permissions.Prefixes.Scope + word));
        descriptor.Properties[Property] = JsonSerializer.SerializeToElement(
            new Acting(
                client.PersonId,
                client.Role,
                client.Tenants,
                client.Scopes,
                client.Disabled,
                client.RedirectUris,
                client.IsPublic,
                client.IsConsented,
                client.IsOfSandbox,
                client.PostLogoutRedirectUris,
                client.IsForDevices,
                client.BackchannelLogoutUri,
                client.IsResourceServer
            )
        );
    }

    private static async Task<ApiClient?> ReadAsync(
        IOpenIddictApplicationManager applications,
        object application,
        CancellationToken cancellation
    )
    {
        var properties = await applications.GetPropertiesAsync(application, cancellation);
        var id = await applications.GetClientIdAsync(application, cancellation);
        if (
            id is null
            || !properties.TryGetValue(Property, out var element)
            || element.Deserialize<Acting>() is not { } acting
        )
        {
            return null;
        }
        var name = await applications.GetDisplayNameAsync(application, cancellation);
        return new ApiClient(
            id,
            name ?? id,
            acting.PersonId,
            acting.Role,
            acting.Tenants,
            acting.Scopes,
            acting.Disabled
        )
        {
            RedirectUris = acting.RedirectUris ?? [],
            PostLogoutRedirectUris = acting.PostLogoutRedirectUris ?? [],
            IsPublic = acting.IsPublic,
            IsConsented = acting.IsConsented,
            IsOfSandbox = acting.IsOfSandbox,
            IsForDevices = acting.IsForDevices,
            BackchannelLogoutUri = acting.BackchannelLogoutUri,
            IsResourceServer = acting.IsResourceServer,
        };
    }

    private sealed record Acting(
        string? PersonId,
        Role Role,
        IReadOnlyList<string> Tenants,
        ApiScopes Scopes,
        bool Disabled,
        IReadOnlyList<string>? RedirectUris = null,
        bool IsPublic = false,
        bool IsConsented = false,
        bool IsOfSandbox = false,
        IReadOnlyList<string>? PostLogoutRedirectUris = null,
        bool IsForDevices = false,
        string? BackchannelLogoutUri = null,
        bool IsResourceServer = false
    );
}

/// <summary>Whom a token acts for, as things stand now.</summary>
internal sealed class TokenCallers(
    ApiClients clients,
    PersonStore people,
    ClaimedAccounts claimed,
    IHostEnvironment environment
) : ICallersToday
{
    public async ValueTask<Caller?> PersonAsync(string subject, CancellationToken cancellation) =>
        await people.FindAsync(subject, cancellation) is { Disabled: false } person
        && !await claimed.IsOverAsync(subject, cancellation)
            ? person.ToCaller()
            : null;

    public async ValueTask<Caller?> ProgramAsync(string subject, CancellationToken cancellation) =>
        await FindClientAsync(subject, cancellation) is { PersonId: null, HasOwnPower: true } client
            ? await OfClientAsync(client, cancellation)
            : null;

    /// <param name="subject">The person, for tokens that a person gave a client; the client's own person or itself otherwise.</param>
    /// <param name="scopes">What the token was given.</param>
    /// <param name="mark">The account's stamp when it was given (<see cref="CallerPrincipal.MarkOf"/>); null for a program of its own.</param>
    public async ValueTask<Caller?> FindAsync(
        string clientId,
        string subject,
        ApiScopes scopes,
        string? mark,
        CancellationToken cancellation
    )
    {
        if (await FindClientAsync(clientId, cancellation) is not { } client)
        {
            return null;
        }
        var caller = await OfClientAsync(client, cancellation);
        if (caller?.Subject != subject && client.AsksPeople)
        {
            // The token was given by a person who let this client act for them.
            caller = await OfPersonAsync(client, subject, cancellation);
        }
        if (caller is null || caller.Subject != subject)
        {
            return null;
        }
        if (caller.IsPerson)
        {
            var stamp = (await people.FindAsync(subject, cancellation))?.SecurityStamp;
            if (stamp is null || mark != CallerPrincipal.MarkOf(stamp))
            {
                return null;
            }
        }
        return caller with { Scopes = caller.Scopes & scopes };
    }

    /// <summary>Whether an account's stamp is still the one that a consent was given under; where none was noted nothing says otherwise.</summary>
    public async ValueTask<bool> HasMarkAsync(string subject, string? mark, CancellationToken cancellation) =>
        mark is null
        || (
            await people.FindAsync(subject, cancellation) is { } person
            && mark == CallerPrincipal.MarkOf(person.SecurityStamp)
        );

    /// <summary>A client that may get and use tokens; null when it is gone or disabled, or of the Sandbox and this is none.</summary>
    public async ValueTask<ApiClient?> FindClientAsync(string id, CancellationToken cancellation) =>
        await clients.FindAsync(id, cancellation) is { Disabled: false } client
        && (!client.IsOfSandbox || environment.IsSandbox())
            ? client
            : null;

    /// <summary>
    /// A person, with no more than this client may and their role allows; null when they are gone or disabled, or the claim that gave
    /// them their account was not looked at for too long.
    /// </summary>
    public async ValueTask<Caller?> OfPersonAsync(ApiClient client, string personId, CancellationToken cancellation) =>
        await people.FindAsync(personId, cancellation) is { Disabled: false } person
        && !await claimed.IsOverAsync(personId, cancellation)
            ? person.ToCaller(client.Scopes, client.Id)
            : null;

    /// <summary>Null when its person is gone or disabled, or has not said yes.</summary>
    public async ValueTask<Caller?> OfClientAsync(ApiClient client, CancellationToken cancellation)
    {
        if (client.PersonId is not { } personId)
        {
            return new Caller(
                client.Id,
                client.Name,
                client.Role,
                IsPerson: false,
                TenantSet.Of(client.Tenants),
                client.Scopes,
                client.Id
            );
        }
        return client.IsConsented ? await OfPersonAsync(client, personId, cancellation) : null;
    }
}
