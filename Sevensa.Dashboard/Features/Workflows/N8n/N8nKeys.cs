using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>What the dashboard signs in to n8n with, from a file or from Vault; kept nowhere.</summary>
internal sealed class N8nKeys(N8nOptions set, IEnumerable<IVaultedPasswords> vaults)
{
    /// <summary>Of the public API.</summary>
    public Task<string> ApiAsync(CancellationToken cancellation) =>
        set.SandboxKey is { Length: > 0 } sandbox
            ? Task.FromResult(sandbox)
            : ReadAsync("Key", set.KeyFile, set.KeyVaultPath, cancellation);

    /// <summary>Of n8n's own MCP server.</summary>
    public Task<string> McpAsync(CancellationToken cancellation) =>
        ReadAsync("McpKey", set.McpKeyFile, set.McpKeyVaultPath, cancellation);

    /// <summary>Of webhooks with header authentication.</summary>
    public Task<string> WebhookAsync(CancellationToken cancellation) =>
        ReadAsync("WebhookSecret", set.WebhookSecretFile, null, cancellation);

    /// <param name="setting">The setting's key without <c>File</c> or <c>VaultPath</c>.</param>
    private async Task<string> ReadAsync(string setting, string? file, string? path, CancellationToken cancellation)
    {
        if (path is { Length: > 0 })
        {
            var vault =
                vaults.FirstOrDefault() ?? throw Missing("Vault is not there to be asked.", $"{setting}VaultPath");
            try
            {
                return
                    (await vault.ReadAsync(path, cancellation)).Password.Trim() is { Length: > 0 } kept
                    && CredentialFile.IsPlain(kept)
                    ? kept
                    : throw Missing("What Vault has is empty, or can't stand in a header.", $"{setting}VaultPath");
            }
            catch (UpstreamException exception) when (exception.Upstream != set.Upstream)
            {
                throw Missing($"Vault does not give it: {exception.Message}", $"{setting}VaultPath", exception);
            }
        }
        if (file is not { Length: > 0 })
        {
            throw Missing("None is set.", $"{setting}File");
        }
        try
        {
            return CredentialFile.Read(file);
        }
        catch (IOException exception)
        {
            throw Missing(exception.Message, $"{setting}File", exception);
        }
    }

    private UpstreamException Missing(string why, string setting, Exception? inner = null) =>
        new(
            set.Upstream,
            UpstreamFault.Denied,
            $"There is no key for n8n. {why}",
            remedy: $"Check {set.Setting(setting)}.",
            inner: inner
        );
}
