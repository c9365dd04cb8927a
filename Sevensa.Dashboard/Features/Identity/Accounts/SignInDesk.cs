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
    IAuditLog audit,
    TimeProvider time
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
        if (await users.IsLockedOutAsync(user))
        {
            failures.Note(address);
            await audit.AppendAsync(Failed(user, userName, "Locked out"), cancellation);
            return (SignInResult.LockedOut, null);
        }
        if (!await users.CheckPasswordAsync(user, password))
        {
            failures.Note(address);
            await users.AccessFailedAsync(user);
            var locked = await users.IsLockedOutAsync(user);
            await audit.AppendAsync(Failed(user, userName, "Wrong password"), cancellation);
            if (locked)
            {
                await audit.AppendAsync(
                    new AuditEntry(
                        AuditActor.System,
                        "signin.lockout",
                        Target: user.UserName,
                        Detail: $"Locked until {user.LockoutEnd:u} after {users.Options.Lockout.MaxFailedAccessAttempts} wrong passwords"
                    ),
                    cancellation
                );
            }
            return (locked ? SignInResult.LockedOut : SignInResult.Refused, null);
        }
        await users.ResetAccessFailedCountAsync(user);
        return (SignInResult.SignedIn, await EnterAsync(context, user.Id));
    }

    /// <summary>Opens a session for a person who proved who they are (password, one-time link).</summary>
    public async Task<Person> EnterAsync(HttpContext context, string personId)
    {
        var cancellation = context.RequestAborted;
        var user = (await users.FindByIdAsync(personId))!;
        user.LastSignInAt = time.GetUtcNow();
        await users.UpdateAsync(user);
        people.Forget(user.Id);
        var person = (await people.FindAsync(user.Id, cancellation))!;
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
