using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>A person's account.</summary>
internal sealed class AppUser : IdentityUser<string>
{
    public string DisplayName { get; set; } = "";
    public Role Role { get; set; }

    /// <summary>Which one, where the role is <see cref="Role.Custom"/>. No constraint holds it: one that is gone gives nothing.</summary>
    public string? CustomRoleId { get; set; }

    /// <summary>Ids of the tenants the person may see; not read for administrators, who see all.</summary>
    public List<string> Tenants { get; set; } = [];
    public bool Disabled { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? LastSignInAt { get; set; }
}

/// <summary>An account as everything but account management sees it.</summary>
internal sealed record Person(
    string Id,
    string UserName,
    string DisplayName,
    Role Role,
    IReadOnlyList<string> Tenants,
    bool Disabled,
    bool HasPassword,
    string SecurityStamp,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastSignInAt,
    DateTimeOffset? LockedUntil,
    bool HasSecondFactor,
    HeldRole? Custom
)
{
    /// <summary>What the role allows; nothing where it is a custom one that is not there.</summary>
    public RolePermissions Permissions => Role == Role.Custom ? NamedPermission.Of(Custom) : NamedPermission.Of(Role);

    /// <summary>The role as people read it.</summary>
    public string RoleName => Role == Role.Custom ? Custom?.Name ?? "A role that is gone" : Role.ToString();

    /// <param name="scopes">What the token allows; the role narrows it further.</param>
    public Caller ToCaller(ApiScopes scopes = ApiScopes.All, string? client = null) =>
        new(
            Id,
            DisplayName,
            Role,
            IsPerson: true,
            Role == Role.Admin ? TenantSet.All : TenantSet.Of(Tenants),
            scopes & ScopeWords.Of(Permissions),
            client
        )
        {
            Custom = Role == Role.Custom ? Custom : null,
        };
}

internal static class ScopeWords
{
    public static readonly IReadOnlyList<(string Word, ApiScopes Scope)> All =
    [
        ("read", ApiScopes.Read),
        ("propose", ApiScopes.Propose),
        ("approve", ApiScopes.Approve),
        ("scans:write", ApiScopes.ScansWrite),
        ("admin", ApiScopes.Admin),
    ];

    /// <summary>The most that a role can do through the API.</summary>
    public static ApiScopes Of(RolePermissions permissions)
    {
        // Every request asks.
        var scopes = ApiScopes.None;
        foreach (var (permission, scope) in byPermission)
        {
            scopes |= (permissions & permission) == permission ? scope : ApiScopes.None;
        }
        return scopes;
    }

    private static readonly (RolePermissions Permission, ApiScopes Scope)[] byPermission =
    [
        (RolePermissions.Portal, ApiScopes.Read),
        (RolePermissions.Propose, ApiScopes.Propose),
        (RolePermissions.HandleAlerts, ApiScopes.Propose),
        (RolePermissions.Arrange, ApiScopes.Propose),
        (RolePermissions.Approve, ApiScopes.Approve),
        (RolePermissions.ScansWrite, ApiScopes.ScansWrite),
        (RolePermissions.Administer, ApiScopes.Admin),
    ];

    /// <summary>Unknown words mean nothing, and no words mean none.</summary>
    public static ApiScopes Parse(IEnumerable<string>? words) =>
        (words ?? []).Aggregate(
            ApiScopes.None,
            (scopes, word) => scopes | All.FirstOrDefault(known => known.Word == word).Scope
        );

    public static IReadOnlyList<string> Words(this ApiScopes scopes) =>
        [.. All.Where(known => scopes.HasFlag(known.Scope)).Select(known => known.Word)];
}
