using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Powers of the login and of roles that it can become, and the roles themselves.</summary>
internal static class RoleTrial
{
    private static readonly Dictionary<string, string> powerful = new(StringComparer.Ordinal)
    {
        ["pg_read_all_data"] = "reads every table of the server",
        ["pg_write_all_data"] = "changes every table of the server",
        ["pg_read_server_files"] = "reads the server's files, those of every database among them",
        ["pg_write_server_files"] = "writes the server's files",
        ["pg_execute_server_program"] = "runs programs on the server (COPY … TO PROGRAM)",
        ["pg_monitor"] = "sees what everybody does and their statements",
        ["pg_read_all_stats"] = "sees what everybody does and their statements",
        ["pg_stat_scan_tables"] = "scans everybody's tables for figures",
        ["pg_read_all_settings"] = "reads settings that only superusers see",
        ["pg_signal_backend"] = "ends others' sessions",
        ["pg_maintain"] = "locks and rebuilds everybody's tables",
        ["pg_create_subscription"] = "makes the server connect elsewhere",
    };

    /// <summary>One of PostgreSQL's own roles that reaches beyond a tenant: to be a member of it is a leak by itself.</summary>
    public static bool IsPowerful(string role) => powerful.ContainsKey(role);

    /// <returns>The login is a superuser: whatever is tried works.</returns>
    public static bool Attributes(TrialSession session, IReadOnlyList<RoleSeen> roles)
    {
        var self = roles.Single(role => role.Name == session.Login.Role);
        foreach (var role in self.Superuser ? [self] : roles.Where(role => role.MayBecome))
        {
            foreach (var (power, means) in PowersOf(session, role))
            {
                session.Leak(
                    AttemptKinds.Attributes,
                    null,
                    $"{power} of {role.Name}",
                    "select * from pg_roles where pg_has_role(oid, 'MEMBER')",
                    role == self
                        ? $"The login has {power}: {means}."
                        : $"The login can become {role.Name}, which has {power}: {means}."
                );
            }
        }
        return self.Superuser;
    }

    public static async Task MembershipAsync(TrialSession session, IReadOnlyList<RoleSeen> roles)
    {
        foreach (var role in roles.Where(role => role.Member && role.Name != session.Login.Role))
        {
            var statement = $"set local role {PostgresNames.Quoted(role.Name)}";
            if (powerful.GetValueOrDefault(role.Name) is { } means)
            {
                session.Leak(
                    AttemptKinds.Roles,
                    null,
                    role.Name,
                    statement,
                    $"The login is a member of {role.Name}, which {means}."
                );
            }
            else if (session.Another(null, role.Name) is { } victim)
            {
                var answer = await session.TryAsync(statement);
                session.Leak(
                    AttemptKinds.Roles,
                    victim,
                    role.Name,
                    statement,
                    answer.Worked ? "It became another tenant's role." : "It is a member of another tenant's role."
                );
            }
        }
    }

    /// <summary>Attributes of a role that reach beyond a tenant, with what they mean.</summary>
    public static IEnumerable<(string Power, string Means)> PowersOf(TrialSession session, RoleSeen role)
    {
        if (role.Superuser)
        {
            yield return ("SUPERUSER", "whatever there is may be read and changed");
        }
        if (role.BypassesRowSecurity)
        {
            yield return ("BYPASSRLS", "row security holds nothing back");
        }
        if (role.CreatesRoles)
        {
            yield return ("CREATEROLE", "it makes roles, and itself a member of others");
        }
        if (role.Replicates)
        {
            yield return ("REPLICATION", "it may copy the whole server");
        }
        if (role.CreatesDatabases && session.Ground.TemplatesOfOthers(session.Tenant).Count > 0)
        {
            yield return ("CREATEDB", "it copies another tenant's database, which is marked as a template");
        }
    }
}
