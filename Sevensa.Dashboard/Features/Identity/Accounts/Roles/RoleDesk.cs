using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Roles;

/// <summary>Makes, changes and removes custom roles. Everything is in the record before it is done.</summary>
internal sealed partial class RoleDesk(
    RoleStore store,
    PersonStore people,
    PageProof proof,
    IEnumerable<IRoleUse> uses,
    IAuditLog audit,
    TimeProvider time
)
{
    private const int Most = 100;
    private const string Unknown = "There is no such role. It may have been removed.";

    /// <param name="id">What programs and settings call it; made of the name where it is left out.</param>
    /// <param name="given">On a page, the administrator's password or code again (<see cref="PageProof"/>); so below.</param>
    /// <param name="isProved">They proved who they are a moment ago, for this among others; so below.</param>
    /// <exception cref="AccountException"/>
    public async Task<CustomRoleRow> CreateAsync(
        Caller by,
        string? id,
        RoleChange role,
        string? given,
        CancellationToken cancellation,
        bool isProved = false
    )
    {
        RequireAdmin(by);
        role.Check();
        id = string.IsNullOrWhiteSpace(id) ? IdOf(role.Name) : id.Trim();
        CheckId(id);
        var there = await store.ListAsync(cancellation);
        if (there.Count >= Most)
        {
            throw new RoleException($"There are {Most} custom roles, which is the most. Remove one first.");
        }
        if (there.Any(one => one.Id == id))
        {
            throw new RoleException($"There is already a role with the id {id}.");
        }
        CheckName(there, role, null);
        if (await people.HoldersAsync(id, cancellation) is { Count: > 0 } waiting)
        {
            throw new RoleException(
                $"A role of the id {id} was there before, and {string.Join(", ", waiting.Take(10).Select(person => person.UserName))} would hold this one unasked. Choose another id, or give them another role first."
            );
        }
        RequireOwn(by, role.Permissions);
        await ProveAsync(by, $"role.create {id}", given, isProved, cancellation);
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), "role.created", Target: id, After: role.Shown()),
            cancellation
        );
        var row = new CustomRoleRow
        {
            Id = id,
            Name = role.Name,
            NameKey = role.Key,
            Description = role.Description,
            Permissions = role.Held,
            Version = 1,
            ChangedAt = time.GetUtcNow(),
        };
        if (!await store.AddAsync(row, cancellation))
        {
            throw await TakenBackAsync(by, "role.created", id, "Somebody made one of that id or name a moment ago.");
        }
        // One may have been given a role of this id in the same moment that the former one was removed.
        people.Forget();
        return row;
    }

    /// <summary>What it allows is another for all who hold it, at once.</summary>
    /// <exception cref="AccountException"/>
    public async Task<CustomRoleRow> ChangeAsync(
        Caller by,
        string id,
        RoleChange role,
        string? given,
        CancellationToken cancellation,
        bool isProved = false
    )
    {
        RequireAdmin(by);
        var row = await FindAsync(id, cancellation);
        role.Check();
        CheckName(await store.ListAsync(cancellation), role, id);
        if (Changes(row, role))
        {
            RequireOwn(by, role.Permissions & ~row.Held.Permissions);
            await ProveAsync(by, $"role.change {id}", given, isProved, cancellation);
        }
        await proof.RequireClearAsync(by, $"role.change {id}", cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                by.Actor(),
                "role.changed",
                Target: id,
                Before: new RoleChange(row.Name, row.Description, row.Held.Permissions).Shown(),
                After: role.Shown()
            ),
            cancellation
        );
        var done = await store.ChangeAsync(
            row,
            one =>
            {
                one.Name = role.Name;
                one.NameKey = role.Key;
                one.Description = role.Description;
                one.Permissions = role.Held;
                one.ChangedAt = time.GetUtcNow();
            },
            cancellation
        );
        people.Forget();
        return done
            ? row
            : throw await TakenBackAsync(
                by,
                "role.changed",
                id,
                "Somebody changed or removed the role a moment ago. Look at it again."
            );
    }

    /// <summary>Whether it could be made or changed so. Changes nothing.</summary>
    /// <exception cref="AccountException">Says why not.</exception>
    /// <exception cref="ForbiddenException">They would give what they do not have.</exception>
    public async Task CheckAsync(Caller by, string id, RoleChange role, CancellationToken cancellation)
    {
        RequireAdmin(by);
        role.Check();
        CheckId(id);
        var there = await store.ListAsync(cancellation);
        CheckName(there, role, id);
        RequireOwn(by, role.Permissions & ~(there.FirstOrDefault(one => one.Id == id)?.Held.Permissions ?? 0));
    }

    /// <exception cref="AccountException">It is not there, or somebody or something uses it.</exception>
    public async Task RemoveAsync(Caller by, string id, CancellationToken cancellation)
    {
        RequireAdmin(by);
        var row = await FindAsync(id, cancellation);
        await proof.RequireClearAsync(by, $"role.remove {id}", cancellation);
        if (await UsersAsync(id, cancellation) is { Count: > 0 } users)
        {
            throw new RoleException(InUse(row.Name, users));
        }
        await audit.AppendAsync(
            new AuditEntry(
                by.Actor(),
                "role.removed",
                Target: id,
                Before: new RoleChange(row.Name, row.Description, row.Held.Permissions).Shown()
            ),
            cancellation
        );
        if (!await store.RemoveAsync(id, cancellation))
        {
            throw await TakenBackAsync(by, "role.removed", id, "Somebody was given the role a moment ago.");
        }
        people.Forget();
    }

    /// <summary>Who holds it and what names it, in words.</summary>
    public async Task<IReadOnlyList<string>> UsersAsync(string id, CancellationToken cancellation) =>
        [.. (await people.HoldersAsync(id, cancellation)).Select(person => person.UserName), .. NamedBy(id)];

    /// <summary>What of the settings names it, in words.</summary>
    public IEnumerable<string> NamedBy(string id) => uses.SelectMany(use => use.Of(id));

    /// <summary>Whether who holds it may other things afterwards: names are none of it.</summary>
    public static bool Changes(CustomRoleRow row, RoleChange role) => row.Held.Permissions != role.Permissions;

    /// <summary>Nobody gives what they do not have, or what the token that they show does not let them do.</summary>
    /// <exception cref="ForbiddenException"/>
    public static void RequireOwn(Caller by, RolePermissions given)
    {
        var lacking = NamedPermission.All.Where(one => given.HasFlag(one.Is) && !by.May(one.Is)).ToList();
        if (lacking.Count > 0)
        {
            throw new ForbiddenException(
                $"Nobody gives what they do not have: as you are signed in, or with this token, you may not {string.Join(" nor ", lacking.Select(one => one.Words))}."
            );
        }
    }

    private Task ProveAsync(Caller by, string deed, string? given, bool isProved, CancellationToken cancellation) =>
        isProved ? proof.RequireClearAsync(by, deed, cancellation) : proof.RequireAsync(by, deed, given, cancellation);

    private static string InUse(string name, IReadOnlyList<string> users)
    {
        const int shown = 10;
        var more = users.Count > shown ? $" and {users.Count - shown} more" : "";
        return $"{name} is in use by {string.Join(", ", users.Take(shown))}{more}. Give them another role first.";
    }

    private async Task<RoleException> TakenBackAsync(Caller by, string action, string id, string why)
    {
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), action, Target: id, Outcome: AuditOutcome.Refused, Detail: why),
            CancellationToken.None
        );
        return new RoleException(why);
    }

    private async Task<CustomRoleRow> FindAsync(string id, CancellationToken cancellation) =>
        BuiltIn(id) is { } role
            ? throw new RoleException(
                $"{role} is there from the start and stays as it is. Make a role of your own beside it."
            )
            : await store.FindAsync(id, cancellation) ?? throw new UnknownAccountException(Unknown);

    private static Role? BuiltIn(string id) =>
        Enum.GetValues<Role>()
            .Cast<Role?>()
            .FirstOrDefault(role => string.Equals(role.ToString(), id, StringComparison.OrdinalIgnoreCase));

    private static void CheckName(IEnumerable<CustomRoleRow> there, RoleChange role, string? own)
    {
        var like = RoleLikeness.Of(role.Name);
        if (there.FirstOrDefault(one => one.Id != own && RoleLikeness.Of(one.Name) == like) is { } other)
        {
            throw new RoleException($"There is already a role named {other.Name}, which can't be told from it.");
        }
    }

    private static void CheckId(string id)
    {
        TextLimits.Check(id, "The id", CustomRoleRow.LongestId);
        if (!Id().IsMatch(id))
        {
            throw new RoleException(
                "An id has small letters a to z, digits and - only, and begins with a letter. Give one where the name has none of them."
            );
        }
        if (BuiltIn(id) is not null)
        {
            throw new RoleException($"{id} is the id of a role that is there from the start. Choose another.");
        }
    }

    private static string IdOf(string name)
    {
        var id = OfNoId().Replace(name.ToLowerInvariant(), "-").Trim('-');
        return id.Length > 0 && char.IsAsciiLetter(id[0]) ? id : $"role-{id}".TrimEnd('-');
    }

    private static void RequireAdmin(Caller by)
    {
        if (!by.IsAdmin)
        {
            throw new ForbiddenException("Roles are for administrators.");
        }
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*$", RegexOptions.NonBacktracking)]
    private static partial Regex Id();

    [GeneratedRegex("[^a-z0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex OfNoId();
}
