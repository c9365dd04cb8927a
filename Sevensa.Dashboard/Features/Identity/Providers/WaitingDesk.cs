using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>Gives somebody who waits an account of their own, or has them wait no longer.</summary>
internal sealed class WaitingDesk(AccountDesk accounts, ExternalPeople external, IAuditLog audit)
{
    private const string Nobody = "Nobody waits by that id.";

    /// <param name="given">On a page, the administrator's password or code again.</param>
    /// <exception cref="AccountException">They have one, or it can't be made so.</exception>
    public async Task<Person> GiveAsync(
        Caller by,
        string id,
        string userName,
        AccountChange account,
        string? given,
        CancellationToken cancellation
    )
    {
        RequireAdmin(by);
        await RequireWaitingAsync(id, cancellation);
        account = account with { DisplayName = StoreText.Cut(account.DisplayName, AccountDesk.LongestName) };
        return await accounts.CreateForAsync(by, id, userName, account, given, cancellation);
    }

    /// <summary>They are on the list again when they come back.</summary>
    /// <exception cref="AccountException">Nobody waits by that id.</exception>
    public async Task RemoveAsync(Caller by, string id, CancellationToken cancellation)
    {
        RequireAdmin(by);
        var who = await RequireWaitingAsync(id, cancellation);
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), "provider.removed", Target: $"{who.Provider}: {who.Name}", Detail: who.Subject),
            cancellation
        );
        if (!await external.RemoveWaitingAsync(id, cancellation))
        {
            throw new UnknownAccountException(Nobody);
        }
    }

    private async Task<ExternalPersonRow> RequireWaitingAsync(string id, CancellationToken cancellation) =>
        await external.FindAsync(id, cancellation) is { PersonId: null } who
            ? who
            : throw new UnknownAccountException(Nobody);

    private static void RequireAdmin(Caller by)
    {
        if (!by.IsAdmin)
        {
            throw new ForbiddenException("Accounts are for administrators.");
        }
    }
}
