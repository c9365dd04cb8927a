using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Passwords of database roles for a sign-in: of a key/value secret, or of a static role of the database engine.</summary>
internal sealed partial class VaultedPasswords(Func<VaultClient> vault, IOptions<SecretsOptions> options)
    : IVaultedPasswords
{
    public async Task<VaultedLogin> ReadAsync(string path, CancellationToken cancellation)
    {
        var client = vault();
        if (StaticRole().IsMatch(path))
        {
            return await client.StaticLoginAsync(path, cancellation) is { Password: { } given } login
                ? Known(client, login.Username, given)
                : throw Missing(path, "it has no static role of that name");
        }
        var (secret, key) = path.IndexOf('#', StringComparison.Ordinal) is > 0 and var mark
            ? (path[..mark], path[(mark + 1)..])
            : (path, "password");
        var version =
            (await client.MetadataAsync(secret, cancellation))?.CurrentVersion
            ?? throw Missing(path, $"there is nothing at {options.Value.Mount}/{secret}");
        var data =
            await client.DataAsync(secret, version, cancellation)
            ?? throw Missing(path, $"the current version of {options.Value.Mount}/{secret} is gone");
        return data.TryGetValue(key, out var value) && value.ValueKind == JsonValueKind.String
            ? Known(client, null, value.GetString()!)
            : throw Missing(path, $"{options.Value.Mount}/{secret} has no key \"{key}\" with a text");
    }

    /// <summary>What the dashboard signs in with is its own, wherever it lies.</summary>
    private static VaultedLogin Known(VaultClient client, string? user, string password)
    {
        client.Remember(password, tenant: null);
        return new VaultedLogin(user, password);
    }

    private static UpstreamException Missing(string path, string why) =>
        new(
            VaultClient.Name,
            UpstreamFault.Failed,
            $"Vault has no password at \"{path}\": {why}.",
            remedy: "Check VaultPath in Databases:Instances and Databases:Placements."
        );

    [GeneratedRegex("^[A-Za-z0-9_/-]+/static-creds/[^/]+$")]
    private static partial Regex StaticRole();
}
