using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Versions of a secret as Vault shows them. A standby may show for a moment what was before a write, so what looks wrong is
/// looked at again before it is believed.
/// </summary>
internal sealed class SecretVersions(TimeProvider time)
{
    private static readonly JsonSerializerOptions Plain = new();

    private static readonly TimeSpan[] Patience =
    [
        TimeSpan.FromMilliseconds(50),
        TimeSpan.FromMilliseconds(100),
        TimeSpan.FromMilliseconds(200),
        TimeSpan.FromMilliseconds(400),
        TimeSpan.FromMilliseconds(800),
        TimeSpan.FromMilliseconds(1600),
    ];

    /// <summary>The data of the next version: what was, with a new value for each planned key.</summary>
    public static async Task<Dictionary<string, JsonElement>> RenewedAsync(
        VaultClient vault,
        SecretPath path,
        RotationPlan rotation,
        Dictionary<string, JsonElement> former,
        CancellationToken cancellation
    )
    {
        var renewed = await DrawnAsync(vault, rotation, former, cancellation);
        // What is renewed is a secret, whatever its key is called.
        foreach (var key in rotation.Keys)
        {
            vault.RememberAt(path.Full, former.GetValueOrDefault(key));
            vault.RememberAt(path.Full, renewed.GetValueOrDefault(key));
        }
        return renewed;
    }

    private static async Task<Dictionary<string, JsonElement>> DrawnAsync(
        VaultClient vault,
        RotationPlan rotation,
        Dictionary<string, JsonElement> former,
        CancellationToken cancellation
    )
    {
        var renewed = new Dictionary<string, JsonElement>(former);
        if (rotation.Logins is { } logins)
        {
            // It is Vault's own copy that is asked for, at any time: nothing has to be remembered between the steps.
            var login = await vault.StaticLoginAsync(VaultRoles.StaticCredentials + logins.Next.Role, cancellation);
            renewed[logins.UserKey] = Text(login?.Username ?? throw Untold(logins.Next.Role));
            renewed[rotation.Key] = Text(login.Password ?? throw Untold(logins.Next.Role));
            return renewed;
        }
        foreach (var key in rotation.Keys)
        {
            renewed[key] = Text(
                rotation.Policy is { } policy
                    ? await vault.GenerateAsync(policy, cancellation)
                        ?? throw VaultClient.Terms.Garbled($"no password for the policy {policy}")
                    : RandomNumberGenerator.GetString(RotationPlan.Alphabet, rotation.Length)
            );
        }
        return renewed;
    }

    /// <summary>
    /// Writes, if the planned version is still current. A refusal is believed once another version shows; until then it may be
    /// a standby's that does not know the planned one yet.
    /// </summary>
    /// <returns>The version that was written, or none and which is current instead.</returns>
    public async Task<(int? Written, int? Now)> WriteOnceAsync(
        VaultClient vault,
        SecretPath path,
        RotationPlan rotation,
        Dictionary<string, JsonElement> renewed
    )
    {
        int? now = null;
        for (var turn = 0; turn <= Patience.Length; turn++)
        {
            if (await vault.WriteAsync(path.Full, renewed, rotation.Version, CancellationToken.None) is { } written)
            {
                return (written, written);
            }
            now = await TryCurrentAsync(vault, path);
            if (now > rotation.Version)
            {
                break;
            }
            if (turn < Patience.Length)
            {
                await Task.Delay(Patience[turn], time);
            }
        }
        return (null, now);
    }

    /// <summary>The current version; looked at again while it is older than the planned one, which was seen already.</summary>
    public async Task<int?> CurrentAsync(
        VaultClient vault,
        SecretPath path,
        int planned,
        CancellationToken cancellation
    )
    {
        for (var turn = 0; ; turn++)
        {
            var current = (await vault.MetadataAsync(path.Full, cancellation))?.CurrentVersion;
            if (turn == Patience.Length || current >= planned)
            {
                return current;
            }
            await Task.Delay(Patience[turn], time, cancellation);
        }
    }

    /// <summary>Looks until the version that was written, or a later one, is there.</summary>
    public async Task<(int? Current, Dictionary<string, JsonElement>? Read)> ReadBackAsync(
        VaultClient vault,
        SecretPath path,
        int written
    )
    {
        for (var turn = 0; ; turn++)
        {
            var current = (await vault.MetadataAsync(path.Full, CancellationToken.None))?.CurrentVersion;
            var read = await vault.DataAsync(path.Full, written, CancellationToken.None);
            if (turn == Patience.Length || read is not null && current >= written)
            {
                return (current, read);
            }
            await Task.Delay(Patience[turn], time);
        }
    }

    /// <summary>Compared in a time that does not tell where they differ.</summary>
    public static bool Same(Dictionary<string, JsonElement> read, Dictionary<string, JsonElement> written) =>
        read.Count == written.Count
        && written.All(pair =>
            read.TryGetValue(pair.Key, out var other)
            && CryptographicOperations.FixedTimeEquals(Bytes(pair.Value), Bytes(other))
        );

    private static async Task<int?> TryCurrentAsync(VaultClient vault, SecretPath path)
    {
        try
        {
            return (await vault.MetadataAsync(path.Full, CancellationToken.None))?.CurrentVersion;
        }
        catch (UpstreamException)
        {
            return null;
        }
    }

    private static UpstreamException Untold(string role) =>
        VaultClient.Terms.Garbled($"no login of the static role {role}");

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, Plain);

    private static byte[] Bytes(JsonElement value) =>
        Encoding.UTF8.GetBytes(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
}
