using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;

/// <summary>
/// A passkey in place of a password or code, for whoever is signed in and is to prove that it is them. What the browser is asked is
/// bound to this person and session; what comes of it stands in for a password once, there alone, for two minutes.
/// </summary>
internal sealed class PasskeyProof(
    IPasskeyHandler<AppUser> handler,
    UserManager<AppUser> users,
    PasskeyStates states,
    ClaimedAccounts claimed,
    FailureLimiter failures,
    StepUp stepUp,
    IAuditLog audit
)
{
    private const string None =
        "Your account has no passkey here. Make one under Your account, or give your password or a code.";

    /// <summary>Asks the browser for one of the person's own.</summary>
    /// <exception cref="AccountException">They have none.</exception>
    public async Task<PasskeyQuestion> AskAsync(HttpContext context, Caller caller)
    {
        if (
            !caller.IsPerson
            || await users.FindByIdAsync(caller.Subject) is not { Disabled: false } user
            || (await users.GetPasskeysAsync(user)).Count == 0
        )
        {
            throw new AccountException(None);
        }
        var made = await handler.MakeRequestOptionsAsync(user, context);
        return new PasskeyQuestion(made.RequestOptionsJson, states.Seal(Asked(caller), made.AssertionState ?? ""));
    }

    /// <summary>What stands in for the password, once.</summary>
    /// <exception cref="ForbiddenException">It is nobody's, another person's, or an answer to something else.</exception>
    public async Task<StepUpProof> AnswerAsync(HttpContext context, Caller caller, string? state, string? answer)
    {
        var cancellation = context.RequestAborted;
        var address = context.NetworkOf();
        if (failures.IsOver(address))
        {
            throw new ForbiddenException("Too many failed attempts from this address. Wait a minute.", StepUp.Code);
        }
        if (
            answer is not { Length: > 0 and <= PasskeyDesk.LongestAnswer }
            || await states.UseAsync(Asked(caller), state, cancellation) is not { } asked
        )
        {
            throw await RefusedAsync(
                "What the passkey was asked is too old, was answered before, or was asked in another session. Try again."
            );
        }
        var result = await handler.PerformAssertionAsync(
            new PasskeyAssertionContext
            {
                HttpContext = context,
                CredentialJson = answer,
                AssertionState = asked,
            }
        );
        if (
            !result.Succeeded
            || result.User is not { Disabled: false } user
            || user.Id != caller.Subject
            || !await claimed.LetsInAsync(user.Id, null, cancellation)
        )
        {
            throw await RefusedAsync("That is no passkey of your account.");
        }
        // The count of its uses, by which a copy is found out.
        if (!(await users.AddOrUpdatePasskeyAsync(user, result.Passkey)).Succeeded)
        {
            throw new AccountException("The account was changed a moment ago. Try again.");
        }
        return await stepUp.OfPasskeyAsync(caller, cancellation);

        async Task<ForbiddenException> RefusedAsync(string why)
        {
            failures.Note(address);
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "stepUp.failed",
                    Target: "passkey",
                    Outcome: AuditOutcome.Refused,
                    Detail: why
                ),
                cancellation
            );
            return new ForbiddenException(why, StepUp.Code) { IsRecorded = true };
        }
    }

    private static string Asked(Caller caller) => $"proof {caller.Subject} {StepUp.PlaceOf(caller)}";
}
