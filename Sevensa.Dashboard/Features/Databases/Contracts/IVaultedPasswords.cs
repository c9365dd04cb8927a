namespace Sevensa.Dashboard.Features.Databases.Contracts;

/// <summary>A sign-in that Vault keeps.</summary>
/// <param name="User">Null when Vault keeps the password alone.</param>
public sealed record VaultedLogin(string? User, string Password);

/// <summary>
/// Reads the password of a database role from Vault. It is used for one sign-in and kept nowhere. Implemented by whoever
/// speaks to Vault.
/// </summary>
public interface IVaultedPasswords
{
    /// <param name="path">A path below the tenants' mount with <c>#key</c> (else <c>#password</c>), or <c>MOUNT/static-creds/ROLE</c>.</param>
    /// <exception cref="Platform.Http.UpstreamException">Vault does not give it.</exception>
    Task<VaultedLogin> ReadAsync(string path, CancellationToken cancellation);
}
