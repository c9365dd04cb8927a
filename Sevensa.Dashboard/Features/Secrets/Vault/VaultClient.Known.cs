using System.Text.Json;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>What is known as a secret from then on, whatever its key says, because it was made, entered or replaced as one.</summary>
internal sealed partial class VaultClient
{
    /// <param name="tenant">Whose it is; null for the dashboard's own.</param>
    internal void Remember(string? value, string? tenant) => known?.Remember(value, tenant);

    /// <param name="path">Of the secret that has it, below the mount.</param>
    internal void RememberAt(string path, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            Remember(value.GetString(), OwnerOf(path));
        }
    }

    /// <summary>A tenant's secrets lie under its id.</summary>
    private static string OwnerOf(string path) => path.Split('/', 2)[0];
}
