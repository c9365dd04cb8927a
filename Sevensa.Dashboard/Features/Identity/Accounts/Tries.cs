using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>How many wrong ones there may be on end, and how long the next has to wait.</summary>
/// <param name="Remembered">After so long without another one they are forgotten.</param>
/// <param name="Doubles">Each further round waits twice as long as the one before.</param>
internal sealed record TryRule(int Most, TimeSpan Hold, TimeSpan Remembered, bool Doubles = false)
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromDays(1);

    /// <summary>Wrong passwords of one browser, or of whoever comes from one network.</summary>
    public static TryRule Passwords { get; } = new(5, TimeSpan.FromMinutes(5), TimeSpan.FromHours(1));

    /// <summary>Those that come from everywhere, in browsers in which the person never signed in.</summary>
    public static TryRule PasswordsFromEverywhere { get; } = new(50, TimeSpan.FromHours(1), TimeSpan.FromDays(1));

    /// <summary>Wrong codes of whoever knows the password.</summary>
    public static TryRule Codes { get; } = new(5, TimeSpan.FromMinutes(5), TimeSpan.FromDays(30), Doubles: true);

    /// <summary>Wrong passwords and codes of one session or program that is to prove whose it is.</summary>
    public static TryRule Proofs { get; } = new(5, TimeSpan.FromMinutes(5), TimeSpan.FromDays(30), Doubles: true);

    /// <summary>How long to wait after the last of a round.</summary>
    public TimeSpan HoldAfter(int tries)
    {
        var hold = Doubles ? Hold * Math.Pow(2, Math.Min((tries / Most) - 1, 16)) : Hold;
        return hold < LongestHold ? hold : LongestHold;
    }
}

/// <summary>A try, counted before it was looked at, so that of many at once no more are looked at than one after the other would be.</summary>
/// <param name="Number">How many there were on end, with this one.</param>
/// <param name="HeldUntil">It must not be looked at before that; null when it may.</param>
internal readonly record struct Try(string Whose, TryRule Rule, int Number, DateTimeOffset? HeldUntil)
{
    public bool IsHeld => HeldUntil is not null;

    /// <summary>When this one is wrong too, the next has to wait.</summary>
    public bool IsLast => !IsHeld && Number % Rule.Most == 0;
}

/// <summary>
/// Counts tries at what opens something, by whose they are: a stranger's hold up the stranger alone. Kept where the codes are that were
/// used, for all dashboards.
/// </summary>
internal sealed class Tries(IDbContextFactory<Store> stores, TimeProvider time)
{
    private const int MarkLength = 48;

    public static string OfCodes(string personId) => $"code {personId}";

    public async Task<Try> BeginAsync(string whose, TryRule rule, CancellationToken cancellation)
    {
        var mark = MarkOf(whose);
        while (true)
        {
            var now = time.GetUtcNow();
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var last = await Rows(store, mark)
                .AsNoTracking()
                .OrderByDescending(row => row.Hash)
                .FirstOrDefaultAsync(cancellation);
            if (last is not null && last.ExpiresAt <= now)
            {
                await Rows(store, mark).Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
                continue;
            }
            var tries = last is null ? 0 : int.Parse(last.Hash[MarkLength..], CultureInfo.InvariantCulture);
            if (tries > 0 && tries % rule.Most == 0)
            {
                var until = last!.ExpiresAt - rule.Remembered + rule.HoldAfter(tries);
                if (until > now)
                {
                    return new Try(whose, rule, tries, until);
                }
            }
            store.Add(new UsedCodeRow { Hash = RowOf(mark, tries + 1), ExpiresAt = now + rule.Remembered });
            try
            {
                await store.SaveChangesAsync(cancellation);
                return new Try(whose, rule, tries + 1, null);
            }
            catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
            {
                // Another one came at the same moment and is counted first.
            }
        }
    }

    /// <summary>One was right: those before are forgotten.</summary>
    public async Task ForgetAsync(string whose, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await Rows(store, MarkOf(whose)).ExecuteDeleteAsync(cancellation);
    }

    private static IQueryable<UsedCodeRow> Rows(Store store, string mark)
    {
        var (first, last) = (RowOf(mark, 0), RowOf(mark, 99_999_999));
        return store.Set<UsedCodeRow>().Where(row => row.Hash.CompareTo(first) >= 0 && row.Hash.CompareTo(last) <= 0);
    }

    private static string MarkOf(string whose) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"tries {whose}")))[..MarkLength];

    private static string RowOf(string mark, int number) => mark + number.ToString("D8", CultureInfo.InvariantCulture);
}
