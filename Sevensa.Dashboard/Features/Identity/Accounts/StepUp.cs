using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>
/// Re-authentication by a code of the second factor, by the password where there is none, or by a passkey. Failures are counted by the
/// session or program that proves.
/// </summary>
internal sealed class StepUp(
    IDbContextFactory<Store> stores,
    IServiceScopeFactory scopes,
    Tries tries,
    SecondFactor factor,
    SignalDesk signals,
    IAuditLog audit,
    TimeProvider time
) : IStepUp, IOutlivedRows
{
    public const string Code = StepUpDoor.Code;
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>What <see cref="OfPasskeyAsync"/> gives begins so.</summary>
    private const string PasskeyGave = "passkey-";
    private static readonly TimeSpan PasskeyLifetime = TimeSpan.FromMinutes(2);

    public async Task<StepUpProof> ProveAsync(Caller caller, string given, string deed, CancellationToken cancellation)
    {
        await AssureAsync(caller, given, deed, cancellation);
        return await KeepAsync("", caller, deed, Lifetime, cancellation);
    }

    /// <summary>What stands in for a password or code once, in this session alone: a passkey of this person was used a moment ago.</summary>
    public Task<StepUpProof> OfPasskeyAsync(Caller caller, CancellationToken cancellation) =>
        KeepAsync(PasskeyGave, caller, PasskeyDeed(caller), PasskeyLifetime, cancellation);

    public async ValueTask<bool> TakesPasskeyAsync(Caller caller, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<IdentityUserPasskey<string>>()
            .AnyAsync(row => row.UserId == caller.Subject, cancellation);
    }

    /// <summary>Where somebody proves: the session, or the program and its token.</summary>
    public static string PlaceOf(Caller caller) =>
        caller.Client is { } client ? $"{client} {caller.Token}" : $"session {caller.Session}";

    /// <summary>Checks it for something that is done at once, in the same request.</summary>
    /// <exception cref="ForbiddenException">It is wrong, or there is none.</exception>
    public async Task AssureAsync(Caller caller, string given, string deed, CancellationToken cancellation)
    {
        var how = await CheckAsync(caller, given, deed, cancellation);
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "stepUp.proved", Target: deed, Detail: $"By {how}"),
            cancellation
        );
        if (caller is { Client: null, Session: { } session })
        {
            await signals.LiftAsync(caller.Actor(), session, how, cancellation);
        }
    }

    public ValueTask<string?> DoubtAsync(Caller caller, CancellationToken cancellation) =>
        signals.DoubtAsync(caller, cancellation);

    public async Task<bool> NoteDoubtedAsync(Caller caller, string deed, string why, CancellationToken cancellation)
    {
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "access.refused", Target: deed, Outcome: AuditOutcome.Refused, Detail: why),
            cancellation
        );
        return true;
    }

    public async Task<bool> RedeemAsync(Caller caller, string proof, string deed, CancellationToken cancellation)
    {
        var (hash, now) = (Hash(proof, caller, deed), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        // Whoever deletes the row has used it: of two that come at once, one.
        return await store
                .Set<StepUpRow>()
                .Where(row => row.Hash == hash && row.ExpiresAt > now)
                .ExecuteDeleteAsync(cancellation) == 1;
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await stores.RemoveAsync<StepUpRow>(row => row.ExpiresAt <= now, row => row.Hash, cancellation);
    }

    private async Task<StepUpProof> KeepAsync(
        string beginning,
        Caller caller,
        string deed,
        TimeSpan lifetime,
        CancellationToken cancellation
    )
    {
        var until = time.GetUtcNow() + lifetime;
        var proof = beginning + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(new StepUpRow { Hash = Hash(proof, caller, deed), ExpiresAt = until });
        await store.SaveChangesAsync(cancellation);
        return new StepUpProof(proof, until);
    }

    /// <returns>By what they proved it, in words.</returns>
    private async Task<string> CheckAsync(Caller caller, string given, string deed, CancellationToken cancellation)
    {
        if (!caller.IsPerson)
        {
            throw new ForbiddenException("A program acts for nobody and has no password to give.", Code);
        }
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await users.FindByIdAsync(caller.Subject);
        if (user is { Disabled: false } && given.StartsWith(PasskeyGave, StringComparison.Ordinal))
        {
            if (await RedeemAsync(caller, given, PasskeyDeed(caller), cancellation))
            {
                return "a passkey";
            }
            if (given.Length == PasskeyGave.Length + 64)
            {
                throw await RefusedAsync(
                    "What the passkey gave was used before, is older than two minutes, or was given in another session. Use it again."
                );
            }
        }
        if (user is null || user.Disabled || (user.PasswordHash is null && !user.TwoFactorEnabled))
        {
            throw await RefusedAsync(
                "Your account has no password here. Whoever comes in by a provider sets up a second factor right after signing in, under Your account; others have an administrator give them a link to choose a password."
            );
        }
        // Not by the person: whoever holds some session or token of theirs keeps nobody else from proving.
        var mine = await tries.BeginAsync(
            $"proof {user.Id} {caller.Client ?? caller.Session}",
            TryRule.Proofs,
            cancellation
        );
        if (mine.HeldUntil is { } until)
        {
            var minutes = Math.Ceiling((until - time.GetUtcNow()).TotalMinutes);
            throw await RefusedAsync(
                $"Proving is locked here after {mine.Number} wrong passwords or codes. Wait {minutes:0} {(minutes == 1 ? "minute" : "minutes")}."
            );
        }
        var kind = user.TwoFactorEnabled ? await factor.KindAsync(users, user, given, cancellation) : CodeKind.None;
        var isRight = user.TwoFactorEnabled
            ? kind != CodeKind.None
            : user.PasswordHash is { } set
                && given.Length <= AccountDesk.LongestPassword
                && users.PasswordHasher.VerifyHashedPassword(user, set, given) != PasswordVerificationResult.Failed;
        if (!isRight)
        {
            if (mine.IsLast)
            {
                await audit.AppendAsync(HoldRecord.OfProof(caller.Actor(), user.UserName!, mine), cancellation);
            }
            throw await RefusedAsync(
                user.TwoFactorEnabled
                    ? "That is no code of your second factor, or it was used before. Wait for the next one, or use a recovery code."
                    : "That is not your password."
            );
        }
        await tries.ForgetAsync(mine.Whose, cancellation);
        return kind switch
        {
            CodeKind.App => "a code of the second factor",
            CodeKind.Recovery => "a recovery code",
            _ => "the password",
        };

        async Task<ForbiddenException> RefusedAsync(string why)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "stepUp.failed",
                    Target: deed,
                    Outcome: AuditOutcome.Refused,
                    Detail: why
                ),
                cancellation
            );
            return new ForbiddenException(why, Code) { IsRecorded = true };
        }
    }

    private static string PasskeyDeed(Caller caller) => $"passkey {PlaceOf(caller)}";

    private static string Hash(string proof, Caller caller, string deed) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{proof}\n{caller.Subject}\n{deed}")));
}
