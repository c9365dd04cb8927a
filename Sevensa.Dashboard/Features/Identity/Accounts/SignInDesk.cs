using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

internal enum SignInResult
{
    SignedIn,

    /// <summary>Wrong name, wrong password, disabled: the same answer for all.</summary>
    Refused,
    LockedOut,
    TooMany,
}

/// <summary>Signs people in and out by cookie, in a request of their browser.</summary>
internal sealed class SignInDesk(
    UserManager<AppUser> users,
    SessionStore sessions,
    PersonStore people,
    FailureLimiter failures,
    IAuditLog audit
)
{
    // Checked when there is no such account, so that the time taken tells nothing.
    private static readonly string NobodysHash = new PasswordHasher<AppUser>().HashPassword(new AppUser(), "nobody");

    public async Task<(SignInResult Result, Person? Person)> SignInAsync(
        HttpContext context,
        string userName,
        string password
    )
    {
        var cancellation = context.RequestAborted;
        var address = context.Connection.RemoteIpAddress?.ToString();
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
        if (user is null || user.Disabled || user.PasswordHash is null)
        {
            users.PasswordHasher.VerifyHashedPassword(user ?? new AppUser(), NobodysHash, password);
            failures.Note(address);
            await audit.AppendAsync(
                Failed(user, userName, user is null ? "No such account" : "Not usable"),
                cancellation
            );
            return (SignInResult.Refused, null);
        }
        var lockout = users.Options.Lockout;
        var attempt = await people.BeginAttemptAsync(
            user.Id,
            lockout.MaxFailedAccessAttempts,
            lockout.DefaultLockoutTimeSpan,
            cancellation
        );
        if (attempt != Attempt.Begun)
        {
            failures.Note(address);
            await audit.AppendAsync(Failed(user, userName, "Locked out"), cancellation);
            if (attempt == Attempt.HeldNow)
            {
                await RecordHoldAsync(user, cancellation);
            }
            return (SignInResult.LockedOut, null);
        }
        if (
            users.PasswordHasher.VerifyHashedPassword(user, user.PasswordHash, password)
            == PasswordVerificationResult.Failed
        )
        {
            failures.Note(address);
            var held = await people.FailAttemptAsync(
                user.Id,
                lockout.MaxFailedAccessAttempts,
                lockout.DefaultLockoutTimeSpan,
                cancellation
            );
            await audit.AppendAsync(Failed(user, userName, "Wrong password"), cancellation);
            if (held)
            {
                await RecordHoldAsync(user, cancellation);
            }
            return (held ? SignInResult.LockedOut : SignInResult.Refused, null);
        }
        await people.PassAttemptAsync(user.Id, cancellation);
        return (SignInResult.SignedIn, await EnterAsync(context, user.Id));
    }

    /// <summary>Opens a session for a person who proved who they are (password, one-time link).</summary>
    public async Task<Person> EnterAsync(HttpContext context, string personId)
    {
        var cancellation = context.RequestAborted;
        await people.NoteSignInAsync(personId, cancellation);
        var person = (await people.FindAsync(personId, cancellation))!;
        await audit.AppendAsync(
            new AuditEntry(person.ToCaller().Actor(), "signin.succeeded", Target: person.UserName),
            cancellation
        );
        var session = await sessions.AddAsync(
            person.Id,
            context.Connection.RemoteIpAddress?.ToString(),
            context.Request.Headers.UserAgent,
            cancellation
        );
        await context.SignInAsync(
            IdentityConstants.ApplicationScheme,
            CallerPrincipal.OfSession(person, session),
            new AuthenticationProperties { IsPersistent = false }
        );
        return person;
    }

    public async Task SignOutAsync(HttpContext context)
    {
        if (
            context.User.FindFirstValue(CallerPrincipal.Session) is { } session
            && Caller.From(context.User) is { } caller
        )
        {
            await sessions.EndAsync(session, context.RequestAborted);
            await audit.AppendAsync(new AuditEntry(caller.Actor(), "signout"), context.RequestAborted);
        }
        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    private Task RecordHoldAsync(AppUser user, CancellationToken cancellation) =>
        audit.AppendAsync(HoldRecord.Of(user, users.Options.Lockout), cancellation);

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
