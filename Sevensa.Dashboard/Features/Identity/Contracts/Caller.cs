using System.Globalization;
using System.Security.Claims;

namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>
/// Whoever asks: a person in a circuit, a person behind an API token, or a program of its own.
/// Every service that reads or changes something takes one; what it may do is decided here and nowhere else.
/// </summary>
/// <param name="Subject">Opaque id of the person, or of the API client when no person stands behind it.</param>
/// <param name="Name">Name to show and to write into the record.</param>
/// <param name="Role">What the person or program is here for.</param>
/// <param name="IsPerson">False for a program that acts for nobody: it can never approve.</param>
/// <param name="Tenants">The tenants the caller may see.</param>
/// <param name="Scopes">What the token allows; a person in a browser has all that the role allows.</param>
/// <param name="Client">The API client or personal token that carried the call; null in a browser.</param>
public sealed record Caller(
    string Subject,
    string Name,
    Role Role,
    bool IsPerson,
    TenantSet Tenants,
    ApiScopes Scopes,
    string? Client = null
)
{
    /// <summary>Which role, where it is <see cref="Role.Custom"/>; without it that one gives nothing.</summary>
    public HeldRole? Custom { get; init; }

    /// <summary>What the role allows; a token may narrow it (<see cref="Scopes"/>).</summary>
    public RolePermissions Permissions => Role == Role.Custom ? NamedPermission.Of(Custom) : NamedPermission.Of(Role);

    /// <summary>The role as people read it, beginning a line.</summary>
    public string RoleName => Role == Role.Custom ? Custom?.Name ?? "No role" : Role.ToString();

    /// <summary>The role as people read it, in a sentence.</summary>
    public string RoleWords => Role == Role.Custom ? Custom?.Name ?? "no role" : Role.ToString().ToLowerInvariant();

    /// <summary>Id of the token that carried the call, where it has one of its own; never the token itself.</summary>
    public string? Token { get; init; }

    /// <summary>Id of the browser's session, where there is one and no token.</summary>
    public string? Session { get; init; }

    /// <summary>IANA name of the zone in which this person reads a clock, when it is known: "yesterday" is meant there.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Sees the operators' side (everything but the portal) of at least one tenant.</summary>
    public bool IsStaff => Allows(RolePermissions.Read);

    public bool MayRead => Has(ApiScopes.Read);

    public bool MayPropose => Has(ApiScopes.Propose) && Allows(RolePermissions.Propose);

    /// <summary>Silences and ends alerts, and writes incidents, maintenance and service levels.</summary>
    public bool MayHandleAlerts => Has(ApiScopes.Propose) && Allows(RolePermissions.HandleAlerts);

    /// <summary>Arranges dashboards and keeps searches.</summary>
    public bool MayArrange => Has(ApiScopes.Propose) && Allows(RolePermissions.Arrange);

    /// <summary>May decide on proposals at all; which risk is a matter of <see cref="MayApprove(bool)"/>.</summary>
    public bool IsReviewer => IsPerson && Has(ApiScopes.Approve) && Allows(RolePermissions.Approve);

    /// <summary>Of all tenants, so that no custom role makes one.</summary>
    public bool IsAdmin => Role == Role.Admin && Has(ApiScopes.Admin);

    public bool MayWriteScans =>
        Has(ApiScopes.ScansWrite) && (Allows(RolePermissions.ScansWrite) || (!IsPerson && Role != Role.Custom));

    /// <summary>Operators approve low and medium risk, approvers and administrators any, others what their role holds.</summary>
    public bool MayApprove(bool highRisk) => IsReviewer && (!highRisk || Allows(RolePermissions.ApproveHighRisk));

    /// <summary>Whether role and token together allow it.</summary>
    public bool May(RolePermissions permission) =>
        permission switch
        {
            RolePermissions.Portal => MayRead && Allows(RolePermissions.Portal),
            RolePermissions.Read => IsStaff && MayRead,
            RolePermissions.Propose => MayPropose,
            RolePermissions.HandleAlerts => MayHandleAlerts,
            RolePermissions.Arrange => MayArrange,
            RolePermissions.Approve => MayApprove(highRisk: false),
            RolePermissions.ApproveHighRisk => MayApprove(highRisk: true),
            RolePermissions.ScansWrite => MayWriteScans,
            RolePermissions.Administer => IsAdmin,
            _ => false,
        };

    public bool MaySee(string tenant) => Tenants.Contains(tenant);

    /// <summary>
    /// Whether nothing of what was once allowed is missing now: what rests on it may go on. Another role is another, also where it
    /// allows more, and so is a custom one that was changed: what was decided by it is decided anew.
    /// </summary>
    public bool Covers(Caller then) =>
        Role == then.Role
        && Custom?.Id == then.Custom?.Id
        && Permissions == then.Permissions
        && (Scopes & then.Scopes) == then.Scopes
        && (Tenants.IsAll || (!then.Tenants.IsAll && then.Tenants.Ids.All(Tenants.Contains)));

    private bool Has(ApiScopes scope) => (Scopes & scope) == scope;

    private bool Allows(RolePermissions permission) => (Permissions & permission) == permission;

    /// <summary>Reads a caller from the claims that sign-in and token issue put there; null when nobody is signed in.</summary>
    public static Caller? From(ClaimsPrincipal principal) =>
        principal.Identity is CallerIdentity identity ? identity.Caller ??= Read(principal)
        : principal.Identity?.IsAuthenticated == true ? Read(principal)
        : null;

    private static Caller? Read(ClaimsPrincipal principal)
    {
        var subject =
            principal.FindFirstValue(CallerClaims.Subject) ?? principal.FindFirstValue(ClaimTypes.NameIdentifier);
        if (
            subject is null
            || !Enum.TryParse<Role>(principal.FindFirstValue(CallerClaims.Role), ignoreCase: true, out var role)
        )
        {
            return null;
        }
        var scopes = principal.FindFirstValue(CallerClaims.Scopes);
        return new Caller(
            subject,
            principal.FindFirstValue(CallerClaims.Name) ?? subject,
            role,
            principal.FindFirstValue(CallerClaims.IsPerson) == "true",
            role == Role.Admin
                ? TenantSet.All
                : TenantSet.Of(principal.FindAll(CallerClaims.Tenant).Select(claim => claim.Value)),
            scopes is null ? ApiScopes.None : (ApiScopes)int.Parse(scopes, CultureInfo.InvariantCulture),
            principal.FindFirstValue(CallerClaims.Client)
        )
        {
            Token = principal.FindFirstValue(CallerClaims.Token),
            Session = principal.FindFirstValue(CallerClaims.Session),
            Custom = role == Role.Custom ? ReadCustom(principal) : null,
        };
    }

    private static HeldRole? ReadCustom(ClaimsPrincipal principal) =>
        principal.FindFirstValue(CallerClaims.CustomRole) is { } id
        && int.TryParse(
            principal.FindFirstValue(CallerClaims.Permissions),
            CultureInfo.InvariantCulture,
            out var permissions
        )
            ? new HeldRole(
                id,
                principal.FindFirstValue(CallerClaims.CustomRoleName) ?? id,
                (RolePermissions)permissions
            )
            : null;
}

/// <summary>Keeps what was read from its claims, which nobody adds to: each door and each service asks anew.</summary>
internal sealed class CallerIdentity(IEnumerable<Claim> claims, string scheme)
    : ClaimsIdentity(claims, scheme, CallerClaims.Name, CallerClaims.Role)
{
    public Caller? Caller { get; set; }
}

/// <summary>The claims a <see cref="Caller"/> is read from; cookie and token carry the same ones.</summary>
public static class CallerClaims
{
    public const string Subject = "sub";
    public const string Name = "name";
    public const string Role = "sevensa:role";

    /// <summary>Id of the custom role, where there is one.</summary>
    public const string CustomRole = "sevensa:custom-role";
    public const string CustomRoleName = "sevensa:custom-role-name";

    /// <summary><see cref="RolePermissions"/> of the custom role as a decimal number.</summary>
    public const string Permissions = "sevensa:permissions";
    public const string Tenant = "sevensa:tenant";
    public const string IsPerson = "sevensa:person";

    /// <summary><see cref="ApiScopes"/> as a decimal number.</summary>
    public const string Scopes = "sevensa:scopes";
    public const string Client = "sevensa:client";

    /// <summary>Id of the browser's session.</summary>
    public const string Session = "sevensa:session";

    /// <summary>Id of the access or personal token that carried the call.</summary>
    public const string Token = "sevensa:token";
}

public enum Role
{
    /// <summary>The portal of one tenant and its health API, nothing else.</summary>
    Client,
    Viewer,
    Operator,
    Approver,
    Admin,

    /// <summary>One that an administrator put together: <see cref="Caller.Custom"/> says which, and without it it gives nothing.</summary>
    Custom,
}

/// <summary>What a token allows: <c>read</c>, <c>propose</c>, <c>approve</c>, <c>scans:write</c>, <c>admin</c>.</summary>
[Flags]
public enum ApiScopes
{
    None = 0,
    Read = 1,
    Propose = 2,
    Approve = 4,
    ScansWrite = 8,
    Admin = 16,
    All = Read | Propose | Approve | ScansWrite | Admin,
}

/// <summary>The tenants somebody may see: some, by id, or all that there are and will be.</summary>
public sealed class TenantSet : IEquatable<TenantSet>
{
    public static TenantSet All { get; } = new(null);

    private readonly IReadOnlySet<string>? ids;

    private TenantSet(IReadOnlySet<string>? ids) => this.ids = ids;

    public static TenantSet Of(IEnumerable<string> ids) => new(new HashSet<string>(ids, StringComparer.Ordinal));

    public bool IsAll => ids is null;

    /// <summary>The ids; empty when <see cref="IsAll"/>.</summary>
    public IEnumerable<string> Ids => ids ?? Enumerable.Empty<string>();

    public bool Contains(string tenant) => ids is null || ids.Contains(tenant);

    public bool Equals(TenantSet? other) =>
        other is not null && (ids is null ? other.ids is null : other.ids is not null && ids.SetEquals(other.ids));

    public override bool Equals(object? obj) => Equals(obj as TenantSet);

    public override int GetHashCode() => ids?.Count ?? -1;
}
