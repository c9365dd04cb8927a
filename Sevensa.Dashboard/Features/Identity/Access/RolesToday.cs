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

    public async Task<IReadOnlyList<RoleAnswer>> ListAsync(CancellationToken cancellation) =>
        [.. (await AllAsync(cancellation)).Select(one => one.Role)];

    /// <exception cref="UnknownAccountException"/>
    public async Task<RoleDetail> FindAsync(string id, CancellationToken cancellation)
    {
        var (role, holders) = (await AllAsync(cancellation)).FirstOrDefault(one => one.Role.Id == id);
        return role is null
            ? throw new UnknownAccountException("There is no such role. It may have been removed.")
            : new RoleDetail(
                role.Id,
                role.Name,
                role.Description,
                role.Permissions,
                role.IsBuiltIn,
                [.. holders, .. role.IsBuiltIn ? [] : desk.NamedBy(id)]
            );
    }

    /// <summary>Each role with who holds it, all from one look at the accounts.</summary>
    private async Task<IReadOnlyList<(RoleAnswer Role, IReadOnlyList<string> Holders)>> AllAsync(
        CancellationToken cancellation
    )
    {
        var everybody = await people.ListAsync(cancellation);
        return
        [
            .. BuiltIn.Select(one =>
                With(
                    new RoleAnswer(
                        one.Role.ToString().ToLowerInvariant(),
                        one.Role.ToString(),
                        one.For,
                        NamedPermission.NamesOf(NamedPermission.Of(one.Role)),
                        true,
                        0
                    ),
                    person => person.Role == one.Role
                )
            ),
            .. (await store.ListAsync(cancellation)).Select(row =>
                With(
                    new RoleAnswer(
                        row.Id,
                        row.Name,
                        row.Description,
                        NamedPermission.NamesOf(NamedPermission.Of(row.Held)),
                        false,
                        0
                    ),
                    person => person.Role == Role.Custom && person.Custom?.Id == row.Id
                )
            ),
        ];

        (RoleAnswer, IReadOnlyList<string>) With(RoleAnswer role, Func<Person, bool> holds)
        {
            IReadOnlyList<string> holders = [.. everybody.Where(holds).Select(person => person.UserName)];
            return (role with { Holders = holders.Count }, holders);
        }
    }
}
