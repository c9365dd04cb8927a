using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;

/// <summary>What a browser is to be asked, and the sealed memory of it.</summary>
internal sealed record PasskeyQuestion(string Options, string State);

/// <summary>Passkeys by the framework's own: registering them, signing in by one. In a request of the person's browser.</summary>
internal sealed class PasskeyDesk(
    IPasskeyHandler<AppUser> handler,
    UserManager<AppUser> users,
    PasskeyStates states,
    PersonStore people,
    SessionStore sessions,
    SignInDesk desk,
    ClaimedAccounts claimed,
    FailureLimiter failures,
    IAuditLog audit
)
{
    public const int LongestName = 64;
    public const int LongestAnswer = 16_000;
    private const int Most = 10;
    private const string SigningIn = "signing in";
    private const string Gone = "There is no such passkey of yours.";

    public async Task<IReadOnlyList<UserPasskeyInfo>> ListAsync(Caller caller) =>
        await users.FindByIdAsync(caller.Subject) is { } user
            ? [.. (await users.GetPasskeysAsync(user)).OrderBy(key => key.CreatedAt)]
            : [];

    public static string IdOf(UserPasskeyInfo key) => WebEncoders.Base64UrlEncode(key.CredentialId);

    /// <summary>Asks the browser for a new one. Whose it is has proved that they are who they are.</summary>
    public async Task<PasskeyQuestion> OfferAsync(HttpContext context, Caller caller)
    {
        var user = await FindAsync(caller);
        if (!await claimed.LetsInAsync(user.Id, null, context.RequestAborted))
        {
            throw new AccountException(ClaimedAccounts.NoOtherWay);
        }
        if ((await users.GetPasskeysAsync(user)).Count >= Most)
        {
            throw new AccountException($"You have {Most} passkeys, which is the most. Remove one first.");
        }
        var made = await handler.MakeCreationOptionsAsync(
            new PasskeyUserEntity
            {
                Id = user.Id,
                Name = user.UserName!,
                DisplayName = user.DisplayName,
            },
            context
        );
        return new PasskeyQuestion(made.CreationOptionsJson, states.Seal(user.Id, made.AttestationState ?? ""));
    }

    /// <summary>Keeps what the browser made.</summary>
    public async Task AddAsync(HttpContext context, Caller caller, string? state, string? answer, string? name)
    {
        var cancellation = context.RequestAborted;
        name = TextLimits.Check((name ?? "").Trim(), "The name", LongestName);
        var user = await FindAsync(caller);
        if (
            await states.UseAsync(user.Id, state, cancellation) is not { } asked
            || answer is not { Length: > 0 and <= LongestAnswer }
        )
        {
            throw new AccountException("That took too long, or was sent twice. Begin again.");
        }
        var result = await handler.PerformAttestationAsync(
            new PasskeyAttestationContext
            {
                HttpContext = context,
                CredentialJson = answer,
                AttestationState = asked,
            }
        );
        if (!result.Succeeded)
        {
            // The framework's words, but not those of a fault inside, which it puts into the same place.
            throw new AccountException(
                result.Failure.InnerException is null
                    ? $"The passkey was not taken: {result.Failure.Message}"
                    : "The passkey was not taken: what the device made can't be read here. Try again, or with another device."
            );
        }
        result.Passkey.Name = name.Length > 0 ? name : "Passkey";
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "passkey.added", Target: user.UserName, Detail: result.Passkey.Name),
            cancellation
        );
        Throw(await users.AddOrUpdatePasskeyAsync(user, result.Passkey));
    }

    public async Task RenameAsync(Caller caller, string id, string? name, CancellationToken cancellation)
    {
        name = TextLimits.Check((name ?? "").Trim(), "The name", LongestName);
        if (name.Length == 0)
        {
            throw new AccountException("Give it a name.");
        }
        var user = await FindAsync(caller);
        var key = await FindAsync(user, id);
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "passkey.renamed", Target: user.UserName, Detail: $"{key.Name}, now {name}"),
            cancellation
        );
        key.Name = name;
        Throw(await users.AddOrUpdatePasskeyAsync(user, key));
    }

    public async Task RemoveAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var user = await FindAsync(caller);
        var key = await FindAsync(user, id);
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "passkey.removed", Target: user.UserName, Detail: key.Name),
            cancellation
        );
        Throw(await users.RemovePasskeyAsync(user, key.CredentialId));
        // Whoever holds it may be signed in by it.
        await sessions.EndOthersAsync(user.Id, caller.Session);
    }

    /// <summary>Asks the browser for whichever passkey its person chooses: nobody has said who they are.</summary>
    public async Task<PasskeyQuestion> AskAsync(HttpContext context)
    {
        var made = await handler.MakeRequestOptionsAsync(null, context);
        return new PasskeyQuestion(made.RequestOptionsJson, states.Seal(SigningIn, made.AssertionState ?? ""));
    }

    /// <summary>A passkey is two factors: the device, and what unlocks it there, which is asked for.</summary>
    public async Task<(SignInResult Result, Person? Person)> SignInAsync(
        HttpContext context,
        string? state,
        string? answer
    )
    {
        var cancellation = context.RequestAborted;
        var address = context.NetworkOf();
        if (failures.IsOver(address))
        {
            return (SignInResult.TooMany, null);
        }
        if (
            answer is { Length: > 0 and <= LongestAnswer }
            && await states.UseAsync(SigningIn, state, cancellation) is { } asked
        )
        {
            var result = await handler.PerformAssertionAsync(
                new PasskeyAssertionContext
                {
                    HttpContext = context,
                    CredentialJson = answer,
                    AssertionState = asked,
                }
            );
            if (
                result.Succeeded
                && result.User is { Disabled: false } user
                && await claimed.LetsInAsync(user.Id, null, cancellation)
            )
            {
                // The count of its uses, by which a copy is found out.
                Throw(await users.AddOrUpdatePasskeyAsync(user, result.Passkey));
                people.Forget(user.Id);
                return (
                    SignInResult.SignedIn,
                    await desk.EnterAsync(
                        context,
                        user.Id,
                        result.Passkey.IsBackupEligible ? SignInMethods.SyncedPasskey : SignInMethods.Passkey
                    )
                );
            }
            await RecordAsync(result.Succeeded ? "Not usable" : $"Passkey: {result.Failure.Message}");
        }
        else
        {
            await RecordAsync("Passkey: what was asked is too old, or was answered before");
        }
        failures.Note(address);
        return (SignInResult.Refused, null);

        async Task RecordAsync(string why)
        {
            // The framework says of a refused one not whose it is.
            var owner = IdIn(answer) is { } id ? await users.FindByPasskeyIdAsync(id) : null;
            await audit.AppendAsync(
                new AuditEntry(
                    owner is null
                        ? new AuditActor("person", "unknown", "Unknown")
                        : new AuditActor("person", owner.Id, owner.DisplayName),
                    "signin.failed",
                    Target: owner?.UserName ?? "(a passkey)",
                    Outcome: AuditOutcome.Refused,
                    Detail: why
                ),
                cancellation
            );
        }
    }

    /// <summary>Which passkey an answer says it is of.</summary>
    private static byte[]? IdIn(string? answer)
    {
        try
        {
            return
                answer is { Length: > 0 and <= LongestAnswer }
                && JsonSerializer.Deserialize<JsonElement>(answer) is { ValueKind: JsonValueKind.Object } read
                && read.TryGetProperty("id", out var id)
                && id.ValueKind == JsonValueKind.String
                ? WebEncoders.Base64UrlDecode(id.GetString()!)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            return null;
        }
    }

    private async Task<AppUser> FindAsync(Caller caller) =>
        await users.FindByIdAsync(caller.Subject) ?? throw new UnknownAccountException("There is no such account.");

    private async Task<UserPasskeyInfo> FindAsync(AppUser user, string id)
    {
        try
        {
            return await users.GetPasskeyAsync(user, WebEncoders.Base64UrlDecode(id))
                ?? throw new UnknownAccountException(Gone);
        }
        catch (FormatException)
        {
            throw new UnknownAccountException(Gone);
        }
    }

    private static void Throw(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new AccountException("The account was changed a moment ago. Try again.");
        }
    }
}
