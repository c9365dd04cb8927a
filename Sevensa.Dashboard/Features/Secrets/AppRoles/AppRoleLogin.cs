using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Secrets.Vault;

namespace Sevensa.Dashboard.Features.Secrets.AppRoles;

/// <summary>An AppRole whose secret id a secret holds, and what a new one takes over from the one that is in use.</summary>
/// <param name="Role">Vault's name for it.</param>
/// <param name="RoleIdKey">The secret's key that holds its role id.</param>
internal sealed record AppRoleLogin(string Role, string RoleIdKey)
{
    /// <summary>Names in Vault which plan a secret id was made for.</summary>
    public const string Mark = "sevensa_proposal";

    /// <summary>Addresses from which alone it logs in.</summary>
    public IReadOnlyList<string> Cidrs { get; init; } = [];

    /// <summary>Addresses from which alone its tokens are taken.</summary>
    public IReadOnlyList<string> TokenCidrs { get; init; } = [];

    /// <summary>What policies and Vault's record know of who logs in by it.</summary>
    public IReadOnlyDictionary<string, string> Marks { get; init; } = new Dictionary<string, string>();

    /// <summary>It is good for so many logins and no more.</summary>
    public bool Counted { get; init; }

    /// <param name="known">What Vault knows of the one that is in use; null when it knows it no more.</param>
    public static AppRoleLogin Of(string role, string roleIdKey, VaultSecretId? known) =>
        new(role, roleIdKey)
        {
            Cidrs = known?.CidrList ?? [],
            TokenCidrs = known?.TokenBoundCidrs ?? [],
            Marks = (known?.Metadata ?? [])
                .Where(pair => pair.Key != Mark)
                .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal),
            Counted = known?.SecretIdNumUses > 0,
        };

    /// <summary>Why a login by it is not tried; null when it is.</summary>
    [JsonIgnore]
    public string? WhyUntried =>
        Cidrs.Count > 0 ? $"it logs in from {string.Join(", ", Cidrs)} alone, as the former one does"
        : TokenCidrs.Count > 0
            ? $"its tokens are taken from {string.Join(", ", TokenCidrs)} alone, as the former one's are"
        : Counted ? "each login of it counts, and it has as many as the role gives it"
        : null;
}
