namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>The database engine: static roles, and taking back what was given out.</summary>
internal sealed partial class VaultClient
{
    /// <summary>A static role without its password. Null when there is none.</summary>
    internal async Task<VaultStaticRole?> StaticRoleAsync(string role, CancellationToken cancellation) =>
        (
            await GetAsync(
                $"database/static-roles/{Uri.EscapeDataString(role)}",
                VaultJson.Default.VaultAnswerVaultStaticRole,
                cancellation
            )
        )?.Data;

    /// <summary>A dynamic role. Null when there is none.</summary>
    internal async Task<VaultDynamicRole?> DynamicRoleAsync(string role, CancellationToken cancellation) =>
        (
            await GetAsync(
                $"database/roles/{Uri.EscapeDataString(role)}",
                VaultJson.Default.VaultAnswerVaultDynamicRole,
                cancellation
            )
        )?.Data;

    /// <summary>Gives a static role's login a new password, in the database and here. Doing it again gives it another one.</summary>
    internal Task RotateRoleAsync(string role, CancellationToken cancellation) =>
        PostAsync(
            $"database/rotate-role/{Uri.EscapeDataString(role)}",
            () => new StringContent("{}", System.Text.Encoding.UTF8, "application/json"),
            cancellation
        );

    /// <summary>Takes a credential back, and answers when that is done.</summary>
    internal Task RevokeAsync(string leaseId, CancellationToken cancellation) =>
        PostAsync(
            "sys/leases/revoke",
            () => JsonContent.Create(new VaultRevocation(leaseId, true), VaultJson.Default.VaultRevocation),
            cancellation
        );

    /// <summary>A password as one of Vault's own password policies makes it. It is used at once and kept nowhere.</summary>
    internal async Task<string?> GenerateAsync(string policy, CancellationToken cancellation) =>
        (await GivenAsync($"sys/policies/password/{Uri.EscapeDataString(policy)}/generate", cancellation))?.Password;

    private async Task PostAsync(string path, Func<HttpContent> body, CancellationToken cancellation)
    {
        using var reply = await AskWithTokenAsync(
            token => Request(HttpMethod.Post, path, token, body()),
            path,
            cancellation
        );
        if (reply.Refusal is { } refusal)
        {
            throw ToldUnlessOfThePath(refusal);
        }
        upstreams.Good(Name);
    }
}
