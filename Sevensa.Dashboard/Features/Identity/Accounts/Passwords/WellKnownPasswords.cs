using Microsoft.AspNetCore.Identity;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passwords;

/// <summary>
/// What is tried first is no password, however long it is: common ones with something before, behind or instead of their letters,
/// one thing again and again, keys in their order, the account's own name; and what was found in other houses' leaks, where the
/// installation has a list of those. About kinds of characters nothing is asked.
/// </summary>
internal sealed class WellKnownPasswords(BreachedPasswords breached) : IPasswordValidator<AppUser>
{
    public async Task<IdentityResult> ValidateAsync(UserManager<AppUser> manager, AppUser user, string? password)
    {
        var given = password ?? "";
        var trouble =
            PasswordGuess.Trouble(given, user.UserName, user.DisplayName)
            ?? (
                await breached.HoldsAsync(given)
                    ? "This password was found in a leak of another service, so it is tried at every other. Choose one that you use nowhere else."
                    : null
            );
        return trouble is null
            ? IdentityResult.Success
            : IdentityResult.Failed(new IdentityError { Code = "WellKnownPassword", Description = trouble });
    }
}
