using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Answers of Vault's HTTP API v1; <c>data</c> is what the path is about.</summary>
internal sealed record VaultAnswer<T>(T? Data, VaultAuth? Auth = null);

/// <summary><c>GET sys/health</c>; answered with 503 and the same body when sealed.</summary>
/// <param name="Initialized">Null in an answer that is not one of <c>sys/health</c>.</param>
internal sealed record VaultHealth(bool? Initialized, bool Sealed, bool Standby, string Version);

internal sealed record VaultAuth(string ClientToken, int LeaseDuration, bool Renewable);

/// <summary><c>GET auth/token/lookup-self</c>, without the token itself.</summary>
/// <param name="Ttl">Seconds it still lives; 0 when it has no end.</param>
/// <param name="CreationTtl">Seconds it was given at first.</param>
/// <param name="Period">Seconds that each renewal gives it again, for as long as it is renewed; 0 when it has a longest life.</param>
internal sealed record VaultSelf(
    string DisplayName,
    IReadOnlyList<string> Policies,
    long Ttl,
    bool Renewable,
    long CreationTtl = 0,
    long Period = 0
);

internal sealed record VaultKeys(IReadOnlyList<string> Keys);

/// <summary><c>GET {mount}/detailed-metadata/{folder}?scan=true</c>: the metadata of a whole tree by path below the folder.</summary>
internal sealed record VaultTree(IReadOnlyDictionary<string, VaultMetadata>? KeyInfo);

/// <summary><c>GET sys/internal/ui/mounts/{mount}</c></summary>
internal sealed record VaultMount(string? Type, IReadOnlyDictionary<string, string?>? Options);

/// <summary><c>GET {mount}/config</c> of a key/value engine of version 2.</summary>
internal sealed record VaultKvConfig(int MaxVersions);

/// <summary><c>GET {mount}/metadata/{path}</c></summary>
/// <param name="CurrentVersion">0 when only metadata was ever written.</param>
/// <param name="MaxVersions">How many versions are kept; 0: as many as the engine's own setting says.</param>
/// <param name="DeleteVersionAfter">A Go duration after which each new version is deleted by itself; <c>0s</c> for never.</param>
internal sealed record VaultMetadata(
    int CurrentVersion,
    DateTimeOffset CreatedTime,
    DateTimeOffset UpdatedTime,
    IReadOnlyDictionary<string, VaultVersion> Versions,
    IReadOnlyDictionary<string, string>? CustomMetadata = null,
    int MaxVersions = 0,
    string? DeleteVersionAfter = null
);

/// <param name="DeletionTime">Empty, or when it was or will be deleted: with <c>delete_version_after</c> it lies ahead while the version lives.</param>
internal sealed record VaultVersion(DateTimeOffset CreatedTime, string? DeletionTime, bool Destroyed)
{
    /// <summary>Null when it is neither deleted nor has an end.</summary>
    public DateTimeOffset? EndsAt =>
        DateTimeOffset.TryParse(
            DeletionTime,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at
        )
            ? at
            : null;
}

internal sealed record VaultWritten(int Version);

/// <param name="Ttl">Seconds it still lives; below 0 when its time is over and it could not be revoked yet.</param>
/// <param name="RevokeError">Why it is irrevocable: Vault has given up trying.</param>
internal sealed record VaultLease(
    string Id,
    DateTimeOffset IssueTime,
    DateTimeOffset? ExpireTime,
    DateTimeOffset? LastRenewal,
    bool Renewable,
    long Ttl = 0,
    string? RevokeError = null
);

/// <summary>
/// The values of one version. No record, so that nothing prints it; only the rotation and a sign-in to a
/// database ever hold one, and not for longer than that.
/// </summary>
internal sealed class VaultData
{
    public Dictionary<string, JsonElement>? Data { get; set; }

    public VaultWritten? Metadata { get; set; }
}

/// <summary>What the database engine gives of a static role. No record, so that nothing prints it.</summary>
internal sealed class VaultGivenLogin
{
    public string? Username { get; set; }

    public string? Password { get; set; }
}

/// <summary><c>GET auth/approle/role/{role}/role-id</c></summary>
internal sealed record VaultRoleId(string? RoleId);

/// <summary>A secret id, or what is known of one. No record, so that nothing prints it.</summary>
internal sealed class VaultSecretId
{
    public string? SecretId { get; set; }

    public string? SecretIdAccessor { get; set; }

    public Dictionary<string, string>? Metadata { get; set; }

    /// <summary>Addresses from which alone it logs in; empty for everywhere.</summary>
    public List<string>? CidrList { get; set; }

    /// <summary>Addresses from which alone the tokens that it gives are taken; empty for everywhere.</summary>
    public List<string>? TokenBoundCidrs { get; set; }

    /// <summary>Logins that it is still good for; 0 for any number.</summary>
    public int SecretIdNumUses { get; set; }
}

internal sealed class VaultSecretIdAsked
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SecretId { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SecretIdAccessor { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Metadata { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? CidrList { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? TokenBoundCidrs { get; set; }
}

/// <summary>An answer that was put aside; what it was is not read.</summary>
internal sealed class VaultWrapped
{
    public VaultWrapping? WrapInfo { get; set; }
}

/// <summary>Where it was put. No record, so that nothing prints the token.</summary>
internal sealed class VaultWrapping
{
    public string? Token { get; set; }

    public string? Accessor { get; set; }

    /// <summary>Seconds.</summary>
    public long Ttl { get; set; }
}

/// <summary><c>GET database/creds/{role}</c>: a login that was just made, and the lease that gives it back.</summary>
internal sealed class VaultGivenLease
{
    public string? LeaseId { get; set; }

    public VaultGivenLogin? Data { get; set; }
}

/// <summary><c>GET database/static-roles/{role}</c></summary>
internal sealed record VaultStaticRole(string? DbName, string? Username, DateTimeOffset? LastVaultRotation);

/// <summary><c>GET database/roles/{role}</c></summary>
internal sealed record VaultDynamicRole(string? DbName);

internal sealed record VaultRevocation(string LeaseId, bool Sync);

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

internal sealed record VaultPathsAsked(IReadOnlyList<string> Paths);

/// <param name="Data">What is told in place of errors, as of a version that is deleted.</param>
internal sealed record VaultErrors(IReadOnlyList<string>? Errors, JsonElement Data = default);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(VaultHealth))]
[JsonSerializable(typeof(VaultAnswer<VaultSelf>))]
[JsonSerializable(typeof(VaultAnswer<VaultKeys>))]
[JsonSerializable(typeof(VaultAnswer<VaultMetadata>))]
[JsonSerializable(typeof(VaultAnswer<VaultTree>))]
[JsonSerializable(typeof(VaultAnswer<VaultMount>))]
[JsonSerializable(typeof(VaultAnswer<VaultKvConfig>))]
[JsonSerializable(typeof(VaultAnswer<VaultData>))]
[JsonSerializable(typeof(VaultAnswer<VaultGivenLogin>))]
[JsonSerializable(typeof(VaultAnswer<VaultWritten>))]
[JsonSerializable(typeof(VaultAnswer<VaultLease>))]
[JsonSerializable(typeof(VaultAnswer<VaultStaticRole>))]
[JsonSerializable(typeof(VaultAnswer<VaultDynamicRole>))]
[JsonSerializable(typeof(VaultAnswer<VaultRoleId>))]
[JsonSerializable(typeof(VaultAnswer<VaultSecretId>))]
[JsonSerializable(typeof(VaultSecretIdAsked))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(VaultPathsAsked))]
[JsonSerializable(typeof(VaultAnswer<IReadOnlyDictionary<string, IReadOnlyList<string>>>))]
[JsonSerializable(typeof(VaultGivenLease))]
[JsonSerializable(typeof(VaultWrapped))]
[JsonSerializable(typeof(VaultRevocation))]
[JsonSerializable(typeof(VaultWrite))]
[JsonSerializable(typeof(VaultLogin))]
[JsonSerializable(typeof(VaultLeaseAsked))]
[JsonSerializable(typeof(VaultErrors))]
internal sealed partial class VaultJson : JsonSerializerContext;
