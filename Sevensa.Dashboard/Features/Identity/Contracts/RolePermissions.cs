namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>What a role allows. The doors (<see cref="Policies"/>) and services decide by these, through a <see cref="Caller"/>.</summary>
[Flags]
public enum RolePermissions
{
    None = 0,

    /// <summary>The portal and the health API of one's tenants.</summary>
    Portal = 1,

    /// <summary>The operators' side: everything but the portal.</summary>
    Read = 2,

    /// <summary>Proposes actions, and writes what proposes or is proposed from: policies, schedules, playbooks, decisions on findings.</summary>
    Propose = 4,

    /// <summary>Decides on low and medium risk.</summary>
    Approve = 8,

    /// <summary>Decides on high risk.</summary>
    ApproveHighRisk = 16,

    /// <summary>Hands in scan reports.</summary>
    ScansWrite = 32,

    /// <summary>People, programs, secrets and hosts, of all tenants: administrators alone.</summary>
    Administer = 64,

    /// <summary>Silences and ends alerts, and writes incidents, maintenance and service levels.</summary>
    HandleAlerts = 128,

    /// <summary>Arranges dashboards and keeps searches.</summary>
    Arrange = 256,
}

/// <summary>A custom role as somebody holds it.</summary>
public sealed record HeldRole(string Id, string Name, RolePermissions Permissions);

/// <summary>The permissions by their names, and what the roles hold that are there from the start.</summary>
/// <param name="Words">As in "may …".</param>
/// <param name="Needs">Without this it would open nothing: a role holds both.</param>
public sealed record NamedPermission(RolePermissions Is, string Name, string Words, RolePermissions Needs)
{
    public static IReadOnlyList<NamedPermission> All { get; } =
    [
        new(RolePermissions.Portal, "portal", "see the tenant's portal", RolePermissions.None),
        new(RolePermissions.Read, "read", "see what operators see", RolePermissions.Portal),
        new(RolePermissions.Propose, "propose", "propose actions of any kind", RolePermissions.Read),
        new(
            RolePermissions.HandleAlerts,
            "handleAlerts",
            "silence alerts, and write incidents and service levels",
            RolePermissions.Read
        ),
        new(RolePermissions.Arrange, "arrange", "arrange dashboards and keep searches", RolePermissions.Read),
        new(RolePermissions.Approve, "approve", "approve low and medium risk", RolePermissions.Read),
        new(RolePermissions.ApproveHighRisk, "approveHighRisk", "approve high risk", RolePermissions.Approve),
        new(RolePermissions.ScansWrite, "scansWrite", "hand in scan reports", RolePermissions.Portal),
        new(
            RolePermissions.Administer,
            "admin",
            "administer people, programs, secrets and hosts",
            RolePermissions.Read
        ),
    ];

    /// <summary>Those that a custom role can hold: who administers is an administrator, of all tenants.</summary>
    public static IReadOnlyList<NamedPermission> OfCustomRoles { get; } =
    [.. All.Where(one => one.Is != RolePermissions.Administer)];

    private const RolePermissions Custom =
        RolePermissions.Portal
        | RolePermissions.Read
        | RolePermissions.Propose
        | RolePermissions.HandleAlerts
        | RolePermissions.Arrange
        | RolePermissions.Approve
        | RolePermissions.ApproveHighRisk
        | RolePermissions.ScansWrite;

    /// <summary>What a role that is there from the start holds; any other nothing.</summary>
    public static RolePermissions Of(Role role) =>
        role switch
        {
            Role.Client => RolePermissions.Portal,
            Role.Viewer => RolePermissions.Portal | RolePermissions.Read,
            Role.Operator => RolePermissions.Portal
                | RolePermissions.Read
                | RolePermissions.Propose
                | RolePermissions.HandleAlerts
                | RolePermissions.Arrange
                | RolePermissions.Approve
                | RolePermissions.ScansWrite,
            Role.Approver => RolePermissions.Portal
                | RolePermissions.Read
                | RolePermissions.Approve
                | RolePermissions.ApproveHighRisk,
            Role.Admin => Custom | RolePermissions.Administer,
            _ => RolePermissions.None,
        };

    /// <summary>What a custom role holds, whatever is written in its row; one that is not there holds nothing.</summary>
    public static RolePermissions Of(HeldRole? role) => (role?.Permissions ?? RolePermissions.None) & Custom;

    /// <summary>Unknown names mean nothing.</summary>
    public static RolePermissions Parse(IEnumerable<string> names) =>
        names.Aggregate(
            RolePermissions.None,
            (all, name) => all | (All.FirstOrDefault(one => one.Name == name)?.Is ?? RolePermissions.None)
        );

    public static IReadOnlyList<string> NamesOf(RolePermissions permissions) =>
        [.. All.Where(one => permissions.HasFlag(one.Is)).Select(one => one.Name)];
}
