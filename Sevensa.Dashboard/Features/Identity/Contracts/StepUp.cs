namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>
/// Proves again that the person is who signed in, for one deed that must not rest on an open session or a token alone.
/// The same for browsers and for tokens that act for a person.
/// </summary>
public interface IStepUp
{
    /// <summary>
    /// Checks what a person gives again and makes a proof for one deed: good once, for a few minutes, for this person only.
    /// </summary>
    /// <param name="given">A code of the second factor where the account has one, else the password; or what a passkey gave, for either.</param>
    /// <param name="deed">What it is for; the proof serves nothing else.</param>
    /// <exception cref="ForbiddenException">With the code <c>stepUpRequired</c>: it is wrong, or there is none.</exception>
    Task<StepUpProof> ProveAsync(Caller caller, string given, string deed, CancellationToken cancellation);

    /// <summary>
    /// Why this session has to prove first that it is its person's, before it approves, gives access or touches a secret; null when it
    /// has not. Proving whatever deed ends the doubt.
    /// </summary>
    ValueTask<string?> DoubtAsync(Caller caller, CancellationToken cancellation) => new((string?)null);

    /// <summary>Writes down that a session in doubt tried something, once it is refused; it counts like other refusals.</summary>
    /// <param name="deed">What was tried, such as <c>receiver.add</c>.</param>
    /// <returns>Whether it is in the record now.</returns>
    Task<bool> NoteDoubtedAsync(Caller caller, string deed, string why, CancellationToken cancellation) =>
        Task.FromResult(false);

    /// <summary>Whether the person has a passkey, which stands in for password and code.</summary>
    ValueTask<bool> TakesPasskeyAsync(Caller caller, CancellationToken cancellation) => new(false);

    /// <summary>Uses a proof up. False when it is not one of this person for this deed, was used, or is too old.</summary>
    Task<bool> RedeemAsync(Caller caller, string proof, string deed, CancellationToken cancellation);
}

/// <summary>
/// What a session in doubt waits with: whatever approves, gives access or a credential, or shows something to more people. Ending,
/// revoking, pausing and rejecting ask for nothing here.
/// </summary>
public static class StepUpDoor
{
    /// <summary>Of a refusal that ends once the person has proved that it is them.</summary>
    public const string Code = "stepUpRequired";

    /// <summary>How the words begin that refuse something to a session in doubt.</summary>
    public const string Beginning = "This session is in doubt.";

    /// <param name="deed">What is wanted, as the record names it when it is refused: <c>receiver.add</c>.</param>
    /// <exception cref="ForbiddenException">The session has to prove first that it is its person's.</exception>
    public static async Task RequireClearAsync(
        this IStepUp stepUp,
        Caller by,
        string deed,
        CancellationToken cancellation
    )
    {
        if (await stepUp.DoubtAsync(by, cancellation) is { } why)
        {
            throw new ForbiddenException(why, Code)
            {
                IsRecorded = await stepUp.NoteDoubtedAsync(by, deed, why, cancellation),
            };
        }
    }

    /// <summary>Whether these are such words, beside which a page shows where one proves it.</summary>
    public static bool IsDoubt(string? words) => words?.StartsWith(Beginning, StringComparison.Ordinal) == true;
}

/// <param name="Proof">Shown once; the store keeps a hash.</param>
public sealed record StepUpProof(string Proof, DateTimeOffset ExpiresAt);

/// <summary>People by the subject that a <see cref="Caller"/> carries.</summary>
public interface IPeople
{
    /// <summary>Null for a program that acts for nobody, and for somebody who is not there any more.</summary>
    ValueTask<string?> UserNameAsync(string subject, CancellationToken cancellation);

    /// <summary>
    /// The person with the role and tenants of now, and all that they allow. Null for a program that acts for nobody, and when
    /// the account is gone or disabled. It tells who somebody is: what is done in their name asks <see cref="ICallersToday"/>,
    /// to which an account that a claim gave and nobody looked at for long opens nothing.
    /// </summary>
    ValueTask<Caller?> NowAsync(string subject, CancellationToken cancellation);

    /// <summary>Staff who may see a tenant now, as <see cref="NowAsync"/> tells them, by name.</summary>
    ValueTask<IReadOnlyList<Caller>> WhoSeeAsync(string tenant, CancellationToken cancellation) =>
        new((IReadOnlyList<Caller>)[]);
}
