using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>Accounts that people have by a provider: given by an administrator, or by a claim that gives and takes role and tenants.</summary>
internal sealed partial class AccountDesk
{
    /// <summary>Who gets an account that is made.</summary>
    /// <param name="Link">The row by which their provider knows them.</param>
    private sealed record Whose(string Link, bool IsGranted);

    /// <summary>An administrator makes an account for somebody who waits. They need no link for a password.</summary>
    public Task<Person> CreateForAsync(
        Caller by,
        string link,
        string userName,
        AccountChange account,
        string? given,
        CancellationToken cancellation
    ) => CreateAsync(by, userName, account, given, new Whose(link, IsGranted: false), cancellation);

    /// <param name="link">Who gets it: the row by which their provider knows them.</param>
    /// <param name="why">For the record: which claim gave it.</param>
    public async Task<Person> CreateGrantedAsync(
        string link,
        string userName,
        AccountChange account,
        string why,
        CancellationToken cancellation
    )
    {
        if (await people.FindByNameAsync(userName, cancellation) is not null)
        {
            throw new AccountException($"There is already an account named {userName}.");
        }
        await CheckAsync(account, cancellation);
        await audit.AppendAsync(
            new AuditEntry(AuditActor.System, "person.created", Target: userName, Detail: why, After: Shown(account)),
            cancellation
        );
        return await AddAsync(userName, account, null, cancellation, new Whose(link, IsGranted: true));
    }

    /// <summary>Gives an account what the claim says now, no more and no less.</summary>
    /// <param name="enable">It was disabled for want of the claim, and nobody has touched it since.</param>
    /// <exception cref="AccountException">It is the last administrator's, or names a tenant that does not exist.</exception>
    public async Task ApplyGrantAsync(
        string id,
        AccountChange account,
        bool enable,
        string why,
        CancellationToken cancellation
    )
    {
        var person = await FindAsync(id, cancellation);
        await CheckAsync(account, cancellation);
        enable &= person.Disabled;
        if (
            !enable
            && person.Role == account.Role
            && person.Custom?.Id == account.CustomRole
            && person.Tenants.ToHashSet().SetEquals(account.Tenants)
        )
        {
            return;
        }
        if (person.Role == Role.Admin && account.Role != Role.Admin)
        {
            await KeepAnAdminAsync(person, cancellation);
        }
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                enable ? "person.enabled" : "person.changed",
                Target: person.UserName,
                Detail: why,
                Before: Shown(AccountChange.Of(person)),
                After: Shown(account)
            ),
            cancellation
        );
        await UpdateAsync(
            id,
            user =>
            {
                user.Role = account.Role;
                user.CustomRoleId = account.CustomRole;
                user.Tenants = [.. account.Tenants];
                user.Disabled = user.Disabled && !enable;
            }
        );
        await StillAnAdminAsync(AuditActor.System, person, "person.changed", cancellation);
    }

    /// <summary>The claim is gone: the account lets nobody in, and what was given for it ends.</summary>
    /// <returns>Its stamp since; null when it was disabled before.</returns>
    /// <exception cref="AccountException">It is the last administrator's.</exception>
    public async Task<string?> SuspendAsync(string id, string why, CancellationToken cancellation)
    {
        var person = await FindAsync(id, cancellation);
        if (person.Disabled)
        {
            return null;
        }
        await KeepAnAdminAsync(person, cancellation);
        await audit.AppendAsync(
            new AuditEntry(AuditActor.System, "person.disabled", Target: person.UserName, Detail: why),
            cancellation
        );
        await UpdateAsync(id, user => user.Disabled = true);
        await StillAnAdminAsync(AuditActor.System, person, "person.disabled", cancellation);
        await sessions.EndAllAsync(id);
        return (await FindAsync(id, cancellation)).SecurityStamp;
    }

    /// <summary>Whom a provider lets come guesses at the codes: by that link nobody comes in any more.</summary>
    /// <returns>False when it has to stay, since it is the last administrator's.</returns>
    public async Task<bool> EndLinkAsync(string id, Vouched by, int tries, CancellationToken cancellation)
    {
        var person = await FindAsync(id, cancellation);
        var why = $"After {tries} wrong codes on end somebody else is signed in at {by.Provider} as them.";
        if (await claimed.LetsInAsync(id, null, cancellation))
        {
            await audit.AppendAsync(
                new AuditEntry(
                    AuditActor.System,
                    "provider.unlinked",
                    Target: person.UserName,
                    Detail: $"{why} They link it again themselves, or need a link for a password."
                ),
                cancellation
            );
            await external.UnlinkAsync(by.Link, id, cancellation);
            await EndGivenAsync(id);
            await sessions.EndAllAsync(id);
            return true;
        }
        try
        {
            await KeepAnAdminAsync(person, cancellation);
            await audit.AppendAsync(
                new AuditEntry(
                    AuditActor.System,
                    "person.disabled",
                    Target: person.UserName,
                    Detail: $"{why} Enable the account once that is settled there."
                ),
                cancellation
            );
            await UpdateAsync(id, user => user.Disabled = true);
            await StillAnAdminAsync(AuditActor.System, person, "person.disabled", cancellation);
        }
        catch (LastAdministratorException)
        {
            return false;
        }
        await sessions.EndAllAsync(id);
        return true;
    }

    /// <summary>
    /// Ends tokens, consents, known browsers and sessions that there were, by another stamp. A session that is to stay is told it
    /// (<see cref="SignInDesk.StayAsync"/>).
    /// </summary>
    public Task EndGivenAsync(string id) => UpdateAsync(id, _ => { }, isNewStamp: true);

    /// <summary>The account is there and theirs, or neither: whoever closes the browser meanwhile leaves none that is nobody's.</summary>
    private async Task AddForAsync(IServiceScope scope, AppUser user, Whose whose)
    {
        var now = time.GetUtcNow();
        var store = scope.ServiceProvider.GetRequiredService<Store>();
        await using var whole = await store.Database.BeginTransactionAsync(CancellationToken.None);
        Throw(await Users(scope).CreateAsync(user));
        var linked = await store
            .Set<ExternalPersonRow>()
            .Where(row => row.Id == whose.Link && row.PersonId == null)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.PersonId, user.Id)
                        .SetProperty(row => row.IsGranted, whose.IsGranted)
                        .SetProperty(row => row.LastSeenAt, now),
                CancellationToken.None
            );
        if (linked != 1)
        {
            throw new AccountException(
                "They were given an account a moment ago, or wait no longer. No other was made."
            );
        }
        await whole.CommitAsync(CancellationToken.None);
        claimed.Forget();
    }
}
