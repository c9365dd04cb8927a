namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>The login by which the database engine itself gets into a database.</summary>
internal sealed partial class VaultClient
{
    /// <summary>Gives the engine's own login of a connection a new password, which it tells nobody.</summary>
    internal Task RotateRootAsync(string connection, CancellationToken cancellation) =>
        PostAsync(
            $"database/rotate-root/{Uri.EscapeDataString(connection)}",
            () => new StringContent("{}", System.Text.Encoding.UTF8, "application/json"),
            cancellation
        );

    /// <summary>Names of dynamic roles.</summary>
    internal Task<IReadOnlyList<string>> DynamicRolesAsync(CancellationToken cancellation) =>
        KeysAsync("database/roles", cancellation);

    /// <summary>Has the engine make a login by a dynamic role; whoever asks gives it back by its lease.</summary>
    internal async Task<VaultGivenLease?> CredentialsAsync(string role, CancellationToken cancellation) =>
        await GetAsync($"database/creds/{Uri.EscapeDataString(role)}", VaultJson.Default.VaultGivenLease, cancellation);
}
