using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Answers of Vault's HTTP API v1; <c>data</c> is what the path is about.</summary>
internal sealed record VaultAnswer<T>(T? Data, VaultAuth? Auth = null);

/// <summary><c>GET sys/health</c>; answered with 503 and the same body when sealed.</summary>
public sealed record VaultHealth(bool Initialized, bool Sealed, bool Standby, string Version);

internal sealed record VaultAuth(string ClientToken, int LeaseDuration, bool Renewable);

/// <summary><c>GET auth/token/lookup-self</c>, without the token itself.</summary>
public sealed record VaultSelf(string DisplayName, IReadOnlyList<string> Policies, int Ttl, bool Renewable);

internal sealed record VaultKeys(IReadOnlyList<string> Keys);

/// <summary><c>GET {mount}/metadata/{path}</c></summary>
public sealed record VaultMetadata(
    int CurrentVersion,
    DateTimeOffset CreatedTime,
    DateTimeOffset UpdatedTime,
    IReadOnlyDictionary<string, VaultVersion> Versions,
    IReadOnlyDictionary<string, string>? CustomMetadata = null
);

/// <param name="DeletionTime">Empty while it is there.</param>
public sealed record VaultVersion(DateTimeOffset CreatedTime, string DeletionTime, bool Destroyed)
{
    public bool IsGone => Destroyed || DeletionTime.Length > 0;
}

internal sealed record VaultWritten(int Version);

internal sealed record VaultLease(
    string Id,
    DateTimeOffset IssueTime,
    DateTimeOffset? ExpireTime,
    DateTimeOffset? LastRenewal,
    bool Renewable
);

/// <summary>
/// The values of one version. No record, so that nothing prints it; only the rotation ever holds one, and not for longer
/// than its steps.
/// </summary>
internal sealed class VaultData
{
    public Dictionary<string, JsonElement>? Data { get; set; }

    public VaultWritten? Metadata { get; set; }
}

internal sealed class VaultWrite
{
    public required Dictionary<string, JsonElement> Data { get; set; }

    public required VaultWriteOptions Options { get; set; }
}

internal sealed record VaultWriteOptions(int Cas);

internal sealed class VaultLogin
{
    public required string RoleId { get; set; }

    public required string SecretId { get; set; }
}

internal sealed record VaultLeaseAsked(string LeaseId);

internal sealed record VaultErrors(IReadOnlyList<string>? Errors);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(VaultHealth))]
[JsonSerializable(typeof(VaultAnswer<VaultSelf>))]
[JsonSerializable(typeof(VaultAnswer<VaultKeys>))]
[JsonSerializable(typeof(VaultAnswer<VaultMetadata>))]
[JsonSerializable(typeof(VaultAnswer<VaultData>))]
[JsonSerializable(typeof(VaultAnswer<VaultWritten>))]
[JsonSerializable(typeof(VaultAnswer<VaultLease>))]
[JsonSerializable(typeof(VaultWrite))]
[JsonSerializable(typeof(VaultLogin))]
[JsonSerializable(typeof(VaultLeaseAsked))]
[JsonSerializable(typeof(VaultErrors))]
internal sealed partial class VaultJson : JsonSerializerContext;
