using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>What the dashboard signs in to n8n with, from a file or from Vault; kept nowhere.</summary>
internal sealed class N8nKeys(IOptions<N8nOptions> options, IEnumerable<IVaultedPasswords> vaults)
{
    /// <summary>Of the public API.</summary>
    public Task<string> ApiAsync(CancellationToken cancellation) =>
        options.Value.SandboxKey is { Length: > 0 } sandbox
            ? Task.FromResult(sandbox)
            : ReadAsync("N8n:Key", options.Value.KeyFile, options.Value.KeyVaultPath, cancellation);

    /// <summary>Of n8n's own MCP server.</summary>
    public Task<string> McpAsync(CancellationToken cancellation) =>
        ReadAsync("N8n:McpKey", options.Value.McpKeyFile, options.Value.McpKeyVaultPath, cancellation);

    /// <summary>Of webhooks with header authentication.</summary>
    public Task<string> WebhookAsync(CancellationToken cancellation) =>
        ReadAsync("N8n:WebhookSecret", options.Value.WebhookSecretFile, null, cancellation);

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
                    (await vault.ReadAsync(path, cancellation)).Password.Trim() is { Length: > 0 } kept && IsPlain(kept)
                    ? kept
                    : throw Missing("What Vault has is empty, or can't stand in a header.", $"{setting}VaultPath");
            }
            catch (UpstreamException exception) when (exception.Upstream != N8nClient.Name)
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
            return (await File.ReadAllTextAsync(file, cancellation)).Trim() is { Length: > 0 } key && IsPlain(key)
                ? key
                : throw Missing($"{file} is empty, or holds what can't stand in a header.", $"{setting}File");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Missing($"{file} can't be read: {exception.Message}", $"{setting}File", exception);
        }
    }

    private static bool IsPlain(string key) => key.All(letter => letter is > ' ' and < (char)127);

    private static UpstreamException Missing(string why, string setting, Exception? inner = null) =>
        new(
            N8nClient.Name,
            UpstreamFault.Denied,
            $"There is no key for n8n. {why}",
            remedy: $"Check {setting}.",
            inner: inner
        );
}
