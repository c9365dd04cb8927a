using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Signing in without a password, and passwords that keep nobody apart.</summary>
internal static class PasswordTrial
{
    public static async Task WithoutPasswordAsync(
        TrialSession session,
        PostgresDoor door,
        CancellationToken cancellation
    )
    {
        var (instance, login) = (session.Ground.Instance, session.Login);
        if (login.Password is null)
        {
            return;
        }
        try
        {
            await using var open = await door.ConnectAsync(
                instance,
                login.Role,
                null,
                login.Database,
                readOnly: true,
                cancellation
            );
            session.Leak(
                AttemptKinds.Passwords,
                null,
                login.Role,
                "",
                "pg_hba.conf lets whoever reaches the server from here sign in as this login without its password."
            );
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(instance, login.Role, exception, cancellation) is not null)
        {
            // Refused, as it must be.
        }
    }

    /// <summary>Logins of several tenants with one password, and passwords that anybody would guess; by the login's role.</summary>
    public static ILookup<string, Attempt> Same(List<TrialLogin> logins)
    {
        var found = new List<(string Role, Attempt Attempt)>();
        foreach (
            var group in logins
                .Where(login => login.Password is not null)
                .GroupBy(login => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(login.Password!))))
        )
        {
            foreach (var login in group)
            {
                var others = group.Select(one => one.Tenant).Where(one => one != login.Tenant).Distinct().ToList();
                var guessed =
                    string.Equals(login.Password, login.Role, StringComparison.OrdinalIgnoreCase)
                    || string.Equals(login.Password, login.Tenant, StringComparison.OrdinalIgnoreCase);
                if (others.Count > 0 || guessed)
                {
                    found.Add(
                        (
                            login.Role,
                            new Attempt(
                                login.Tenant,
                                others.Count == 1 ? others[0] : null,
                                AttemptKinds.Passwords,
                                login.Database,
                                others.Count > 0 ? "another's password" : "its own name",
                                "",
                                AttemptOutcome.Leak,
                                others.Count > 0
                                    ? "The login has the same password as another tenant's: whoever knows one signs in as both."
                                    : "The login's password is its own name."
                            )
                        )
                    );
                }
            }
        }
        return found.ToLookup(one => one.Role, one => one.Attempt, StringComparer.Ordinal);
    }
}
