namespace Sevensa.Dashboard.Features.Databases.Contracts;

/// <summary>
/// Puts the credentials of a role that was just made into Vault, below the tenant's prefix. They are kept nowhere else.
/// Implemented by whoever speaks to Vault.
/// </summary>
public interface IVaultedCredentials
{
    /// <summary>The current version of a secret; 0 when nothing was ever written there.</summary>
    /// <param name="path">Below the tenant's prefix.</param>
    /// <exception cref="Platform.Http.UpstreamException">Vault can't say it.</exception>
    /// <exception cref="ArgumentException">It can't be the path of a secret.</exception>
    Task<int> VersionAsync(string tenant, string path, CancellationToken cancellation);

    /// <summary>Writes a new version, if the given one is still current.</summary>
    /// <returns>Null when another version is current: nothing was written.</returns>
    /// <exception cref="Platform.Http.UpstreamException">Vault does not take it.</exception>
    /// <exception cref="ArgumentException">It can't be the path of a secret.</exception>
    Task<int?> WriteAsync(
        string tenant,
        string path,
        int version,
        IReadOnlyDictionary<string, string> values,
        CancellationToken cancellation
    );
}
