using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Factors;

/// <summary>What an app on a phone is to take over: shown once, while it is set up.</summary>
/// <param name="Key">The secret as text, in groups of four.</param>
/// <param name="Address">The same as an <c>otpauth</c> address, for a picture.</param>
internal sealed record FactorOffer(string Key, string Address);

/// <summary>What a code turned out to be.</summary>
internal enum CodeKind
{
    None,
    App,
    Recovery,
}

/// <summary>
/// The second factor of accounts: codes of an app (RFC 6238) by the framework's own authenticator, each accepted once, and
/// recovery codes, each of which is used up.
/// </summary>
internal sealed class SecondFactor(
    IServiceScopeFactory scopes,
    PersonStore people,
    UsedCodes used,
    PasswordPassed passed,
    SessionStore sessions,
    PasskeyStore passkeys,
    Tries tries,
    IAuditLog audit
)
{
    public const int RecoveryCodes = 10;
    public const int LongestCode = 32;
    private const string Issuer = "Sevensa";
    private const string SettingUp = "setting up a second factor";
    private const string Changed = "The account was changed a moment ago. Try again.";

    /// <returns>How many recovery codes are left; null when there is no second factor.</returns>
    public async Task<int?> CodesLeftAsync(string personId)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        return await users.FindByIdAsync(personId) is { TwoFactorEnabled: true } user
            ? await users.CountRecoveryCodesAsync(user)
            : null;
    }

    /// <summary>Makes a key that counts once its first code came (<see cref="AddAsync"/>).</summary>
    /// <exception cref="AccountException">There is a second factor already.</exception>
    public async Task<FactorOffer> OfferAsync(Caller caller)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        var user = await FindAsync(users, caller.Subject);
        if (user.TwoFactorEnabled)
        {
            throw new AccountException("Your account has a second factor. Remove it first.");
        }
        var key = users.GenerateNewAuthenticatorKey();
        // By the store and not the framework's reset, which gives a new stamp: nobody is signed out for having begun.
        await Accounts(scope).SetAuthenticatorKeyAsync(user, key, CancellationToken.None);
        Throw(await users.UpdateAsync(user));
        return Offer(user, key);
    }

    /// <summary>That the password was given for setting it up: without this the key is not shown again.</summary>
    public string Begin(Caller caller) => passed.Of(caller.Subject, SettingUp);

    public bool HasBegun(Caller caller, string begun) => passed.Read(begun) == (caller.Subject, SettingUp);

    /// <summary>The offer that waits for its first code; null when there is none.</summary>
    public async Task<FactorOffer?> OfferedAsync(Caller caller)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        return
            await users.FindByIdAsync(caller.Subject) is { TwoFactorEnabled: false } user
            && await users.GetAuthenticatorKeyAsync(user) is { Length: > 0 } key
            ? Offer(user, key)
            : null;
    }

    /// <summary>
    /// The first code proves that the app has the key: from now on signing in asks for one. Other sessions end, and with the stamp
    /// all tokens and consents that the password alone was enough for.
    /// </summary>
    /// <param name="session">The one that stays, once its browser is given the new stamp (<see cref="SignInDesk.StayAsync"/>).</param>
    /// <returns>The recovery codes, which can't be read again.</returns>
    /// <exception cref="AccountException">The code is not right.</exception>
    public async Task<IReadOnlyList<string>> AddAsync(
        Caller caller,
        string code,
        string? session,
        CancellationToken cancellation
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        var user = await FindAsync(users, caller.Subject);
        if (user.TwoFactorEnabled || await users.GetAuthenticatorKeyAsync(user) is not { Length: > 0 })
        {
            throw new AccountException("There is nothing to confirm. Begin again.");
        }
        if (!await IsCodeAsync(users, user, Plain(code), cancellation))
        {
            throw new AccountException(
                "That is not the code that the app shows now. Wait for the next one; if it is refused too, the phone's clock is wrong."
            );
        }
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "secondFactor.added", Target: user.UserName),
            cancellation
        );
        await Accounts(scope).SetTwoFactorEnabledAsync(user, true, cancellation);
        await Accounts(scope).SetSecurityStampAsync(user, NewStamp(), cancellation);
        var codes = await NewCodesAsync(users, user);
        people.Forget(user.Id);
        await sessions.EndOthersAsync(user.Id, session);
        return codes;
    }

    /// <summary>Gives new recovery codes in place of the old ones.</summary>
    public async Task<IReadOnlyList<string>> RenewCodesAsync(Caller caller, CancellationToken cancellation)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        var user = await FindAsync(users, caller.Subject);
        if (!user.TwoFactorEnabled)
        {
            throw new AccountException("Your account has no second factor.");
        }
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "secondFactor.codesRenewed", Target: user.UserName),
            cancellation
        );
        return await NewCodesAsync(users, user);
    }

    /// <summary>Signing in asks for the password alone from now on. Whose it is has proved that they are who they are.</summary>
    public Task RemoveAsync(Caller caller, CancellationToken cancellation) =>
        TakeAwayAsync(caller.Actor(), caller.Subject, "secondFactor.removed", isLost: false, cancellation);

    /// <summary>Somebody lost their phone: what they had ends with it, and they sign in anew by their password.</summary>
    public async Task ResetAsync(AuditActor by, string personId, CancellationToken cancellation)
    {
        await TakeAwayAsync(by, personId, "secondFactor.reset", isLost: true, cancellation);
        await passkeys.RemoveAllAsync(personId, cancellation);
        await sessions.EndAllAsync(personId);
    }

    /// <summary>Which code of the account's this is now, which it is once. A recovery code is used up by it.</summary>
    /// <param name="users">Of the scope that <paramref name="user"/> was read in.</param>
    public async Task<CodeKind> KindAsync(
        UserManager<AppUser> users,
        AppUser user,
        string given,
        CancellationToken cancellation
    )
    {
        var code = Plain(given);
        if (code.Length is 0 or > LongestCode || !user.TwoFactorEnabled)
        {
            return CodeKind.None;
        }
        if (code.Length == 6)
        {
            return await IsCodeAsync(users, user, code, cancellation) ? CodeKind.App : CodeKind.None;
        }
        // Typed without the dash in the middle, it is the same.
        var recovery = code.Length == 10 ? $"{code[..5]}-{code[5..]}" : code;
        if (!(await users.RedeemTwoFactorRecoveryCodeAsync(user, recovery.ToUpperInvariant())).Succeeded)
        {
            return CodeKind.None;
        }
        await audit.AppendAsync(
            new AuditEntry(
                new AuditActor("person", user.Id, user.DisplayName),
                "secondFactor.recoveryCodeUsed",
                Target: user.UserName,
                Detail: $"{await users.CountRecoveryCodesAsync(user)} are left"
            ),
            cancellation
        );
        return CodeKind.Recovery;
    }

    private async Task<bool> IsCodeAsync(
        UserManager<AppUser> users,
        AppUser user,
        string code,
        CancellationToken cancellation
    ) =>
        code.Length == 6
        && code.All(char.IsAsciiDigit)
        && await users.VerifyTwoFactorTokenAsync(user, TokenOptions.DefaultAuthenticatorProvider, code)
        && await used.UseAsync($"second factor {user.Id} {code}", AppCodes.Good, cancellation);

    /// <param name="isLost">What was begun with it ends too, in the same write: it is all done, or can be done again.</param>
    private async Task TakeAwayAsync(
        AuditActor by,
        string personId,
        string action,
        bool isLost,
        CancellationToken cancellation
    )
    {
        var isTold = false;
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var users = Users(scope);
            var user = await FindAsync(users, personId);
            if (!user.TwoFactorEnabled)
            {
                throw new AccountException($"{user.UserName} has no second factor.");
            }
            if (!isTold)
            {
                await audit.AppendAsync(new AuditEntry(by, action, Target: user.UserName), cancellation);
                isTold = true;
            }
            await Accounts(scope).SetTwoFactorEnabledAsync(user, false, cancellation);
            await Accounts(scope).RemoveSecretsAsync(user, cancellation);
            user.LockoutEnd = null;
            if (isLost)
            {
                await Accounts(scope).SetSecurityStampAsync(user, NewStamp(), cancellation);
            }
            var result = await users.UpdateAsync(user);
            people.Forget(personId);
            if (result.Errors.Any(error => error.Code == nameof(IdentityErrorDescriber.ConcurrencyFailure)))
            {
                // They signed in at the same moment: what that wrote stays, and this is done on top.
                continue;
            }
            Throw(result);
            // They were wrong for a factor that is gone: another one is not held for them.
            await tries.ForgetAsync(Tries.OfCodes(personId), CancellationToken.None);
            return;
        }
    }

    private static string NewStamp() => Convert.ToHexString(RandomNumberGenerator.GetBytes(20));

    private static async Task<IReadOnlyList<string>> NewCodesAsync(UserManager<AppUser> users, AppUser user) =>
        await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCodes) is { } codes
            ? [.. codes]
            : throw new AccountException(Changed);

    private static UserManager<AppUser> Users(IServiceScope scope) =>
        scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();

    private static SealedAccountStore Accounts(IServiceScope scope) =>
        (SealedAccountStore)scope.ServiceProvider.GetRequiredService<IUserStore<AppUser>>();

    private static FactorOffer Offer(AppUser user, string key) =>
        new(
            string.Join(' ', key.ToLowerInvariant().Chunk(4).Select(letters => new string(letters))),
            $"otpauth://totp/{Issuer}:{Uri.EscapeDataString(user.UserName!)}?secret={key}&issuer={Issuer}&digits=6&period=30"
        );

    /// <summary>As it is read off a phone or a sheet: with blanks.</summary>
    private static string Plain(string code) => string.Concat(code.Where(letter => !char.IsWhiteSpace(letter)));

    private static async Task<AppUser> FindAsync(UserManager<AppUser> users, string personId) =>
        await users.FindByIdAsync(personId) ?? throw new UnknownAccountException("There is no such account.");

    private static void Throw(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new AccountException(Changed);
        }
    }
}
