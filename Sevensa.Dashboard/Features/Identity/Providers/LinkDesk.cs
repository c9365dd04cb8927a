using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>
/// Links an account to what a provider knows of the same person. Both are proved: the account by password or code here, the other
/// by signing in there, in one browser and within minutes. Addresses and names that are alike prove nothing.
/// </summary>
internal sealed class LinkDesk(
    StepUp stepUp,
    PasswordPassed passed,
    AccountDesk accounts,
    ExternalPeople external,
    ClaimedAccounts claimed,
    PersonStore people,
    PasskeyStore passkeys,
    SessionStore sessions,
    IAuditLog audit,
    TimeProvider time
)
{
    private const string TooLong =
        "Linking took longer than five minutes, or you are signed in here as somebody else meanwhile. Begin again under Your account.";

    /// <returns>What to show when the person comes back from there.</returns>
    /// <exception cref="ForbiddenException">The password or code is wrong.</exception>
    /// <exception cref="AccountException">A claim gave the account.</exception>
    public async Task<string> BeginAsync(Caller by, string provider, string given, CancellationToken cancellation)
    {
        await RequireOpenAsync(by, cancellation);
        await stepUp.AssureAsync(by, given, $"provider.link {provider}", cancellation);
        return passed.Of(by.Subject, For(by, provider));
    }

    /// <summary>Whether somebody is about to link what this provider knows.</summary>
    public bool HasBegun(Caller? by, string ticket, string provider) =>
        by is not null && passed.Read(ticket) == (by.Subject, For(by, provider));

    /// <returns>Whose account it is to be linked to; null when it is linked.</returns>
    /// <exception cref="AccountException">Says why it can't be linked.</exception>
    public async Task<Caller?> MayLinkAsync(
        Caller? by,
        string ticket,
        ExternalPersonRow who,
        CancellationToken cancellation
    )
    {
        if (by is null || !HasBegun(by, ticket, who.Provider))
        {
            throw new AccountException(TooLong);
        }
        if (who.PersonId == by.Subject)
        {
            return null;
        }
        if (who.PersonId is not null)
        {
            throw new AccountException(
                $"{who.Name} has another account here. It is unlinked there first, under Your account."
            );
        }
        await RequireOpenAsync(by, cancellation);
        return by;
    }

    /// <exception cref="AccountException">Says why not.</exception>
    public async Task LinkAsync(Caller? by, string ticket, ExternalPersonRow who, CancellationToken cancellation)
    {
        if (await MayLinkAsync(by, ticket, who, cancellation) is not { } mine)
        {
            return;
        }
        await audit.AppendAsync(
            new AuditEntry(
                mine.Actor(),
                "provider.linked",
                Target: mine.Subject,
                Detail: $"{who.Provider}: {who.Name}"
            ),
            cancellation
        );
        if (!await external.LinkAsync(who.Id, mine.Subject, CancellationToken.None))
        {
            throw new AccountException("Somebody gave them an account a moment ago, or removed them. Try again.");
        }
    }

    /// <summary>
    /// Whoever has that account there may have signed in by it, and let programs in: all of that ends, but for the session that this
    /// is done in, once its browser is told (<see cref="SignInDesk.StayAsync"/>).
    /// </summary>
    /// <exception cref="AccountException">It is the only way in, or not theirs.</exception>
    public async Task UnlinkAsync(Caller by, string id, string given, CancellationToken cancellation)
    {
        var mine = await external.OfAsync(by.Subject, cancellation);
        var who =
            mine.FirstOrDefault(row => row.Id == id) ?? throw new UnknownAccountException("There is no such link.");
        if (who.IsGranted)
        {
            throw new AccountException(
                $"Your account is there because {who.Provider} says so, and goes when it no longer does. There is nothing to unlink."
            );
        }
        await stepUp.AssureAsync(by, given, $"provider.unlink {who.Provider}", cancellation);
        if (
            mine.Count == 1
            && await people.FindAsync(by.Subject, cancellation) is { HasPassword: false }
            && (await passkeys.CountAsync([by.Subject], cancellation)).Count == 0
        )
        {
            throw new AccountException(
                "It is the only way into your account. Make a passkey, or have an administrator give you a link for a password, first."
            );
        }
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), "provider.unlinked", Target: by.Subject, Detail: $"{who.Provider}: {who.Name}"),
            cancellation
        );
        await external.UnlinkAsync(id, by.Subject, cancellation);
        await accounts.EndGivenAsync(by.Subject);
        await sessions.EndOthersAsync(by.Subject, by.Session);
    }

    /// <summary>By whom somebody without a password here proves anew who they are; none for whoever has one.</summary>
    public async Task<IReadOnlyList<string>> ProvidersAsync(Caller by, CancellationToken cancellation) =>
        await people.FindAsync(by.Subject, cancellation) is { HasPassword: false }
            ? [.. (await external.OfAsync(by.Subject, cancellation)).Select(row => row.Provider).Distinct()]
            : [];

    /// <summary>
    /// Whether somebody without a password here proved at a provider a moment ago who they are, which stands for it. That they came
    /// by it a moment ago is no proof: whoever is signed in there is let in without being asked anything. In a session in doubt the
    /// way in is no proof either, which would make a lasting one of it: they sign in there anew, which ends the doubt.
    /// </summary>
    public async Task<bool> HasJustArrivedAsync(Caller by, CancellationToken cancellation) =>
        by.Session is { } session
        && await people.FindAsync(by.Subject, cancellation) is { HasPassword: false }
        && await sessions.ProofAsync(session, cancellation) is { } proof
        && proof.Methods.StartsWith(SignInMethods.Provider, StringComparison.Ordinal)
        && time.GetUtcNow() - proof.At < PasswordPassed.Patience
        && await stepUp.DoubtAsync(by, cancellation) is null;

    private async Task RequireOpenAsync(Caller by, CancellationToken cancellation)
    {
        if (!await claimed.LetsInAsync(by.Subject, null, cancellation))
        {
            throw new AccountException(ClaimedAccounts.NoOtherWay);
        }
    }

    private static string For(Caller by, string provider) => $"linking {provider} in {by.Session}";
}
