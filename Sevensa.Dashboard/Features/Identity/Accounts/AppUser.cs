using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>A person's account.</summary>
internal sealed class AppUser : IdentityUser<string>
{
    public string DisplayName { get; set; } = "";
    public Role Role { get; set; }

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
    bool HasSecondFactor
)
{
    /// <param name="scopes">What the token allows; the role narrows it further.</param>
    public Caller ToCaller(ApiScopes scopes = ApiScopes.All, string? client = null) =>
        new(
            Id,
            DisplayName,
            Role,
            IsPerson: true,
            Role == Role.Admin ? TenantSet.All : TenantSet.Of(Tenants),
            scopes & ScopeWords.Of(Role),
            client
        );
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
    public static ApiScopes Of(Role role) =>
        role switch
        {
            Role.Admin => ApiScopes.All,
            Role.Operator => ApiScopes.Read | ApiScopes.Propose | ApiScopes.Approve | ApiScopes.ScansWrite,
            Role.Approver => ApiScopes.Read | ApiScopes.Approve,
            _ => ApiScopes.Read,
        };

    /// <summary>Unknown words mean nothing, and no words mean none.</summary>
    public static ApiScopes Parse(IEnumerable<string>? words) =>
        (words ?? []).Aggregate(
            ApiScopes.None,
            (scopes, word) => scopes | All.FirstOrDefault(known => known.Word == word).Scope
        );

    public static IReadOnlyList<string> Words(this ApiScopes scopes) =>
        [.. All.Where(known => scopes.HasFlag(known.Scope)).Select(known => known.Word)];
}
