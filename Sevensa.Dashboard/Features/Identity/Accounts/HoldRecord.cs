using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>That no further password or code is looked at for a while.</summary>
internal static class HoldRecord
{
    /// <summary>Whoever tries to sign in.</summary>
    /// <param name="what">Passwords or codes, and where from.</param>
    public static AuditEntry OfSignIn(string userName, Try last, string what) =>
        new(AuditActor.System, "signin.lockout", Target: userName, Detail: Words(last, what));

    /// <summary>Whoever is signed in and is to prove that it is them.</summary>
    public static AuditEntry OfProof(AuditActor by, string userName, Try last) =>
        new(
            by,
            "stepUp.lockout",
            Target: userName,
            Detail: Words(last, "wrong passwords or codes in this session or program")
        );

    private static string Words(Try last, string what) =>
        $"Held for {last.Rule.HoldAfter(last.Number).TotalMinutes:0} minutes after {last.Number} {what}";
}
