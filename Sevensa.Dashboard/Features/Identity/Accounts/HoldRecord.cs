using Microsoft.AspNetCore.Identity;
using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>That an account is held after wrong passwords, wherever they were given.</summary>
internal static class HoldRecord
{
    public static AuditEntry Of(AppUser user, LockoutOptions rules) =>
        new(
            AuditActor.System,
            "signin.lockout",
            Target: user.UserName,
            Detail: $"Held for {rules.DefaultLockoutTimeSpan.TotalMinutes:0} minutes after {rules.MaxFailedAccessAttempts} wrong passwords"
        );
}
