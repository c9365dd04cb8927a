using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.External;

/// <summary>
/// Accounts that a provider's claim gave. They are entered by that provider alone, so that the claim is looked at each time, and
/// what was begun by it is over when nobody has looked for long. Asked at every request: from memory for a few seconds.
/// </summary>
internal sealed class ClaimedAccounts(IDbContextFactory<Store> stores, TimeProvider time)
{
    /// <summary>So long after a claim was looked at last, sessions and tokens of its account open nothing any more.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromHours(12);

    public const string NoOtherWay =
        "A provider's claim gave this account, and it is entered by that provider alone: nothing else opens it.";

    private volatile Claimed? known;

    /// <param name="Accounts">By their ids: the row by which, and when the claim was looked at last.</param>
    private sealed record Claimed(
        IReadOnlyDictionary<string, (string Link, DateTimeOffset LookedAt)> Accounts,
        DateTimeOffset At
    );

    /// <summary>Whether an account is entered so.</summary>
    /// <param name="link">The row by which somebody vouches for them; null for a password, a passkey or a one-time link.</param>
    public async ValueTask<bool> LetsInAsync(string personId, string? link, CancellationToken cancellation) =>
        !(await KnownAsync(cancellation)).Accounts.TryGetValue(personId, out var given) || given.Link == link;

    /// <summary>Whether a claim gave the account and was not looked at for too long.</summary>
    public async ValueTask<bool> IsOverAsync(string personId, CancellationToken cancellation)
    {
        if (!IsOver(await KnownAsync(cancellation), personId))
        {
            return false;
        }
        // It may have been looked at a moment ago, on another dashboard.
        Forget();
        return IsOver(await KnownAsync(cancellation), personId);
    }

    /// <summary>The claim was looked at and holds.</summary>
    public async Task NoteLookAsync(string link, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<ExternalPersonRow>()
            .Where(row => row.Id == link && row.IsGranted)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(row => row.LastSeenAt, now).SetProperty(row => row.SuspendedStamp, (string?)null),
                cancellation
            );
        Forget();
    }

    /// <summary>The claim is gone.</summary>
    /// <param name="stamp">The account's since it was disabled for that.</param>
    public async Task NoteSuspendedAsync(string link, string stamp, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<ExternalPersonRow>()
            .Where(row => row.Id == link)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.SuspendedStamp, stamp), cancellation);
    }

    /// <summary>Accounts that were disabled because the claim was gone, with the stamp that they had since.</summary>
    public async Task<IReadOnlyDictionary<string, string>> SuspendedAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ExternalPersonRow>()
            .Where(row => row.PersonId != null && row.SuspendedStamp != null)
            .Select(row => new { row.PersonId, row.SuspendedStamp })
            .ToListAsync(cancellation);
        return rows.DistinctBy(row => row.PersonId).ToDictionary(row => row.PersonId!, row => row.SuspendedStamp!);
    }

    /// <summary>After a change here.</summary>
    public void Forget() => known = null;

    private bool IsOver(Claimed claimed, string personId) =>
        claimed.Accounts.TryGetValue(personId, out var given) && time.GetUtcNow() - given.LookedAt > Holds;

    private async ValueTask<Claimed> KnownAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (known is { } remembered && now - remembered.At < Remembered.Fresh)
        {
            return remembered;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ExternalPersonRow>()
            .Where(row => row.IsGranted && row.PersonId != null)
            .Select(row => new
            {
                row.Id,
                row.PersonId,
                row.LastSeenAt,
            })
            .ToListAsync(cancellation);
        var accounts = new Dictionary<string, (string Link, DateTimeOffset LookedAt)>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            accounts[row.PersonId!] = (row.Id, row.LastSeenAt);
        }
        var read = new Claimed(accounts, now);
        known = read;
        return read;
    }
}
