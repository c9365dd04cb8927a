using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;
using Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>What can't be done with an account, in words for the person who asked (422).</summary>
internal class AccountException(string message) : Exception(message);

/// <summary>An account, client, session or token that is not there, or not for who asked: the same answer for both (404).</summary>
internal sealed class UnknownAccountException(string message) : AccountException(message);

/// <summary>Nobody would be left who can give access to anybody.</summary>
internal sealed class LastAdministratorException()
    : AccountException("This is the last administrator. Make another one first.");

/// <summary>What a person is to be.</summary>
/// <param name="CustomRole">Id of the role, where it is <see cref="Role.Custom"/>.</param>
internal sealed record AccountChange(
    string DisplayName,
    Role Role,
    IReadOnlyList<string> Tenants,
    string? CustomRole = null
)
{
    public static AccountChange Of(Person person) =>
        new(person.DisplayName, person.Role, person.Tenants, person.Custom?.Id);

    /// <summary>The role in the words of a deed.</summary>
    public string RoleKey() => Role == Role.Custom ? $"{Role} {CustomRole}" : Role.ToString();
}

/// <summary>Makes and changes accounts. Everything is in the record before it is done.</summary>
internal sealed partial class AccountDesk(
    IServiceScopeFactory scopes,
    PersonStore people,
    RoleStore roles,
    SessionStore sessions,
    OneTimeLinkStore links,
    SecondFactor factor,
    PasskeyStore passkeys,
    ExternalPeople external,
    ClaimedAccounts claimed,
    Tries tries,
    PageProof proof,
    ITenantNames tenants,
    IAuditLog audit,
    TimeProvider time
)
{
    public const int LongestUserName = 64;
    public const int LongestName = 64;
    public const int LongestPassword = 256;

    /// <param name="given">On a page, the administrator's password or code again (<see cref="PageProof"/>); so below.</param>
    /// <returns>The token of a link with which the person chooses a password.</returns>
    /// <exception cref="AccountException"/>
    public async Task<(Person Person, string Token)> CreateAsync(
        Caller by,
        string userName,
        AccountChange account,
        string? given,
        CancellationToken cancellation
    )
    {
        var person = await CreateAsync(by, userName, account, given, null, cancellation);
        return (person, await links.AddAsync(LinkPurpose.SetPassword, person.Id, cancellation));
    }

    private async Task<Person> CreateAsync(
        Caller by,
        string userName,
        AccountChange account,
        string? given,
        Whose? whose,
        CancellationToken cancellation
    )
    {
        RequireAdmin(by);
        userName = TextLimits.Check(userName.Trim(), "The name to sign in with", LongestUserName);
        if (await people.FindByNameAsync(userName, cancellation) is not null)
        {
            throw new AccountException($"There is already an account named {userName}.");
        }
        await CheckAsync(account, cancellation, by);
        await proof.RequireAsync(by, $"person.create {userName} {account.RoleKey()}", given, cancellation);
        await audit.AppendAsync(
            new AuditEntry(by.Actor(), "person.created", Target: userName, After: Shown(account)),
            cancellation
        );
        return await AddAsync(userName, account, null, cancellation, whose);
    }

    public async Task ChangeAsync(
        Caller by,
        string id,
        AccountChange account,
        string? given,
        CancellationToken cancellation
    )
    {
        RequireAdmin(by);
        var person = await FindAsync(id, cancellation);
        await CheckAsync(account, cancellation, Widens(person, account) ? by : null);
        if (person.Role == Role.Admin && account.Role != Role.Admin)
        {
            await KeepAnAdminAsync(person, cancellation);
        }
        if (Widens(person, account))
        {
            await proof.RequireAsync(by, $"person.change {id} {account.RoleKey()}", given, cancellation);
        }
        await proof.RequireClearAsync(by, $"person.change {id}", cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                by.Actor(),
                "person.changed",
                Target: person.UserName,
                Before: Shown(AccountChange.Of(person)),
                After: Shown(account)
            ),
            cancellation
        );
        await UpdateAsync(
            id,
            user =>
            {
                user.DisplayName = account.DisplayName.Trim();
                user.Role = account.Role;
                user.CustomRoleId = account.CustomRole;
                user.Tenants = [.. account.Tenants];
            }
        );
        await StillAnAdminAsync(by.Actor(), person, "person.changed", cancellation);
    }

    public async Task DisableAsync(Caller by, string id, CancellationToken cancellation)
    {
        RequireAdmin(by);
        var person = await FindAsync(id, cancellation);
        await KeepAnAdminAsync(person, cancellation);
        await proof.RequireClearAsync(by, $"person.disable {id}", cancellation);
        await audit.AppendAsync(new AuditEntry(by.Actor(), "person.disabled", Target: person.UserName), cancellation);
        // With another stamp also where it was disabled before, for want of a claim: that takes it back no more.
        await UpdateAsync(id, user => user.Disabled = true, isNewStamp: true);
        await StillAnAdminAsync(by.Actor(), person, "person.disabled", cancellation);
        await sessions.EndAllAsync(id);
    }

    public async Task EnableAsync(Caller by, string id, string? given, CancellationToken cancellation)
    {
        RequireAdmin(by);
        var person = await FindAsync(id, cancellation);
        await proof.RequireAsync(by, $"person.enable {id}", given, cancellation);
        await audit.AppendAsync(new AuditEntry(by.Actor(), "person.enabled", Target: person.UserName), cancellation);
        await UpdateAsync(
            id,
            user =>
            {
                user.Disabled = false;
                user.LockoutEnd = null;
            }
        );
        await tries.ForgetAsync(Tries.OfCodes(id), cancellation);
    }

    /// <summary>Takes the password, all passkeys and links to providers away, ends all sessions, and returns the token of a link to choose a new one.</summary>
    public async Task<string> ResetAsync(Caller by, string id, string? given, CancellationToken cancellation)
    {
        RequireAdmin(by);
        var person = await FindAsync(id, cancellation);
        if (!await claimed.LetsInAsync(id, null, cancellation))
        {
            throw new AccountException(
                $"A provider's claim gave {person.UserName} the account, and it is entered by that provider alone: there is no password to reset. Disable it to end what they have here."
            );
        }
        await proof.RequireAsync(by, $"person.reset {id}", given, cancellation);
        return await ResetAsync(by.Actor(), person, "person.reset", cancellation);
    }

    /// <summary>Somebody who knows the password guesses at the codes: it lets nobody in any more, and its owner is given a link.</summary>
    public async Task EndPasswordAsync(string id, int tries, CancellationToken cancellation)
    {
        var person = await FindAsync(id, cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "password.ended",
                Target: person.UserName,
                Detail: $"After {tries} wrong codes on end somebody else knows it. They need a link for a new one, or a passkey."
            ),
            cancellation
        );
        await UpdateAsync(id, user => user.PasswordHash = null);
        await sessions.EndAllAsync(id);
    }

    /// <summary>Whether somebody may more by it, or something else: taking tenants away and other names are none of it.</summary>
    public static bool Widens(Person person, AccountChange account) =>
        person.Role != account.Role
        || person.Custom?.Id != account.CustomRole
        || account.Tenants.Except(person.Tenants).Any();

    /// <summary>From the command line of the host: a link for an administrator who lost access; enabled and made one if need be.</summary>
    public async Task<(Person Person, string Token)> RecoverAsync(string userName, CancellationToken cancellation)
    {
        var person =
            await people.FindByNameAsync(userName, cancellation)
            ?? throw new AccountException($"There is no account named {userName}.");
        var token = await ResetAsync(AuditActor.System, person, "administrator.recovered", cancellation);
        if (person.HasSecondFactor)
        {
            // Whoever can't get in may have lost that too.
            await factor.ResetAsync(AuditActor.System, person.Id, cancellation);
        }
        await UpdateAsync(
            person.Id,
            user =>
            {
                user.Role = Role.Admin;
                user.CustomRoleId = null;
                user.Disabled = false;
                user.LockoutEnd = null;
            }
        );
        return (person, token);
    }

    /// <summary>Uses up a link and sets the password its person chose.</summary>
    /// <returns>The person's id.</returns>
    public async Task<string> SetPasswordAsync(string token, string password, CancellationToken cancellation)
    {
        var link =
            await links.FindAsync(token, LinkPurpose.SetPassword, cancellation)
            ?? throw new AccountException(
                "This link was used, or is older than a day. Ask an administrator for a new one."
            );
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        var user =
            await users.FindByIdAsync(link.PersonId!)
            ?? throw new AccountException("The account is gone. Ask an administrator.");
        if (!await claimed.LetsInAsync(user.Id, null, cancellation))
        {
            throw new AccountException(ClaimedAccounts.NoOtherWay);
        }
        await ValidateAsync(users, user, password);
        if (user.Disabled || !await links.UseUpAsync(link, cancellation))
        {
            throw new AccountException("This link can't be used any more. Ask an administrator for a new one.");
        }
        await audit.AppendAsync(
            new AuditEntry(new AuditActor("person", user.Id, user.DisplayName), "password.set", Target: user.UserName),
            cancellation
        );
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        Throw(await users.UpdateSecurityStampAsync(user));
        people.Forget(user.Id);
        // One that was begun by a passkey meanwhile ends with the stamp; its programs hear of it.
        await sessions.EndAllAsync(user.Id);
        return user.Id;
    }

    /// <returns>The person's id.</returns>
    public async Task<string> CreateFirstAdministratorAsync(
        string token,
        string userName,
        string displayName,
        string password,
        CancellationToken cancellation
    )
    {
        var link = await links.FindAsync(token, LinkPurpose.FirstAdministrator, cancellation);
        if (link is null || await people.AnyAsync(cancellation))
        {
            throw new AccountException(
                "This link was used, or is older than a day. A restart of the program prints a new one while there is no account."
            );
        }
        await using var scope = scopes.CreateAsyncScope();
        var users = Users(scope);
        TextLimits.Check(userName.Trim(), "The name to sign in with", LongestUserName);
        TextLimits.Check(displayName.Trim(), "The name to show", LongestName);
        await ValidateAsync(users, new AppUser { UserName = userName }, password);
        CheckName(users, userName.Trim());
        if (!await links.UseUpAsync(link, cancellation))
        {
            throw new AccountException("Somebody used this link a moment ago.");
        }
        var account = new AccountChange(displayName.Trim().Length > 0 ? displayName : userName, Role.Admin, []);
        await audit.AppendAsync(
            new AuditEntry(AuditActor.System, "administrator.first", Target: userName.Trim(), After: Shown(account)),
            cancellation
        );
        return (await AddAsync(userName.Trim(), account, password, cancellation)).Id;
    }

    private async Task<string> ResetAsync(AuditActor by, Person person, string action, CancellationToken cancellation)
    {
        await audit.AppendAsync(new AuditEntry(by, action, Target: person.UserName), cancellation);
        await UpdateAsync(
            person.Id,
            user =>
            {
                user.PasswordHash = null;
                user.LockoutEnd = null;
            },
            // There may have been no password: tokens, consents and known browsers end all the same.
            isNewStamp: true
        );
        await passkeys.RemoveAllAsync(person.Id, cancellation);
        await external.UnlinkAllAsync(person.Id, cancellation);
        await tries.ForgetAsync(Tries.OfCodes(person.Id), cancellation);
        await sessions.EndAllAsync(person.Id);
        return await links.AddAsync(LinkPurpose.SetPassword, person.Id, cancellation);
    }

    private async Task<Person> AddAsync(
        string userName,
        AccountChange account,
        string? password,
        CancellationToken cancellation,
        Whose? whose = null
    )
    {
        await using var scope = scopes.CreateAsyncScope();
        var user = new AppUser
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"),
            UserName = userName,
            DisplayName = account.DisplayName.Trim(),
            Role = account.Role,
            CustomRoleId = account.CustomRole,
            Tenants = [.. account.Tenants],
            CreatedAt = time.GetUtcNow(),
            LockoutEnabled = true,
        };
        var users = Users(scope);
        if (whose is not null)
        {
            await AddForAsync(scope, user, whose);
        }
        else
        {
            Throw(password is null ? await users.CreateAsync(user) : await users.CreateAsync(user, password));
        }
        return (await people.FindAsync(user.Id, cancellation))!;
    }

    /// <summary>Changes an account and its stamp, so that sessions made before notice.</summary>
    /// <param name="isNewStamp">Whatever is changed: what was given before ends.</param>
    private async Task UpdateAsync(string id, Action<AppUser> change, bool isNewStamp = false)
    {
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var users = Users(scope);
            var user = await users.FindByIdAsync(id) ?? throw new AccountException("The account is gone.");
            var before = (user.PasswordHash, user.Disabled);
            change(user);
            var stays = !isNewStamp && before == (user.PasswordHash, user.Disabled);
            // A new role takes effect at once without signing anybody out.
            var result = stays ? await users.UpdateAsync(user) : await users.UpdateSecurityStampAsync(user);
            people.Forget(id);
            if (result.Errors.Any(error => error.Code == nameof(IdentityErrorDescriber.ConcurrencyFailure)))
            {
                // Somebody else changed it between the look and the write: what they wrote stays.
                continue;
            }
            Throw(result);
            return;
        }
    }

    /// <summary>As the store has it now: what is in the record as before was so.</summary>
    private async Task<Person> FindAsync(string id, CancellationToken cancellation)
    {
        people.Forget(id);
        return await people.FindAsync(id, cancellation)
            ?? throw new UnknownAccountException("There is no such account.");
    }

    private async Task KeepAnAdminAsync(Person person, CancellationToken cancellation)
    {
        if (person.Role == Role.Admin && !await HasAdminAsync(person.Id, cancellation))
        {
            throw new LastAdministratorException();
        }
    }

    /// <summary>
    /// Two administrators who take the power of each other at once both find one beforehand. Whoever finds none afterwards gives
    /// it back, whichever dashboard the other did it on.
    /// </summary>
    private async Task StillAnAdminAsync(AuditActor by, Person before, string action, CancellationToken cancellation)
    {
        if (before is not { Role: Role.Admin, Disabled: false } || await HasAdminAsync(null, cancellation))
        {
            return;
        }
        await UpdateAsync(
            before.Id,
            user =>
            {
                user.DisplayName = before.DisplayName;
                user.Role = before.Role;
                user.CustomRoleId = null;
                user.Tenants = [.. before.Tenants];
                user.Disabled = false;
            }
        );
        await audit.AppendAsync(
            new AuditEntry(
                by,
                action,
                Target: before.UserName,
                Outcome: AuditOutcome.Refused,
                Detail: "Taken back: no administrator would have been left."
            ),
            cancellation
        );
        throw new LastAdministratorException();
    }

    private async Task<bool> HasAdminAsync(string? otherThan, CancellationToken cancellation) =>
        (await people.ListAsync(cancellation)).Any(one =>
            one is { Role: Role.Admin, Disabled: false } && one.Id != otherThan
        );

    /// <param name="by">Who gives it, where it is more than before: nobody gives by a custom role what they do not have.</param>
    private async Task CheckAsync(AccountChange account, CancellationToken cancellation, Caller? by = null)
    {
        TextLimits.Check(account.DisplayName, "The name to show", LongestName);
        if (string.IsNullOrWhiteSpace(account.DisplayName))
        {
            throw new AccountException("Give a name to show.");
        }
        if (account.Role == Role.Client && account.Tenants.Count != 1)
        {
            throw new AccountException("A client belongs to exactly one tenant.");
        }
        if (account.Role != Role.Admin && account.Tenants.Count == 0)
        {
            throw new AccountException("Choose at least one tenant.");
        }
        await tenants.RequireAsync(account.Tenants, cancellation);
        if (account.Role != Role.Custom)
        {
            if (account.CustomRole is not null)
            {
                throw new AccountException("A custom role goes with the role custom: leave one of the two out.");
            }
            return;
        }
        var role = account.CustomRole is { } id ? await roles.FindAsync(id, cancellation) : null;
        if (role is null)
        {
            var there = string.Join(", ", (await roles.ListAsync(cancellation)).Select(one => one.Id));
            throw new AccountException(
                $"There is no custom role \"{StoreText.Shorten(account.CustomRole ?? "", 63)}\". "
                    + (there.Length > 0 ? $"There are {there}." : "An administrator makes one under Access, Roles.")
            );
        }
        if (by is not null)
        {
            RoleDesk.RequireOwn(by, NamedPermission.Of(role.Held));
        }
    }

    private static void CheckName(UserManager<AppUser> users, string userName)
    {
        if (
            userName.Length == 0
            || userName.Any(letter => !users.Options.User.AllowedUserNameCharacters.Contains(letter))
        )
        {
            throw new AccountException("A name to sign in with has letters, digits, and - . _ @ + only.");
        }
    }

    private static async Task ValidateAsync(UserManager<AppUser> users, AppUser user, string password)
    {
        TextLimits.Check(password, "The password", LongestPassword);
        foreach (var validator in users.PasswordValidators)
        {
            Throw(await validator.ValidateAsync(users, user, password));
        }
        if (string.Equals(password, user.UserName, StringComparison.OrdinalIgnoreCase))
        {
            throw new AccountException("The password must not be the name.");
        }
    }

    private static void Throw(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new AccountException(string.Join(' ', result.Errors.Select(error => error.Description)));
        }
    }

    private static void RequireAdmin(Caller by)
    {
        if (!by.IsAdmin)
        {
            throw new ForbiddenException("Accounts are for administrators.");
        }
    }

    private static JsonElement Shown(AccountChange account) =>
        JsonSerializer.SerializeToElement(
            new
            {
                displayName = account.DisplayName,
                role = account.Role.ToString(),
                customRole = account.CustomRole,
                tenants = account.Tenants,
            }
        );

    private static UserManager<AppUser> Users(IServiceScope scope) =>
        scope.ServiceProvider.GetRequiredService<UserManager<AppUser>>();
}
