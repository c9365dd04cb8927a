using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>All roles that somebody can hold, with what they allow and who does hold them.</summary>
internal sealed class RolesToday(RoleStore store, RoleDesk desk, PersonStore people)
{
    /// <summary>Those that are there from the start, from the most to the least, with what they are for.</summary>
    private static readonly (Role Role, string For)[] BuiltIn =
    [
        (Role.Admin, "Everything, for all tenants: settings, people and secrets too."),
        (Role.Approver, "Sees, and decides on any risk."),
        (Role.Operator, "Sees, proposes, and decides on low and medium risk."),
        (Role.Viewer, "Sees."),
        (Role.Client, "The portal of one tenant and its health, nothing else."),
    ];

    public async Task<IReadOnlyList<RoleAnswer>> ListAsync(CancellationToken cancellation)
    {
        var holders = (await people.ListAsync(cancellation)).ToLookup(person => KeyOf(person.Role, person.Custom));
        return
        [
            .. BuiltIn.Select(one => new RoleAnswer(
                IdOf(one.Role),
                one.Role.ToString(),
                one.For,
                NamedPermission.NamesOf(NamedPermission.Of(one.Role)),
                true,
                holders[IdOf(one.Role)].Count()
            )),
            .. (await store.ListAsync(cancellation)).Select(row => new RoleAnswer(
                row.Id,
                row.Name,
                row.Description,
                NamedPermission.NamesOf(NamedPermission.Of(row.Held)),
                false,
                holders[row.Id].Count()
            )),
        ];
    }

    /// <exception cref="UnknownAccountException"/>
    public async Task<RoleDetail> FindAsync(string id, CancellationToken cancellation)
    {
        var role =
            (await ListAsync(cancellation)).FirstOrDefault(one => one.Id == id)
            ?? throw new UnknownAccountException("There is no such role. It may have been removed.");
        return new RoleDetail(
            role.Id,
            role.Name,
            role.Description,
            role.Permissions,
            role.IsBuiltIn,
            role.IsBuiltIn
                ?
                [
                    .. (await people.ListAsync(cancellation))
                        .Where(person => IdOf(person.Role) == id)
                        .Select(person => person.UserName),
                ]
                : await desk.UsersAsync(id, cancellation)
        );
    }

    private static string? KeyOf(Role role, HeldRole? custom) => role == Role.Custom ? custom?.Id : IdOf(role);

    private static string IdOf(Role role) => role.ToString().ToLowerInvariant();
}
