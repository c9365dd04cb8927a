using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

internal enum SignInResult
{
    SignedIn,

    /// <summary>The password is right; a code of the second factor is asked for.</summary>
    CodeNeeded,

    /// <summary>Wrong name, wrong password, disabled: the same answer for all.</summary>
    Refused,
    LockedOut,
    TooMany,

    /// <summary>After so many wrong codes the first step that they came by lets nobody in any more.</summary>
    Ended,
}

/// <summary>Signs people in and out by cookie, in a request of their browser.</summary>
internal sealed class SignInDesk(
    UserManager<AppUser> users,
    SessionStore sessions,
    PersonStore people,
    FailureLimiter failures,
    SecondFactor factor,
    PasswordPassed passed,
    UsedCodes used,
    SignInTries counted,
    AccountDesk accounts,
    ClaimedAccounts claimed,
    SignalDesk signals,
    TravelWatch travel,
    IAuditLog audit,
    TimeProvider time
)
{
    /// <summary>After so many wrong codes on end whoever passes the first step is not the account's owner.</summary>
    private const int MostCodes = 50;

    // Checked when there is nothing else to check.
    private static readonly string NobodysHash = new PasswordHasher<AppUser>().HashPassword(new AppUser(), "nobody");

    public async Task<(SignInResult Result, Person? Person)> SignInAsync(
        HttpContext context,
        string userName,
        string password
    )
    {
        var cancellation = context.RequestAborted;
        var address = context.NetworkOf();
        if (password.Length > AccountDesk.LongestPassword || userName.Length > AccountDesk.LongestUserName)
        {
            // Longer than any that was set: not worth the work of looking.
            failures.Note(address);
            return (SignInResult.Refused, null);
        }
        if (failures.IsOver(address))
        {
            return (SignInResult.TooMany, null);
        }
        var user = await users.FindByNameAsync(userName);
        var tries = await counted.OfPasswordAsync(
            context,
            user?.Id ?? $"nobody {users.NormalizeName(userName)}",
            user?.SecurityStamp,
            cancellation
        );
        // The same work for everybody, so that the time taken tells neither who has an account nor whose is held.
        var isHeld = tries.Any(one => one.IsHeld);
        var set =
            isHeld || user is not { Disabled: false } || !await claimed.LetsInAsync(user.Id, null, cancellation)
                ? null
                : user.PasswordHash;
        var isRight =
            users.PasswordHasher.VerifyHashedPassword(user ?? new AppUser(), set ?? NobodysHash, password)
            != PasswordVerificationResult.Failed;
        if (user is null || set is null || !isRight)
        {
            failures.Note(address);
            await audit.AppendAsync(
                Failed(
                    user,
                    userName,
                    user is null ? "No such account"
                        : isHeld ? "Locked out"
                        : set is null ? "Not usable"
                        : "Wrong password"
                ),
                cancellation
            );
            if (user is not null && !isHeld)
            {
                await counted.RecordAsync(user.UserName!, tries, cancellation);
            }
            return (isHeld || tries.Any(one => one.IsLast) ? SignInResult.LockedOut : SignInResult.Refused, null);
        }
        await counted.ForgetAsync(tries, cancellation);
        if (user.TwoFactorEnabled && user.LockoutEnd > time.GetUtcNow())
        {
            // No code is looked at now: who is let on to that page would type them for nothing.
            await audit.AppendAsync(Failed(user, userName, "Locked out"), cancellation);
            return (SignInResult.LockedOut, null);
        }
        return user.TwoFactorEnabled
            ? (SignInResult.CodeNeeded, await people.FindAsync(user.Id, cancellation))
            : (SignInResult.SignedIn, await EnterAsync(context, user.Id));
    }

    /// <summary>Whether they signed out there while the code was asked for here.</summary>
    private async Task<bool> HasLeftAsync(Vouched by, string ticket, CancellationToken cancellation) =>
        (by.Session is { } there && await used.IsUsedAsync(ExternalSession.Left(there), cancellation))
        || (
            await used.UntilAsync(ExternalSession.LeftAll(by.Link), cancellation) is { } until
            // Whoever came in anew since is meant by none of it.
            && passed.GivenAt(ticket) <= until - ExternalSession.Remembered
        );

    /// <summary>The second step of signing in: a code of the app, or a recovery code.</summary>
    /// <param name="ticket">Of <see cref="PasswordPassed"/>: that the first step was right a moment ago.</param>
    /// <param name="by">Who vouches for them, where the first step was made there; null for a password.</param>
    public async Task<(SignInResult Result, Person? Person)> SignInByCodeAsync(
        HttpContext context,
        string ticket,
        string code,
        Vouched? by = null
    )
    {
        var cancellation = context.RequestAborted;
        var address = context.NetworkOf();
        if (failures.IsOver(address))
        {
            return (SignInResult.TooMany, null);
        }
        if (
            passed.Read(ticket) is not { } proof
            || await users.FindByIdAsync(proof.PersonId) is not { Disabled: false, TwoFactorEnabled: true } user
            || user.SecurityStamp != proof.Stamp
            || !await claimed.LetsInAsync(user.Id, by?.Link, cancellation)
            || (by is not null && await HasLeftAsync(by, ticket, cancellation))
        )
        {
            failures.Note(address);
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("person", passed.Read(ticket)?.PersonId ?? "unknown", "Unknown"),
                    "signin.failed",
                    Target: "(a second step)",
                    Outcome: AuditOutcome.Refused,
                    Detail: "The first step was made too long ago or not at all, or the account was changed since"
                ),
                cancellation
            );
            return (SignInResult.Refused, null);
        }
        var tries = await counted.OfCodeAsync(user.Id, cancellation);
        var mine = tries[0];
        var kind = mine.IsHeld ? CodeKind.None : await factor.KindAsync(users, user, code, cancellation);
        if (kind != CodeKind.None)
        {
            var first = by is null ? SignInMethods.Password : SignInMethods.Provider;
            await counted.ForgetAsync(tries, cancellation);
            if (user.LockoutEnd is not null)
            {
                await people.NoteHoldAsync(user.Id, null, cancellation);
            }
            return (
                SignInResult.SignedIn,
                await EnterAsync(
                    context,
                    user.Id,
                    // A code from a sheet is no one-time password of an app.
                    kind == CodeKind.App
                        ? $"{first} otp mfa"
                        : $"{first} mfa",
                    // The code was given here, now.
                    by is null
                        ? null
                        : by with
                        {
                            ProvedAt = time.GetUtcNow(),
                            IsAnew = true,
                        }
                )
            );
        }
        failures.Note(address);
        await audit.AppendAsync(Failed(user, user.UserName!, mine.IsHeld ? "Locked out" : "Wrong code"), cancellation);
        if (mine.IsLast)
        {
            await people.NoteHoldAsync(user.Id, time.GetUtcNow() + mine.Rule.HoldAfter(mine.Number), cancellation);
            await counted.RecordAsync(user.UserName!, tries, cancellation);
            if (mine.Number >= MostCodes && by is not null)
            {
                return (
                    await accounts.EndLinkAsync(user.Id, by, mine.Number, cancellation)
                        ? SignInResult.Ended
                        : SignInResult.LockedOut,
                    null
                );
            }
            if (mine.Number >= MostCodes)
            {
                await accounts.EndPasswordAsync(user.Id, mine.Number, cancellation);
            }
        }
        return (mine.IsHeld || mine.IsLast ? SignInResult.LockedOut : SignInResult.CodeNeeded, null);
    }

    /// <summary>Opens a session for a person who proved who they are (password, one-time link, code).</summary>
    /// <param name="by">Who else vouches for them; null for what they proved here, just now.</param>
    /// <exception cref="AccountException">What a claim gave lets in by that claim's provider alone.</exception>
    public async Task<Person> EnterAsync(
        HttpContext context,
        string personId,
        string methods = SignInMethods.Password,
        Vouched? by = null
    )
    {
        var cancellation = context.RequestAborted;
        if (!await claimed.LetsInAsync(personId, by?.Link, cancellation))
        {
            throw new AccountException(ClaimedAccounts.NoOtherWay);
        }
        var former = context.User.FindFirstValue(CallerPrincipal.Session);
        var goesOn = former is not null && context.User.FindFirstValue(CallerClaims.Subject) == personId;
        var before = await people.FindAsync(personId, cancellation);
        var isProof = by is null or { IsAnew: true };
        // Who proves in it that it is them need not be looked at; who does not is, in case it has ended by then.
        var odd =
            before is null || (goesOn && isProof)
                ? []
                : await signals.LookAsync(before, await KnowsAsync(context, before, cancellation), cancellation);
        await people.NoteSignInAsync(personId, cancellation);
        var person = (await people.FindAsync(personId, cancellation))!;
        await audit.AppendAsync(
            new AuditEntry(
                person.ToCaller().Actor(),
                "signin.succeeded",
                Target: person.UserName,
                Detail: methods == SignInMethods.Password ? null
                    : by is null ? methods
                    : $"{methods} by {by.Provider}"
            ),
            cancellation
        );
        if (former is not null && !goesOn)
        {
            // This browser forgets it, so nobody holds it any more.
            await sessions.EndAsync(former);
        }
        var session = await sessions.AddAsync(
            person.Id,
            context.Connection.RemoteIpAddress?.ToString(),
            context.Request.Headers.UserAgent,
            methods,
            by is null ? time.GetUtcNow() : by.ProvedAt,
            by,
            goesOn ? former : null,
            cancellation
        );
        // One that ended meanwhile does not go on, and neither does what is known of it.
        var stays = goesOn && SessionStore.RootOf(session) == SessionStore.RootOf(former!);
        foreach (var one in stays ? [] : odd)
        {
            await signals.RaiseAsync(person.ToCaller().Actor(), session, one, cancellation);
        }
        if (!stays && !isProof && await signals.LeftBehindAsync(person.Id, cancellation) is { } left)
        {
            await signals.RaiseAsync(person.ToCaller().Actor(), session, left, cancellation);
        }
        if (!stays || !isProof)
        {
            await travel.SeenAsync(person.ToCaller(), session, context.Connection.RemoteIpAddress, cancellation);
        }
        // That they are still signed in at a provider proves nothing; that they signed in there anew does.
        else
        {
            var how = by is null ? "signing in again" : $"signing in anew by {by.Provider}";
            await signals.LiftAsync(person.ToCaller().Actor(), former!, how, cancellation);
        }
        var isProved = isProof && methods.Contains(SignInMethods.Twice, StringComparison.Ordinal);
        await RememberAsync(context, person, session, isProved, cancellation);
        await SignInAsync(context, person, session);
        return person;
    }

    /// <summary>Whether a browser is this person's by more than that somebody signed in in it: that would wash a doubt off.</summary>
    private async Task<bool> KnowsAsync(HttpContext context, Person person, CancellationToken cancellation) =>
        counted.Browser(context, person) is { } browser
        && (browser.Trial is not { } trial || await signals.IsProvedAsync(trial, cancellation));

    private async Task RememberAsync(
        HttpContext context,
        Person person,
        string session,
        bool isProved,
        CancellationToken cancellation
    )
    {
        var isOnTrial = !isProved && await signals.IsOpenAsync(session, SignalKinds.NewDevice, cancellation);
        counted.Remember(context, person, isOnTrial ? SessionStore.RootOf(session) : null);
    }

    /// <summary>Keeps this browser signed in after what its person did here changed their stamp.</summary>
    public async Task StayAsync(HttpContext context)
    {
        if (
            Caller.From(context.User) is { Session: { } session } caller
            && await people.FindAsync(caller.Subject, context.RequestAborted) is { } person
        )
        {
            await RememberAsync(context, person, session, isProved: false, context.RequestAborted);
            await SignInAsync(context, person, session);
        }
    }

    public async Task SignOutAsync(HttpContext context)
    {
        if (
            context.User.FindFirstValue(CallerPrincipal.Session) is { } session
            && Caller.From(context.User) is { } caller
        )
        {
            await sessions.EndAsync(session);
            await audit.AppendAsync(new AuditEntry(caller.Actor(), "signout"), CancellationToken.None);
        }
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    private static async Task SignInAsync(HttpContext context, Person person, string session)
    {
        var principal = CallerPrincipal.OfSession(person, session);
        await context.SignInAsync(
            IdentityConstants.ApplicationScheme,
            principal,
            new AuthenticationProperties { IsPersistent = false }
        );
        if (context.Features.Get<CallerRight>() is { } right)
        {
            right.SignedInAnew = principal;
        }
    }

    private static AuditEntry Failed(AppUser? user, string userName, string why) =>
        new(
            user is null
                ? new AuditActor("person", "unknown", "Unknown")
                : new AuditActor("person", user.Id, user.DisplayName),
            "signin.failed",
            // People type passwords into the name field: an unknown name is not recorded.
            Target: user?.UserName ?? $"(a name of {userName.Length} characters)",
            Outcome: AuditOutcome.Refused,
            Detail: why
        );
}
