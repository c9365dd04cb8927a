using System.Text.Json;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Secret ids of other programs' AppRoles.</summary>
internal sealed partial class VaultClient
{
    /// <summary>Null when there is no such role.</summary>
    internal async Task<string?> RoleIdAsync(string role, CancellationToken cancellation) =>
        (
            await GetAsync(
                $"auth/approle/role/{Uri.EscapeDataString(role)}/role-id",
                VaultJson.Default.VaultAnswerVaultRoleId,
                cancellation
            )
        )
            ?.Data
            ?.RoleId;

    /// <summary>Makes a new secret id, marked with whom it was made for.</summary>
    /// <param name="cidrs">Addresses from which alone it logs in; empty for what the role says.</param>
    /// <param name="tokenCidrs">Addresses from which alone its tokens are taken; empty for what the role says.</param>
    internal async Task<VaultSecretId> NewSecretIdAsync(
        string role,
        IReadOnlyDictionary<string, string> marks,
        IReadOnlyList<string> cidrs,
        IReadOnlyList<string> tokenCidrs,
        CancellationToken cancellation
    ) =>
        await SecretIdAsync(
            $"auth/approle/role/{Uri.EscapeDataString(role)}/secret-id",
            // Vault takes the marks as a text that is JSON itself.
            new VaultSecretIdAsked
            {
                Metadata = JsonSerializer.Serialize(marks, VaultJson.Default.IReadOnlyDictionaryStringString),
                CidrList = cidrs.Count > 0 ? cidrs : null,
                TokenBoundCidrs = tokenCidrs.Count > 0 ? tokenCidrs : null,
            },
            cancellation
        )
            is { SecretId.Length: > 0, SecretIdAccessor.Length: > 0 } made
            ? made
            : throw Told(Garbled("no secret id"));

    /// <summary>What is known of a secret id without itself; null when Vault no longer has it.</summary>
    internal Task<VaultSecretId?> LookUpSecretIdAsync(string role, string secretId, CancellationToken cancellation) =>
        SecretIdAsync(
            $"auth/approle/role/{Uri.EscapeDataString(role)}/secret-id/lookup",
            new VaultSecretIdAsked { SecretId = secretId },
            cancellation
        );

    /// <inheritdoc cref="LookUpSecretIdAsync"/>
    internal Task<VaultSecretId?> LookUpAccessorAsync(string role, string accessor, CancellationToken cancellation) =>
        SecretIdAsync(
            $"auth/approle/role/{Uri.EscapeDataString(role)}/secret-id-accessor/lookup",
            new VaultSecretIdAsked { SecretIdAccessor = accessor },
            cancellation
        );

    internal Task<IReadOnlyList<string>> AccessorsAsync(string role, CancellationToken cancellation) =>
        KeysAsync($"auth/approle/role/{Uri.EscapeDataString(role)}/secret-id", cancellation);

    internal Task DestroyAccessorAsync(string role, string accessor, CancellationToken cancellation) =>
        PostAsync(
            $"auth/approle/role/{Uri.EscapeDataString(role)}/secret-id-accessor/destroy",
            () =>
                JsonContent.Create(
                    new VaultSecretIdAsked { SecretIdAccessor = accessor },
                    VaultJson.Default.VaultSecretIdAsked
                ),
            cancellation
        );

    /// <summary>Whether an AppRole's ids log in. The token that comes of it is given back at once.</summary>
    /// <returns>Null when they do; else why not, in Vault's words.</returns>
    /// <exception cref="Platform.Http.UpstreamException">Vault did not say.</exception>
    internal async Task<string?> WhyNoLoginAsync(string roleId, string secretId, CancellationToken cancellation)
    {
        const string login = "auth/approle/login";
        using var reply = await ReplyAsync(
            () =>
                Request(
                    HttpMethod.Post,
                    login,
                    null,
                    JsonContent.Create(
                        new VaultLogin { RoleId = roleId, SecretId = secretId },
                        VaultJson.Default.VaultLogin
                    )
                ),
            login,
            cancellation
        );
        if (reply.Refusal is { } refusal)
        {
            return refusal is { IsVaults: true, Status: 400 or 403 }
                ? refusal.Exception.Message
                : throw Told(refusal.Exception);
        }
        var auth = (await ReadAsync(reply.Answer, VaultJson.Default.VaultAnswerVaultKeys, cancellation)).Auth;
        if (auth is null)
        {
            throw Told(Garbled("no auth"));
        }
        using var given = await ReplyAsync(
            () => Request(HttpMethod.Post, "auth/token/revoke-self", auth.ClientToken),
            "auth/token/revoke-self",
            cancellation
        );
        return null;
    }

    /// <summary>Null when there is no such secret id.</summary>
    private async Task<VaultSecretId?> SecretIdAsync(
        string path,
        VaultSecretIdAsked asked,
        CancellationToken cancellation
    )
    {
        using var reply = await AskWithTokenAsync(
            token =>
                Request(HttpMethod.Post, path, token, JsonContent.Create(asked, VaultJson.Default.VaultSecretIdAsked)),
            path,
            cancellation
        );
        if (reply.Refusal is { } refusal)
        {
            // Vault tells of an accessor that is gone by 404 and by 500 with words, and of an id by 204.
            return
                refusal.IsNothing
                || refusal.Says("failed to find accessor entry")
                || refusal.Says("failed to find secondary index")
                ? null
                : throw ToldUnlessOfThePath(refusal);
        }
        upstreams.Good(Name);
        return reply.Answer.StatusCode == System.Net.HttpStatusCode.NoContent
            ? null
            : (await ReadAsync(reply.Answer, VaultJson.Default.VaultAnswerVaultSecretId, cancellation)).Data;
    }
}
