using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Features.Identity.Tokens.Leaving;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>API clients, personal tokens and sessions: who may make and end them, and the record of it.</summary>
internal sealed class AccessDesk(
    ApiClients clients,
    PersonalTokenStore tokens,
    SessionStore sessions,
    PersonStore people,
    TokenFamilyStore families,
    LogoutDoor door,
    PageProof proof,
    SignalDesk signals,
    ITenantNames tenants,
    IAuditLog audit,
    TimeProvider time
)
{
    /// <summary>What a proof for <see cref="EndDoubtByProofAsync"/> is for, before the id of the signal.</summary>
    public const string EndDoubtDeed = "signal.lift";

    private const int LongestTokenDays = 365;
    private const int LongestClientName = 64;
    private const int LongestRedirect = 2000;
    private const int MostRedirects = 10;

    /// <param name="given">On a page, the password or a code again (<see cref="PageProof"/>); so below.</param>
    /// <returns>The secret, which can't be read again.</returns>
    public async Task<string> AddClientAsync(Caller by, ApiClient client, string? given, CancellationToken cancellation)
    {
        RequireAdmin(by);
        await CheckAsync(client, cancellation);
        await proof.RequireAsync(by, $"apiClient.create {client.Id}", given, cancellation);
        return await AddProvedClientAsync(by, client, cancellation);
    }

    /// <summary>Of a file that was proved as a whole.</summary>
    /// <inheritdoc cref="AddClientAsync"/>
    public async Task<string> AddProvedClientAsync(Caller by, ApiClient client, CancellationToken cancellation)
    {
        RequireAdmin(by);
        await CheckAsync(client, cancellation);
        if (client.PersonId == by.Subject)
        {
            // Made for oneself: no more than whoever makes it may, and that is consent.
            client = client with
            {
                Scopes = client.Scopes & by.Scopes,
                IsConsented = true,
            };
        }
        else if (client.PersonId is not null && client.Scopes.HasFlag(ApiScopes.Approve))
        {
            throw new AccountException(
                "A program that somebody else is to be represented by can't have the scope approve: nobody approves as somebody else. They make a personal token, or let a program with a redirect address act for them."
            );
        }
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), "apiClient.created", Target: client.Id, Detail: Words(client)),
            cancellation
        );
        await clients.AddAsync(client, secret, cancellation);
        return secret;
    }

    public async Task SetClientDisabledAsync(
        Caller by,
        string id,
        bool disabled,
        string? given,
        CancellationToken cancellation
    )
    {
        RequireAdmin(by);
        if (!disabled)
        {
            await proof.RequireAsync(by, $"apiClient.enable {id}", given, cancellation);
        }
        await proof.RequireClearAsync(by, $"apiClient.disable {id}", cancellation);
        await SetProvedClientDisabledAsync(by, id, disabled, cancellation);
    }

    /// <summary>Of a file that was proved as a whole.</summary>
    public async Task SetProvedClientDisabledAsync(Caller by, string id, bool disabled, CancellationToken cancellation)
    {
        RequireAdmin(by);
        _ =
            await clients.NowAsync(id, cancellation)
            ?? throw new UnknownAccountException("There is no such API client.");
        var action = disabled ? "apiClient.disabled" : "apiClient.enabled";
        await audit.AppendAsync(new AuditEntry(by.Actor(), action, Target: id), cancellation);
        await clients.ChangeAsync(id, client => client with { Disabled = disabled }, cancellation);
    }

    /// <summary>
    /// The person whom a client is to act for says yes, or takes it back, which ends its tokens. A program that they let in on the
    /// consent page asks there again when it wants to.
    /// </summary>
    /// <exception cref="AccountException">There is no client that acts for them by that id.</exception>
    public async Task ConsentAsync(Caller by, string id, bool allowed, string? given, CancellationToken cancellation)
    {
        if (
            await clients.NowAsync(id, cancellation) is not { PersonId: { } personId } client
            || !by.IsPerson
            || personId != by.Subject
        )
        {
            if (
                !allowed
                && by.IsPerson
                && (await ProgramsOfAsync(by, cancellation)).Contains(id, StringComparer.Ordinal)
            )
            {
                await audit.AppendAsync(new AuditEntry(by.Actor(), "apiClient.denied", Target: id), cancellation);
                await families.EndAllAsync(by.Subject, id, cancellation);
                return;
            }
            throw new UnknownAccountException("There is no such API client that acts for you.");
        }
        if (
            allowed
            && (client.Scopes & by.Scopes & ScopeWords.Of(by.Permissions))
                != (client.Scopes & ScopeWords.Of(by.Permissions))
        )
        {
            throw new ForbiddenException(
                $"The program asks for {string.Join(' ', client.Scopes.Words())}, which is more than the token you say yes with has."
            );
        }
        if (allowed)
        {
            await proof.RequireAsync(by, $"apiClient.allow {id}", given, cancellation);
        }
        var action = allowed ? "apiClient.allowed" : "apiClient.denied";
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), action, Target: id, Detail: string.Join(' ', client.Scopes.Words())),
            cancellation
        );
        await clients.ChangeAsync(
            id,
            now =>
                // A yes is to what was shown: another client may have got this id meanwhile.
                now.PersonId == personId
                && (!allowed || now.Scopes == client.Scopes)
                    ? now with
                    {
                        IsConsented = allowed,
                    }
                    : throw new AccountException("The program was changed a moment ago. Look at it again."),
            cancellation
        );
    }

    /// <summary>Programs that somebody let act for them on the consent page, by their ids.</summary>
    public Task<IReadOnlyList<string>> ProgramsOfAsync(Caller by, CancellationToken cancellation) =>
        families.ProgramsAsync(by.Subject, cancellation);

    public async Task RemoveClientAsync(Caller by, string id, CancellationToken cancellation)
    {
        RequireAdmin(by);
        _ =
            await clients.NowAsync(id, cancellation)
            ?? throw new UnknownAccountException("There is no such API client.");
        await proof.RequireClearAsync(by, $"apiClient.remove {id}", cancellation);
        await audit.AppendAsync(new AuditEntry(by.Actor(), "apiClient.removed", Target: id), cancellation);
        await clients.RemoveAsync(id, cancellation);
    }

    /// <summary>Ends one session: one's own, or anybody's for an administrator.</summary>
    public async Task EndSessionAsync(Caller by, string id, CancellationToken cancellation)
    {
        var session =
            (await sessions.ListAsync(by.IsAdmin ? null : by.Subject, cancellation)).FirstOrDefault(one => one.Id == id)
            ?? throw new UnknownAccountException("There is no such session.");
        await audit.AppendAsync(new AuditEntry(by.Actor(), "session.ended", Target: session.PersonId), cancellation);
        await sessions.EndAsync(id);
    }

    /// <summary>
    /// An administrator who asked the person by another way says that it was them: for whoever can't prove it themselves. Nobody says
    /// so of themselves.
    /// </summary>
    /// <exception cref="UnknownAccountException">There is no such signal, it was lifted, or its session is over.</exception>
    public async Task EndDoubtAsync(Caller by, string id, string? given, CancellationToken cancellation)
    {
        var signal = await DoubtedAsync(by, id, cancellation);
        await proof.RequireAsync(by, $"{EndDoubtDeed} {id}", given, cancellation);
        await signals.LiftAsync(by.Actor(), signal.Session, $"{by.Name}, who asked them", cancellation);
    }

    /// <summary>The same for programs, whose token alone is not enough for it.</summary>
    /// <param name="stepUp">A proof for <see cref="EndDoubtDeed"/> of this signal.</param>
    /// <inheritdoc cref="EndDoubtAsync"/>
    public async Task EndDoubtByProofAsync(Caller by, string id, string? stepUp, CancellationToken cancellation)
    {
        var signal = await DoubtedAsync(by, id, cancellation);
        await proof.RedeemAsync(by, $"{EndDoubtDeed} {id}", stepUp, cancellation);
        await signals.LiftAsync(by.Actor(), signal.Session, $"{by.Name}, who asked them", cancellation);
    }

    private async Task<SignalRow> DoubtedAsync(Caller by, string id, CancellationToken cancellation)
    {
        RequireAdmin(by);
        var signal =
            await signals.FindOpenAsync(id, cancellation)
            ?? throw new UnknownAccountException("That session is in no doubt any more, or is over.");
        if (signal.PersonId == by.Subject)
        {
            throw new ForbiddenException("Nobody says so of themselves: prove under Your account that it is you.");
        }
        return signal;
    }

    /// <summary>A token for oneself, with no more than one's role (and the token that asks) allows.</summary>
    /// <returns>The token, which can't be read again.</returns>
    public async Task<(PersonalTokenRow Row, string Token)> AddTokenAsync(
        Caller by,
        string name,
        ApiScopes scopes,
        int days,
        string? given,
        CancellationToken cancellation
    )
    {
        if (!by.IsPerson || PersonalTokenStore.IsOf(by))
        {
            throw new ForbiddenException(
                "A personal token is made by a person: in the browser, or with an access token that acts for one. A personal token makes no other."
            );
        }
        scopes &= by.Scopes;
        name = TextLimits.Check(name, "The name", PersonalTokenStore.LongestName);
        if (string.IsNullOrWhiteSpace(name) || scopes == ApiScopes.None || days is < 1 or > LongestTokenDays)
        {
            throw new AccountException(
                $"Give the token a name, at least one scope that your role has, and 1 to {LongestTokenDays} days."
            );
        }
        await proof.RequireAsync(by, $"token.create {string.Join(' ', scopes.Words())}", given, cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                by.Actor(),
                "token.created",
                Target: name.Trim(),
                Detail: $"{string.Join(' ', scopes.Words())}, {days} days"
            ),
            cancellation
        );
        var person =
            await people.FindAsync(by.Subject, cancellation) ?? throw new AccountException("The account is gone.");
        return await tokens.AddAsync(person, name.Trim(), scopes, time.GetUtcNow().AddDays(days), cancellation)
            ?? throw new AccountException(
                $"You have {PersonalTokenStore.MostPerPerson} personal tokens, which is the most. End one first."
            );
    }

    public async Task RemoveTokenAsync(Caller by, string id, CancellationToken cancellation)
    {
        var row =
            (await tokens.ListAsync(by.IsAdmin ? null : by.Subject, cancellation)).FirstOrDefault(one => one.Id == id)
            ?? throw new UnknownAccountException("There is no such token.");
        await audit.AppendAsync(new AuditEntry(by.Actor(), "token.removed", Target: row.Name), cancellation);
        await tokens.RemoveAsync(id, by.IsAdmin ? null : by.Subject, cancellation);
    }

    /// <summary>Whether it can be a client.</summary>
    /// <exception cref="AccountException">Says why not.</exception>
    public async Task CheckAsync(ApiClient client, CancellationToken cancellation)
    {
        if (
            client.Id.Length is < 3 or > ApiClients.LongestId
            || client.Id.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '.' or '_'))
        )
        {
            throw new AccountException("An id has 3 to 64 letters, digits, and - . _ only.");
        }
        TextLimits.Check(client.Name, "The name", LongestClientName);
        TextLimits.Check(client.PersonId, "The id of the person", 64);
        if (client.RedirectUris.Count > MostRedirects || client.PostLogoutRedirectUris.Count > MostRedirects)
        {
            throw new AccountException($"A client has at most {MostRedirects} redirect addresses.");
        }
        foreach (var uri in client.RedirectUris.Concat(client.PostLogoutRedirectUris))
        {
            TextLimits.Check(uri, "A redirect address", LongestRedirect);
        }
        await tenants.RequireAsync(client.Tenants, cancellation);
        if (await clients.NowAsync(client.Id, cancellation) is not null)
        {
            throw new AccountException($"There is already an API client {client.Id}.");
        }
        var isForPeople = client is { PersonId: null, Tenants.Count: 0, AsksPeople: true };
        if (client.Scopes == ApiScopes.None && !isForPeople)
        {
            throw new AccountException(
                "Choose at least one scope. Only a program that people sign in to needs none: it has a redirect address, or is let in by a code, and has neither a person nor tenants."
            );
        }
        if (client.PostLogoutRedirectUris.Count > 0 && client.RedirectUris.Count == 0)
        {
            throw new AccountException(
                "Only a program that people sign in to sends them on after they signed out: give it a redirect address."
            );
        }
        if (
            client.RedirectUris.Concat(client.PostLogoutRedirectUris).FirstOrDefault(uri => !IsRedirect(uri)) is
            { } wrong
        )
        {
            throw new AccountException(
                $"\"{wrong}\" can't be a redirect address: it is an absolute https address without a fragment, or http on this machine (127.0.0.1)."
            );
        }
        if (client.BackchannelLogoutUri is { } told)
        {
            TextLimits.Check(told, "The address for ended sessions", LongestRedirect);
            if (client.RedirectUris.Count == 0)
            {
                throw new AccountException(
                    "Only a program that people sign in to is told that they signed out: give it a redirect address."
                );
            }
            var trouble = Uri.TryCreate(told, UriKind.Absolute, out var address)
                ? door.Trouble(address)
                : "It is no absolute address.";
            if (trouble is not null)
            {
                throw new AccountException($"\"{told}\" can't be told of ended sessions. {trouble}");
            }
        }
        if (client is { IsPublic: true, IsResourceServer: true })
        {
            throw new AccountException(
                "Only a client with a secret can ask about tokens of others: without one nobody knows who asks."
            );
        }
        if (client.IsPublic && !client.AsksPeople)
        {
            throw new AccountException(
                "A client without a secret needs a redirect address, or to be let in by a code: it acts for people only."
            );
        }
        if (client.PersonId is { } personId)
        {
            if (await people.FindAsync(personId, cancellation) is null)
            {
                throw new UnknownAccountException("There is no such person.");
            }
        }
        else if (isForPeople)
        {
            // It has no power of its own: it acts for people who let it.
        }
        else if (client.Role is not (Role.Viewer or Role.Operator) || client.Tenants.Count == 0)
        {
            throw new AccountException("A program of its own is a viewer or an operator of at least one tenant.");
        }
    }

    private static bool IsRedirect(string uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var address)
        && address.Fragment.Length == 0
        && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));

    private static string Words(ApiClient client) =>
        $"{string.Join(' ', client.Scopes.Words())}; "
        + (
            client.PersonId is { } person ? $"acts for {person}"
            : !client.HasOwnPower
                ? $"acts for people who let it; {string.Join(' ', client.RedirectUris)}{(client.IsForDevices ? " by code" : "")}"
            : $"{client.Role} of {string.Join(", ", client.Tenants)}"
        )
        + (client.IsResourceServer ? "; asks about tokens of others" : "");

    private static void RequireAdmin(Caller by)
    {
        if (!by.IsAdmin)
        {
            throw new ForbiddenException("Access is for administrators.");
        }
    }
}
