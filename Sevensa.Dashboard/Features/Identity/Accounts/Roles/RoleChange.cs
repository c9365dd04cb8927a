using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Roles;

/// <summary>What can't be done with a role, in words for who asked (422).</summary>
internal sealed class RoleException(string message) : AccountException(message);

/// <summary>What a custom role is to be.</summary>
internal sealed record RoleChange(string Name, string Description, RolePermissions Permissions)
{
    /// <exception cref="RoleException">There is no such permission, or it is none that a custom role can hold.</exception>
    public static RoleChange Read(string? name, string? description, IEnumerable<string>? permissions)
    {
        var names = (permissions ?? []).ToList();
        foreach (var one in names)
        {
            if (NamedPermission.OfCustomRoles.All(known => known.Name != one))
            {
                throw new RoleException(
                    one == NamedPermission.All[^1].Name
                        ? "No custom role administers: who does is an administrator, of all tenants. Give the role Admin instead."
                        : $"There is no permission \"{StoreText.Shorten(one, 63)}\". There are {string.Join(", ", NamedPermission.OfCustomRoles.Select(known => known.Name))}."
                );
            }
        }
        return new RoleChange((name ?? "").Trim(), (description ?? "").Trim(), NamedPermission.Parse(names));
    }

    /// <summary>Whether it can be a role.</summary>
    /// <exception cref="RoleException">Says why not.</exception>
    public void Check()
    {
        TextLimits.Check(Name, "The name", CustomRoleRow.LongestName);
        TextLimits.Check(Description, "The description", CustomRoleRow.LongestDescription);
        if (Name.Length == 0 || RoleLikeness.HasUnseen(Name))
        {
            throw new RoleException("Give the role a name, in one line, of letters that are seen.");
        }
        if (Enum.GetNames<Role>().FirstOrDefault(one => RoleLikeness.Of(one) == RoleLikeness.Of(Name)) is { } taken)
        {
            throw new RoleException($"{Name} is read as {taken}, which is there from the start. Choose another name.");
        }
        if (Permissions == RolePermissions.None)
        {
            throw new RoleException("Choose at least one permission.");
        }
        foreach (var one in NamedPermission.OfCustomRoles.Where(one => Permissions.HasFlag(one.Is)))
        {
            if (!Permissions.HasFlag(one.Needs))
            {
                var needs = NamedPermission.All.First(other => other.Is == one.Needs);
                throw new RoleException(
                    $"Whoever may {one.Words} has to {needs.Words} for it: add the permission {needs.Name}, or leave {one.Name} out."
                );
            }
        }
    }

    public string Key => Name.ToUpperInvariant();

    public string Held => string.Join(' ', NamedPermission.NamesOf(Permissions));

    public JsonElement Shown() =>
        JsonSerializer.SerializeToElement(
            new
            {
                name = Name,
                description = Description,
                permissions = NamedPermission.NamesOf(Permissions),
            }
        );
}
