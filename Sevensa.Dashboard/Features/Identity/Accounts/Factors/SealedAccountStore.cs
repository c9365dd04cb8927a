using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Factors;

/// <summary>What the framework keeps of an account beside its row: the key of the second factor and its recovery codes.</summary>
internal sealed class AccountSecretTable : IEntityTypeConfiguration<IdentityUserToken<string>>
{
    public void Configure(EntityTypeBuilder<IdentityUserToken<string>> builder)
    {
        builder.ToTable("AccountSecrets");
        builder.HasKey(row => new
        {
            row.UserId,
            row.LoginProvider,
            row.Name,
        });
        builder.Property(row => row.UserId).HasMaxLength(64);
        builder.Property(row => row.LoginProvider).HasMaxLength(64);
        builder.Property(row => row.Name).HasMaxLength(64);
    }
}

/// <summary>The framework's own store of accounts; what it keeps as text of their second factors is sealed on the way in.</summary>
internal sealed class SealedAccountStore(Store rows, IDataProtectionProvider protection)
    : UserOnlyStore<AppUser, Store, string>(rows)
{
    private const string FrameworksOwn = "[AspNetUserStore]";
    private const string RecoveryCodes = "RecoveryCodes";
    private const char Between = '.';

    private readonly IDataProtector sealing = protection.CreateProtector("account secrets");

    public override Task SetTokenAsync(
        AppUser user,
        string loginProvider,
        string name,
        string? value,
        CancellationToken cancellationToken
    ) =>
        base.SetTokenAsync(
            user,
            loginProvider,
            name,
            // Sealed for its owner: a row that is moved to another account opens nothing there.
            value is null
                ? null
                : sealing.CreateProtector(user.Id, name).Protect(value),
            cancellationToken
        );

    /// <summary>Takes the key and the recovery codes away; it counts once the account is saved.</summary>
    public async Task RemoveSecretsAsync(AppUser user, CancellationToken cancellation) =>
        Context.RemoveRange(
            await Context.Set<IdentityUserToken<string>>().Where(row => row.UserId == user.Id).ToListAsync(cancellation)
        );

    /// <summary>Recovery codes are short enough to be guessed at by whoever opens the seal: they are kept as passwords are.</summary>
    public override Task ReplaceCodesAsync(
        AppUser user,
        IEnumerable<string> recoveryCodes,
        CancellationToken cancellationToken
    )
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return base.ReplaceCodesAsync(user, recoveryCodes.Select(code => Hashed(code, salt)), cancellationToken);
    }

    public override async Task<bool> RedeemCodeAsync(AppUser user, string code, CancellationToken cancellationToken)
    {
        var kept = (await GetTokenAsync(user, FrameworksOwn, RecoveryCodes, cancellationToken) ?? "").Split(';');
        var given = kept.Select(SaltOf)
            .Distinct(StringComparer.Ordinal)
            // Those that were made before they were hashed have none.
            .Select(salt => salt.Length == 0 ? code : Hashed(code, Convert.FromBase64String(salt)))
            .ToHashSet(StringComparer.Ordinal);
        var rest = kept.Where(one => !given.Contains(one)).ToList();
        if (rest.Count == kept.Length)
        {
            return false;
        }
        await base.ReplaceCodesAsync(user, rest, cancellationToken);
        return true;
    }

    private static string Hashed(string code, byte[] salt) =>
        Convert.ToBase64String(salt)
        + Between
        + Convert.ToBase64String(
            Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(code), salt, 100_000, HashAlgorithmName.SHA512, 32)
        );

    private static string SaltOf(string kept) =>
        kept.IndexOf(Between, StringComparison.Ordinal) is > 0 and var end ? kept[..end] : "";

    public override async Task<string?> GetTokenAsync(
        AppUser user,
        string loginProvider,
        string name,
        CancellationToken cancellationToken
    )
    {
        var text = await base.GetTokenAsync(user, loginProvider, name, cancellationToken);
        if (text is null)
        {
            return null;
        }
        try
        {
            return sealing.CreateProtector(user.Id, name).Unprotect(text);
        }
        catch (CryptographicException exception)
        {
            throw new StoreException(
                "The second factor of this account was sealed with another key file. Start with the one it was made with, or have an administrator remove it.",
                exception
            );
        }
    }
}
