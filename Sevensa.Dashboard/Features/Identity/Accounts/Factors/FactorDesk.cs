using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Factors;

/// <summary>What administrators do about second factors of others.</summary>
internal sealed class FactorDesk(SecondFactor factor, PersonStore people, IStepUp stepUp)
{
    /// <summary>What a proof for <see cref="ResetAsync"/> is for, before the id of the person.</summary>
    public const string Deed = "secondFactor.reset";

    /// <summary>Takes somebody's second factor away who lost it, and ends their sessions.</summary>
    /// <param name="proof">That this administrator proved anew who they are, for <see cref="Deed"/> of this person.</param>
    public async Task ResetAsync(Caller by, string id, string? proof, CancellationToken cancellation)
    {
        if (!by.IsAdmin)
        {
            throw new ForbiddenException("Accounts are for administrators.");
        }
        people.Forget(id);
        if (await people.FindAsync(id, cancellation) is not { } person)
        {
            throw new UnknownAccountException("There is no such account.");
        }
        if (!person.HasSecondFactor)
        {
            throw new AccountException($"{person.UserName} has no second factor.");
        }
        if (proof is null || !await stepUp.RedeemAsync(by, proof, $"{Deed} {id}", cancellation))
        {
            throw new ForbiddenException(
                "Prove first that it is you: give your password or a code again, for this deed alone (POST /api/v1/step-ups).",
                StepUp.Code
            );
        }
        await factor.ResetAsync(by.Actor(), id, cancellation);
    }
}
