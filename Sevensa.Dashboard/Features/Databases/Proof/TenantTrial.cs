using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>Signs in as a tenant does and tries what must fail, in every database that lets it in.</summary>
internal sealed class TenantTrial(ProofGround ground, PostgresDoor door, TrialLogin login)
{
    /// <summary>Others' databases that are signed in to one by one; when all of them open, so will the rest with the same right.</summary>
    private const int MostSignIns = 25;

    private static readonly Dictionary<string, string> powerfulRoles = new(StringComparer.Ordinal)
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

    private readonly List<Attempt> attempts = [];
    private readonly string tenant = login.Tenant;

    public async Task<IReadOnlyList<Attempt>> RunAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await door.ConnectAsync(
                ground.Instance,
                login.Role,
                login.Password,
                login.Database,
                readOnly: false,
                cancellation
            );
            Add(
                AttemptKinds.SignIn,
                null,
                login.Database,
                login.Role,
                "",
                AttemptOutcome.Held,
                "Signed in as the tenant's services do."
            );
            await TryAsync(connection, cancellation);
            SumUp();
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(ground.Instance, login.Role, exception, cancellation) is { } fault)
        {
            Add(
                AttemptKinds.SignIn,
                null,
                login.Database,
                login.Role,
                "",
                AttemptOutcome.NotTried,
                $"{fault.Message} {fault.Remedy} {(attempts.Count == 0 ? "Nothing was tried." : "What was not tried before that is not known.")}"
            );
        }
        return attempts;
    }

    private async Task TryAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var roles = await RolesAsync(connection, login.Role, cancellation);
        await WithoutPasswordAsync(cancellation);
        if (Attributes(roles))
        {
            return;
        }
        await BecomeAsync(connection, roles, cancellation);
        await ActivityAsync(connection, roles, cancellation);
        if (ground.Major >= 15)
        {
            await SettingsAsync(connection, roles, cancellation);
        }
        await SampleAsync(connection, cancellation);
        await InsideAsync(connection, login.Database, roles, cancellation);
        await OtherDatabasesAsync(connection, roles, cancellation);
    }

    private static Task<List<RoleSeen>> RolesAsync(
        NpgsqlConnection connection,
        string who,
        int major,
        CancellationToken cancellation
    ) =>
        connection.RowsAsync(
            ProofSql.Roles(major),
            row => new RoleSeen(
                row.GetInt64(0),
                row.GetString(1),
                row.GetBoolean(2),
                row.GetBoolean(3),
                row.GetBoolean(4),
                row.GetBoolean(5),
                row.GetBoolean(6),
                row.GetBoolean(7),
                row.GetBoolean(8),
                row.GetBoolean(9)
            ),
            cancellation,
            ("who", who)
        );

    private Task<List<RoleSeen>> RolesAsync(NpgsqlConnection connection, string who, CancellationToken cancellation) =>
        RolesAsync(connection, who, ground.Major, cancellation);

    /// <summary>Powers of the login and of the roles that it can become.</summary>
    /// <returns>It is a superuser: whatever is tried works.</returns>
    private bool Attributes(List<RoleSeen> roles)
    {
        var self = roles.Single(role => role.Name == login.Role);
        var reached = self.Superuser ? [self] : roles.Where(role => role.MayBecome).ToList();
        foreach (var role in reached)
        {
            foreach (
                var (has, power, means) in new[]
                {
                    (role.Superuser, "SUPERUSER", "whatever there is may be read and changed"),
                    (role.BypassesRowSecurity, "BYPASSRLS", "row security holds nothing back"),
                    (role.CreatesRoles, "CREATEROLE", "it makes roles, and itself a member of others"),
                    (role.Replicates, "REPLICATION", "it may copy the whole server"),
                    (
                        role.CreatesDatabases && ground.TemplatesOfOthers(tenant) is { Count: > 0 },
                        "CREATEDB",
                        "it copies another tenant's database, which is marked as a template"
                    ),
                }
            )
            {
                if (has)
                {
                    Add(
                        AttemptKinds.Attributes,
                        null,
                        login.Database,
                        $"{power} of {role.Name}",
                        "select * from pg_roles where pg_has_role(oid, 'MEMBER')",
                        AttemptOutcome.Leak,
                        role == self
                            ? $"The login has {power}: {means}."
                            : $"The login can become {role.Name}, which has {power}: {means}."
                    );
                }
            }
        }
        return self.Superuser;
    }

    private async Task BecomeAsync(NpgsqlConnection connection, List<RoleSeen> roles, CancellationToken cancellation)
    {
        foreach (var role in roles.Where(role => role.Member && role.Name != login.Role))
        {
            var statement = $"set local role {PostgresNames.Quoted(role.Name)}";
            if (powerfulRoles.GetValueOrDefault(role.Name) is { } means)
            {
                Add(
                    AttemptKinds.Roles,
                    null,
                    login.Database,
                    role.Name,
                    statement,
                    AttemptOutcome.Leak,
                    $"The login is a member of {role.Name}, which {means}."
                );
            }
            else if (ground.Another(tenant, login.Database, null, role.Name) is { } victim)
            {
                var answer = await connection.TryAsync(statement, null, cancellation);
                Add(
                    AttemptKinds.Roles,
                    victim,
                    login.Database,
                    role.Name,
                    statement,
                    AttemptOutcome.Leak,
                    answer.Worked ? "It became another tenant's role." : "It is a member of another tenant's role."
                );
            }
        }
    }

    private async Task ActivityAsync(NpgsqlConnection connection, List<RoleSeen> roles, CancellationToken cancellation)
    {
        var seen = await connection.RowsAsync(ProofSql.Activity, row => row.Text(0), cancellation, ("own", Own(roles)));
        if (seen.Count > 0)
        {
            var whose = seen.Select(role => ground.Owners.OfRole(role))
                .OfType<string>()
                .Where(one => one != tenant)
                .Distinct()
                .ToList();
            Add(
                AttemptKinds.Activity,
                whose.Count == 1 ? whose[0] : null,
                login.Database,
                "pg_stat_activity",
                "select query from pg_stat_activity",
                AttemptOutcome.Leak,
                "The statements of others' sessions are shown."
            );
        }
    }

    private async Task SettingsAsync(NpgsqlConnection connection, List<RoleSeen> roles, CancellationToken cancellation)
    {
        foreach (
            var (name, rights) in await connection.RowsAsync(
                ProofSql.Settings,
                row => (row.GetString(0), row.GetString(1)),
                cancellation,
                ("ids", Identity(login.Role, switched: false, roles).Ids)
            )
        )
        {
            Add(
                AttemptKinds.Settings,
                null,
                login.Database,
                name,
                $"select has_parameter_privilege({PostgresNames.Literal(name)}, 'SET, ALTER SYSTEM')",
                AttemptOutcome.Leak,
                $"{rights} on {name} was granted, which only superusers change."
            );
        }
    }

    /// <summary>A few of those that must refuse are asked in earnest, so that the evidence is not the catalogue's word alone.</summary>
    private async Task SampleAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var schemas = ground
            .Owners.SchemasIn(login.Database)
            .Where(one => one.Tenant != tenant)
            .Select(one => one.Schema)
            .ToArray();
        var tables = await connection.RowsAsync(
            ProofSql.SampleTables,
            row => (Schema: row.GetString(0), Name: row.GetString(1)),
            cancellation,
            ("schemas", schemas)
        );
        foreach (var (schema, name) in tables)
        {
            var statement = $"explain select * from {PostgresNames.Quoted(schema, name)}";
            var answer = await connection.TryAsync(statement, null, cancellation);
            if (!answer.Worked)
            {
                Add(
                    AttemptKinds.Tables,
                    ground.Owners.OfSchema(login.Database, schema),
                    login.Database,
                    $"{schema}.{name}",
                    statement,
                    AttemptOutcome.Held,
                    answer.Words
                );
            }
        }
        foreach (var role in ground.RolesOfOthers(tenant).Take(2))
        {
            var statement = $"set local role {PostgresNames.Quoted(role)}";
            var answer = await connection.TryAsync(statement, null, cancellation);
            if (!answer.Worked)
            {
                Add(
                    AttemptKinds.Roles,
                    ground.Owners.OfRole(role),
                    login.Database,
                    role,
                    statement,
                    AttemptOutcome.Held,
                    answer.Words
                );
            }
        }
    }

    private async Task WithoutPasswordAsync(CancellationToken cancellation)
    {
        if (login.Password is null)
        {
            return;
        }
        try
        {
            await using var open = await door.ConnectAsync(
                ground.Instance,
                login.Role,
                null,
                login.Database,
                readOnly: true,
                cancellation
            );
            Add(
                AttemptKinds.Passwords,
                null,
                login.Database,
                login.Role,
                "",
                AttemptOutcome.Leak,
                "pg_hba.conf lets whoever reaches the server from here sign in as this login without its password."
            );
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(ground.Instance, login.Role, exception, cancellation) is not null)
        {
            // Refused, as it must be.
        }
    }

    private async Task OtherDatabasesAsync(
        NpgsqlConnection connection,
        List<RoleSeen> roles,
        CancellationToken cancellation
    )
    {
        var all = await connection.RowsAsync(
            ProofSql.Databases,
            row => (Name: row.GetString(0), MayConnect: row.GetBoolean(1), IsTemplate: row.GetBoolean(2)),
            cancellation
        );
        var (opened, refused, skipped) = (0, 0, new List<string>());
        foreach (var (name, mayConnect, isTemplate) in all)
        {
            var whose = ground.Owners.OfDatabase(name);
            var another = whose is not null && whose != tenant;
            if (name == login.Database || isTemplate && !another)
            {
                continue;
            }
            if (!mayConnect)
            {
                // One is asked in earnest.
                if (another && refused++ == 0 && await EnterAsync(name, roles, whose, cancellation))
                {
                    opened++;
                }
                continue;
            }
            if (another && opened >= MostSignIns)
            {
                skipped.Add(name);
                continue;
            }
            if (await EnterAsync(name, roles, another ? whose : null, cancellation) && another)
            {
                opened++;
            }
        }
        if (skipped.Count > 0)
        {
            Add(
                AttemptKinds.OtherDatabases,
                null,
                "",
                $"{skipped.Count} more databases",
                "select has_database_privilege(datname, 'CONNECT') from pg_database",
                AttemptOutcome.Leak,
                $"{opened} of others' databases opened; the same right is granted on {skipped.Count} more, which were not signed in to one by one."
            );
        }
    }

    /// <summary>Signs in to a database and tries what can be done there.</summary>
    private async Task<bool> EnterAsync(
        string database,
        List<RoleSeen> roles,
        string? victim,
        CancellationToken cancellation
    )
    {
        try
        {
            await using var connection = await door.ConnectAsync(
                ground.Instance,
                login.Role,
                login.Password,
                database,
                readOnly: false,
                cancellation
            );
            if (victim is not null)
            {
                Add(
                    AttemptKinds.OtherDatabases,
                    victim,
                    database,
                    database,
                    $"connect to {database}",
                    AttemptOutcome.Leak,
                    "It was let in."
                );
            }
            await InsideAsync(connection, database, roles, cancellation);
            return true;
        }
        catch (PostgresException refused)
        {
            if (victim is not null)
            {
                var held =
                    refused.SqlState
                    is PostgresErrorCodes.InsufficientPrivilege
                        or PostgresErrorCodes.InvalidAuthorizationSpecification
                        or PostgresErrorCodes.InvalidPassword;
                Add(
                    AttemptKinds.OtherDatabases,
                    victim,
                    database,
                    database,
                    $"connect to {database}",
                    held ? AttemptOutcome.Held : AttemptOutcome.NotTried,
                    $"{refused.MessageText} ({refused.SqlState})"
                );
            }
            return false;
        }
    }

    private async Task InsideAsync(
        NpgsqlConnection connection,
        string database,
        List<RoleSeen> roles,
        CancellationToken cancellation
    )
    {
        var trial = new DatabaseTrial(ground, login, database, connection, attempts, cancellation);
        await trial.RunAsync(Identity(login.Role, switched: false, roles));
        // Rights that are had only after becoming a role; another tenant's was told of by itself.
        foreach (
            var role in roles.Where(role =>
                role is { MayBecome: true, Inherited: false, Superuser: false }
                && role.Name != login.Role
                && !powerfulRoles.ContainsKey(role.Name)
                && ground.Another(tenant, database, null, role.Name) is null
            )
        )
        {
            var reached = await RolesAsync(connection, role.Name, cancellation);
            await trial.RunAsync(Identity(role.Name, switched: true, reached));
        }
    }

    private TrialIdentity Identity(string role, bool switched, List<RoleSeen> roles)
    {
        var inherited = roles.Where(one => one.Inherited).ToList();
        return new TrialIdentity(
            role,
            switched,
            [0, .. inherited.Select(one => one.Id)],
            [0, .. inherited.Where(one => !one.Name.StartsWith("pg_", StringComparison.Ordinal)).Select(one => one.Id)],
            Own(roles)
        );
    }

    private long[] Own(List<RoleSeen> roles) =>
        [
            .. roles
                .Where(role => role.Name == login.Role || ground.Owners.OfRole(role.Name) == tenant)
                .Select(role => role.Id),
        ];

    /// <summary>A line for each kind of which nothing worked, with how much it stands for.</summary>
    private void SumUp()
    {
        var (others, schemas) = (
            ground.Owners.Tenants.Count(other => other != tenant),
            ground.Owners.SchemasIn(login.Database).Count(one => one.Tenant != tenant)
        );
        foreach (
            var kind in AttemptKinds.Tried.Where(kind =>
                !attempts.Exists(one => one.Kind == kind && one.Outcome == AttemptOutcome.Leak)
            )
        )
        {
            if (kind == AttemptKinds.Passwords && login.Password is null)
            {
                continue;
            }
            Add(
                kind,
                null,
                login.Database,
                "",
                "",
                AttemptOutcome.Held,
                kind switch
                {
                    AttemptKinds.Tables or AttemptKinds.Sequences =>
                        $"Nothing of {schemas} other {(schemas == 1 ? "schema" : "schemas")} in this database may be reached.",
                    _ =>
                        $"Nothing of {others} other {(others == 1 ? "tenant" : "tenants")} on this instance was reached.",
                }
            );
        }
    }

    private void Add(
        string kind,
        string? victim,
        string database,
        string what,
        string statement,
        AttemptOutcome outcome,
        string words
    ) => attempts.Add(new Attempt(tenant, victim, kind, database, what, statement, outcome, words));
}
