using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>
/// What gives power to somebody takes the password or a code again when it is done on a page: an open session may be a stolen
/// cookie, or a screen that was left. A program shows a token that was given for just that, and is asked for nothing more.
/// </summary>
internal sealed class PageProof(StepUp stepUp)
{
    /// <summary>For what shuts others out and asks for nothing else: a session in doubt does not do it either.</summary>
    /// <exception cref="ForbiddenException">The session has to prove first that it is its person's.</exception>
    public Task RequireClearAsync(Caller by, string deed, CancellationToken cancellation) =>
        stepUp.RequireClearAsync(by, deed, cancellation);

    /// <param name="given">The password, or a code where there is a second factor; not looked at for programs.</param>
    /// <param name="deed">As it stands in the record.</param>
    /// <exception cref="ForbiddenException">It is wrong, or there is none.</exception>
    public async Task RequireAsync(Caller by, string deed, string? given, CancellationToken cancellation)
    {
        if (by.Client is not null)
        {
            return;
        }
        if (string.IsNullOrEmpty(given))
        {
            throw new ForbiddenException(
                "Prove first that it is you: give your password again, or a code where you have a second factor.",
                StepUp.Code
            );
        }
        await stepUp.AssureAsync(by, given, deed, cancellation);
    }

    /// <summary>Uses up a proof that was made for just this (<c>POST /api/v1/step-ups</c>): for programs, where their token alone is not enough.</summary>
    /// <exception cref="ForbiddenException">There is none, or it is for something else, used, or too old.</exception>
    public async Task RedeemAsync(Caller by, string deed, string? proof, CancellationToken cancellation)
    {
        if (proof is null || !await stepUp.RedeemAsync(by, proof, deed, cancellation))
        {
            throw new ForbiddenException(
                "Prove first that it is you: give your password or a code again, for this deed alone (POST /api/v1/step-ups).",
                StepUp.Code
            );
        }
    }
}
