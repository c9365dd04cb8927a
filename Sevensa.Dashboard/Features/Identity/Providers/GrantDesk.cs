using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>What a claim gives can't be given.</summary>
/// <param name="why">For the record: it may name what is none of theirs.</param>
internal sealed class UngivenException(string provider, string why)
    : AccountException(
        $"What {provider} says of you gives access here, but not as it is configured: the record says why. Tell an administrator."
    )
{
    public string Why => why;
}

/// <summary>Gives and takes what a provider's claims say, at each sign-in. What an administrator gave stays theirs to take.</summary>
internal sealed class GrantDesk(
    AccountDesk accounts,
    ExternalPeople external,
    ClaimedAccounts claimed,
    PersonStore people,
    IOptions<Microsoft.AspNetCore.Identity.IdentityOptions> rules
) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1);

    /// <returns>The id of their account; null when they have none, or none that may come in.</returns>
    /// <exception cref="AccountException">What the claims say can't be done.</exception>
    public async Task<string?> AccountOfAsync(
        ExternalPersonRow who,
        ProviderOptions provider,
        ExternalClaims claims,
        CancellationToken cancellation
    )
    {
        if (who is { PersonId: { } own, IsGranted: false })
        {
            return own;
        }
        if (claims.AreCut && provider.Grants.Count > 0)
        {
            // Not that they have none: nothing is given, and nothing taken.
            throw new AccountException(
                $"{provider.Shown(who.Provider)} says that you are in more groups than it names ({provider.GroupsClaim}), so what you may do here is not known. Tell an administrator: it has to send fewer groups, such as those of this program alone, or roles."
            );
        }
        // One at a time: somebody who comes twice at once gets one account.
        await turn.WaitAsync(cancellation);
        try
        {
            who = await external.FindAsync(who.Id, cancellation) ?? who;
            if (claims.GivenBy(provider) is not var (role, custom, tenants, value))
            {
                await TakeAsync(who, provider);
                return who.IsGranted ? null : who.PersonId;
            }
            var why = $"{who.Provider} says {provider.GroupsClaim} = {StoreText.Shorten(value, 100)}";
            if (who.PersonId is not { } id)
            {
                var person = await accounts.CreateGrantedAsync(
                    who.Id,
                    await FreeNameAsync(who, cancellation),
                    new AccountChange(StoreText.Cut(who.Name, AccountDesk.LongestName), role, tenants, custom),
                    why,
                    cancellation
                );
                return person.Id;
            }
            if (who.IsGranted)
            {
                var now = await people.FindAsync(id, cancellation);
                var isOurs = who.SuspendedStamp is { } stamp && now?.SecurityStamp == stamp;
                await accounts.ApplyGrantAsync(
                    id,
                    new AccountChange(now?.DisplayName ?? who.Name, role, tenants, custom),
                    enable: isOurs,
                    why,
                    cancellation
                );
                await claimed.NoteLookAsync(who.Id, cancellation);
            }
            return id;
        }
        catch (LastAdministratorException)
        {
            throw new AccountException(
                $"{provider.Shown(who.Provider)} no longer says that you are an administrator, and you are the last one here. The account stays as it is and is not let in by this: make another administrator first, by recover-admin on the host if need be."
            );
        }
        catch (AccountException exception)
        {
            throw new UngivenException(provider.Shown(who.Provider), exception.Message);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private async Task TakeAsync(ExternalPersonRow who, ProviderOptions provider)
    {
        if (
            who is { PersonId: { } id, IsGranted: true }
            && await accounts.SuspendAsync(
                id,
                $"{who.Provider} no longer says {provider.GroupsClaim} of anything that gives access",
                // Both or neither: what is disabled for this comes back with the claim.
                CancellationToken.None
            )
                is { } stamp
        )
        {
            await claimed.NoteSuspendedAsync(who.Id, stamp, CancellationToken.None);
        }
    }

    private async Task<string> FreeNameAsync(ExternalPersonRow who, CancellationToken cancellation)
    {
        var allowed = rules.Value.User.AllowedUserNameCharacters;
        var name = $"{who.Provider}.{new string([.. who.Name.Where(letter => allowed.Contains(letter))])}";
        name = name.Length > AccountDesk.LongestUserName ? name[..AccountDesk.LongestUserName] : name;
        // Names there are changed and given anew; the account of before is not meant by them.
        return await people.FindByNameAsync(name, cancellation) is null
            ? name
            : $"{name[..Math.Min(name.Length, AccountDesk.LongestUserName - 13)]}-{who.Id[..12]}";
    }
}
