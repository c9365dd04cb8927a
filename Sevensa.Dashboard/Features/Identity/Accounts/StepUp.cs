using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>A proof that a person gave the password again, for one deed.</summary>
internal sealed class StepUpRow
{
    /// <summary>SHA-256 (hex) over proof, person and deed: it fits all three or nothing.</summary>
    public required string Hash { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class StepUpTable : IEntityTypeConfiguration<StepUpRow>
{
    public void Configure(EntityTypeBuilder<StepUpRow> builder)
    {
        builder.ToTable("StepUps");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
    }
}

/// <summary>Re-authentication by password. Failures count towards the account's lockout like those at the door.</summary>
internal sealed class StepUp(
    IDbContextFactory<Store> stores,
    IServiceScopeFactory scopes,
    PersonStore people,
    IAuditLog audit,
    TimeProvider time
) : IStepUp, IOutlivedRows
{
    public const string Code = "stepUpRequired";
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    public async Task<StepUpProof> ProveAsync(
        Caller caller,
        string password,
        string deed,
        CancellationToken cancellation
    )
    {
        await CheckAsync(caller, password, deed, cancellation);
        await audit.AppendAsync(new AuditEntry(caller.Actor(), "stepUp.proved", Target: deed), cancellation);
        var now = time.GetUtcNow();
        var proof = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(new StepUpRow { Hash = Hash(proof, caller, deed), ExpiresAt = now + Lifetime });
        await store.SaveChangesAsync(cancellation);
        return new StepUpProof(proof, now + Lifetime);
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

    private async Task CheckAsync(Caller caller, string password, string deed, CancellationToken cancellation)
    {
        if (!caller.IsPerson)
        {
            throw new ForbiddenException("A program acts for nobody and has no password to give.", Code);
        }
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
        var user = await users.FindByIdAsync(caller.Subject);
        if (user is null || user.Disabled || user.PasswordHash is null)
        {
            throw await RefusedAsync(
                "Your account has no password here. An administrator gives you a link to choose one, under Access."
            );
        }
        var lockout = users.Options.Lockout;
        var (most, hold) = (lockout.MaxFailedAccessAttempts, lockout.DefaultLockoutTimeSpan);
        var attempt = await people.BeginAttemptAsync(user.Id, most, hold, cancellation);
        if (attempt != Attempt.Begun)
        {
            if (attempt == Attempt.HeldNow)
            {
                await audit.AppendAsync(HoldRecord.Of(user, lockout), cancellation);
            }
            throw await RefusedAsync("Your account is locked after wrong passwords. Wait five minutes.");
        }
        if (
            password.Length > AccountDesk.LongestPassword
            || users.PasswordHasher.VerifyHashedPassword(user, user.PasswordHash, password)
                == PasswordVerificationResult.Failed
        )
        {
            if (await people.FailAttemptAsync(user.Id, most, hold, cancellation))
            {
                await audit.AppendAsync(HoldRecord.Of(user, lockout), cancellation);
            }
            throw await RefusedAsync("That is not your password.");
        }
        await people.PassAttemptAsync(user.Id, cancellation);

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

    private static string Hash(string proof, Caller caller, string deed) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{proof}\n{caller.Subject}\n{deed}")));
}
