using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Features.Databases.Repair;

/// <summary>What closes the leaks of a proof, and what of them no right closes.</summary>
/// <param name="Closed">The leaks that the statements close.</param>
/// <param name="Open">In words: what has to be done otherwise.</param>
internal sealed record RepairWork(
    IReadOnlyList<RepairStatement> Statements,
    IReadOnlyList<AttemptRow> Closed,
    IReadOnlyList<string> Open
);

/// <summary>
/// Finds for each leak the rights, memberships and attributes that open it, and takes those back: of a right that everybody has,
/// whose it is keeps it by name.
/// </summary>
internal sealed class LeakRepair(Instance instance, InstanceFacts facts, PostgresDoor door)
{
    private readonly Ownership owners = new(instance, facts);
    private readonly List<RepairStatement> statements = [];
    private readonly HashSet<(string Database, string Do)> told = [];
    private readonly List<AttemptRow> closed = [];
    private readonly List<string> open = [];
    private IReadOnlyList<Membership> memberships = [];
    private bool superuser;

    private sealed record Membership(string Role, string Member, string Grantor, bool Admin, bool Inherit, bool Set);

    private sealed record Right(
        string Target,
        string Part,
        string Owner,
        string Grantor,
        string? Grantee,
        string Name,
        bool MayHandOn,
        bool GrantorIsSuperuser
    );

    /// <exception cref="Platform.Http.UpstreamException">The instance does not answer, or has no administrative role.</exception>
    public async Task<RepairWork> FindAsync(IReadOnlyList<AttemptRow> leaks, CancellationToken cancellation)
    {
        await using (var server = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation))
        {
            superuser = (await server.PowersAsync(cancellation)).Superuser;
            memberships = await server.Connection.RowsAsync(
                RepairSql.Memberships(facts.Server.Major),
                row => new Membership(
                    row.GetString(0),
                    row.GetString(1),
                    row.GetString(2),
                    row.GetBoolean(3),
                    row.GetBoolean(4),
                    row.GetBoolean(5)
                ),
                cancellation
            );
        }
        foreach (
            var inDatabase in leaks.GroupBy(leak => leak.Database).OrderBy(group => group.Key, StringComparer.Ordinal)
        )
        {
            if (facts.Databases.All(one => one.Name != inDatabase.Key))
            {
                open.AddRange(inDatabase.Select(leak => $"{leak.Tenant}: {leak.Object}: {leak.Words}"));
                continue;
            }
            await using var admin = await AdminSession.OpenAsync(door, instance, inDatabase.Key, cancellation);
            foreach (var leak in inDatabase.OrderBy(leak => leak.Number))
            {
                var (before, openBefore) = (told.Count, open.Count);
                var found = await CloseAsync(admin.Connection, leak, cancellation);
                if (found)
                {
                    closed.Add(leak);
                }
                else if (open.Count == openBefore && told.Count == before)
                {
                    open.Add($"{leak.Tenant}: {AttemptKinds.Title(leak.Kind)} ({leak.Object}): {Otherwise(leak.Kind)}");
                }
            }
        }
        return new RepairWork(statements, closed, [.. open.Distinct(StringComparer.Ordinal)]);
    }

    /// <returns>Whether some statement closes it.</returns>
    private async Task<bool> CloseAsync(NpgsqlConnection connection, AttemptRow leak, CancellationToken cancellation)
    {
        switch (leak.Kind)
        {
            case AttemptKinds.Roles:
                return Cut(leak.Tenant, leak.Object);
            case AttemptKinds.Attributes:
                return leak.Object.Split(" of ", 2) is [var power, var role] && TakePower(leak.Tenant, power, role);
            case AttemptKinds.DefaultPrivileges:
                return await FutureAsync(connection, leak, cancellation);
            case AttemptKinds.OtherDatabases:
                return await RightsAsync(connection, leak, $"database {leak.Object}", ["CONNECT"], cancellation);
            case AttemptKinds.Creating:
                return await RightsAsync(connection, leak, leak.Object, ["CREATE"], cancellation);
            case AttemptKinds.Temporary:
                return await RightsAsync(connection, leak, leak.Object, ["TEMPORARY"], cancellation);
            case AttemptKinds.Settings:
                return await RightsAsync(connection, leak, $"parameter {leak.Object}", null, cancellation);
            case AttemptKinds.Tables
            or AttemptKinds.Sequences
            or AttemptKinds.Functions
            or AttemptKinds.LargeObjects
            or AttemptKinds.ForeignData
            or AttemptKinds.Dblink
            or AttemptKinds.Catalogs
            or AttemptKinds.Extensions:
                return await RightsAsync(connection, leak, leak.Object, null, cancellation);
            default:
                return false;
        }
    }

    private async Task<bool> RightsAsync(
        NpgsqlConnection connection,
        AttemptRow leak,
        string shown,
        string[]? names,
        CancellationToken cancellation
    )
    {
        var rights = (
            await connection.RowsAsync(
                RepairSql.Rights(facts.Server.Major),
                row => new Right(
                    row.GetString(1),
                    row.GetString(2),
                    row.GetString(3),
                    row.GetString(4),
                    row.Text(5),
                    row.GetString(6),
                    row.GetBoolean(7),
                    row.GetBoolean(8)
                ),
                cancellation,
                ("shown", new[] { shown })
            )
        )
            .Where(right => names is null || names.Contains(right.Name))
            .Where(right =>
                leak.Kind switch
                {
                    AttemptKinds.Functions or AttemptKinds.Dblink => right.Target.StartsWith(
                        "routine ",
                        StringComparison.Ordinal
                    ),
                    AttemptKinds.Tables or AttemptKinds.Sequences => !right.Target.StartsWith(
                        "routine ",
                        StringComparison.Ordinal
                    ),
                    _ => true,
                }
            )
            .ToList();
        var reach = ReachOf(leak.Tenant);
        var any = false;
        foreach (var right in rights.Where(one => one.Grantee is null || reach.Contains(one.Grantee)))
        {
            if (right.Grantee is { } grantee && owners.OfRole(grantee) is { } whose && whose != leak.Tenant)
            {
                // The other's own right, which is reached by being a member of it.
                any |= Cut(leak.Tenant, grantee);
            }
            else if (right.Grantee is { } group && SharedWith(group, leak))
            {
                any |= Cut(leak.Tenant, group);
            }
            else if (right.GrantorIsSuperuser && !superuser)
            {
                open.Add(
                    $"{Sql(right, "revoke", "from", right.Grantee)}: {right.Grantor} gave it, a superuser, so a superuser has to take it back"
                );
            }
            else
            {
                await TakeAsync(connection, leak, right, rights, cancellation);
                any = true;
            }
        }
        return any;
    }

    private async Task TakeAsync(
        NpgsqlConnection connection,
        AttemptRow leak,
        Right right,
        List<Right> all,
        CancellationToken cancellation
    )
    {
        var database = connection.Database;
        if (right.Grantee is null)
        {
            // Whose it is had it as everybody had: it keeps it by name.
            var keep =
                right.Name == "CONNECT" ? await ConnectingAsync(connection, leak, cancellation)
                : leak.Victim is { } victim
                    ? owners.RolesOf(victim).Where(role => facts.Roles.Any(one => one.Name == role))
                : [];
            foreach (
                var role in keep.Where(role =>
                    role != right.Owner && !all.Exists(one => one.Grantee == role && one.Name == right.Name)
                )
            )
            {
                Add(
                    new RepairStatement(
                        database,
                        right.Grantor,
                        Sql(right, "grant", "to", role),
                        Sql(right, "revoke", "from", role),
                        $"{right.Name} on {right.Target}{right.Part}",
                        $"{role}, as everybody",
                        $"{role} by name"
                    )
                );
            }
        }
        Add(
            new RepairStatement(
                database,
                right.Grantor,
                Sql(right, "revoke", "from", right.Grantee),
                Sql(right, "grant", "to", right.Grantee) + (right.MayHandOn ? " with grant option" : ""),
                $"{right.Name} on {right.Target}{right.Part}",
                right.Grantee ?? "everybody (PUBLIC)",
                null
            )
        );
    }

    /// <summary>Who may come in only as everybody may, and is not one of another tenant's.</summary>
    private async Task<IEnumerable<string>> ConnectingAsync(
        NpgsqlConnection connection,
        AttemptRow leak,
        CancellationToken cancellation
    )
    {
        var host = owners.OfDatabase(connection.Database) ?? leak.Victim;
        return (await connection.RowsAsync(RepairSql.OnlyByPublic, row => row.GetString(0), cancellation)).Where(role =>
            owners.OfRole(role) is not { } whose || whose == host
        );
    }

    private async Task<bool> FutureAsync(NpgsqlConnection connection, AttemptRow leak, CancellationToken cancellation)
    {
        var reach = ReachOf(leak.Tenant);
        var found = await connection.RowsAsync(
            RepairSql.Future,
            row =>
                (
                    By: row.GetString(0),
                    Schema: row.Text(1),
                    Kind: row.GetString(2)[0],
                    To: row.Text(3),
                    Right: row.GetString(4),
                    MayHandOn: row.GetBoolean(5)
                ),
            cancellation
        );
        var any = false;
        foreach (var one in found)
        {
            var kind = one.Kind switch
            {
                'r' => "tables",
                'S' => "sequences",
                'n' => "schemas",
                'L' => "large objects",
                _ => null,
            };
            if (
                kind is null
                || leak.Object != $"{kind} made by {one.By}{(one.Schema is { } schema ? $" in {schema}" : "")}"
                || one.To is { } to && (!reach.Contains(to) || owners.OfRole(to) is { } whose && whose != leak.Tenant)
            )
            {
                continue;
            }
            var head =
                $"alter default privileges for role {PostgresNames.Quoted(one.By)}{(one.Schema is { } within ? $" in schema {PostgresNames.Quoted(within)}" : "")}";
            Add(
                new RepairStatement(
                    connection.Database,
                    one.By,
                    $"{head} revoke {one.Right} on {kind} from {Role(one.To)}",
                    $"{head} grant {one.Right} on {kind} to {Role(one.To)}{(one.MayHandOn ? " with grant option" : "")}",
                    $"{one.Right} on {leak.Object}",
                    one.To ?? "everybody (PUBLIC)",
                    null
                )
            );
            any = true;
        }
        return any;
    }

    /// <summary>Ends the memberships by which a tenant's roles come to be a role.</summary>
    private bool Cut(string tenant, string role)
    {
        var any = false;
        foreach (var edge in memberships.Where(one => owners.OfRole(one.Member) == tenant && Leads(one.Role, role)))
        {
            var by = facts.Server.Major >= 16 ? $" granted by {PostgresNames.Quoted(edge.Grantor)}" : "";
            var options =
                facts.Server.Major >= 16
                    ? $" with admin {Word(edge.Admin)}, inherit {Word(edge.Inherit)}, set {Word(edge.Set)}{by}"
                : edge.Admin ? " with admin option"
                : "";
            Add(
                new RepairStatement(
                    instance.Database,
                    null,
                    $"revoke {PostgresNames.Quoted(edge.Role)} from {PostgresNames.Quoted(edge.Member)}{by}",
                    $"grant {PostgresNames.Quoted(edge.Role)} to {PostgresNames.Quoted(edge.Member)}{options}",
                    $"being a member of {edge.Role}",
                    edge.Member,
                    null
                )
            );
            any = true;
        }
        return any;

        static string Word(bool value) => value ? "true" : "false";
    }

    private bool TakePower(string tenant, string power, string role)
    {
        if (owners.OfRole(role) != tenant)
        {
            return Cut(tenant, role);
        }
        if (power is not ("SUPERUSER" or "BYPASSRLS" or "CREATEROLE" or "CREATEDB" or "REPLICATION"))
        {
            return false;
        }
        if (!superuser && (power is "SUPERUSER" or "BYPASSRLS" or "REPLICATION"))
        {
            open.Add($"alter role {PostgresNames.Quoted(role)} no{power.ToLowerInvariant()}: only a superuser may");
            return false;
        }
        Add(
            new RepairStatement(
                instance.Database,
                null,
                $"alter role {PostgresNames.Quoted(role)} no{power.ToLowerInvariant()}",
                $"alter role {PostgresNames.Quoted(role)} {power.ToLowerInvariant()}",
                $"attribute {power}",
                role,
                null
            )
        );
        return true;
    }

    private void Add(RepairStatement statement)
    {
        if (told.Add((statement.Database, statement.Do)))
        {
            statements.Add(statement);
        }
    }

    /// <summary>Whose it is, or a third, is a member of the group too: they keep their right.</summary>
    private bool SharedWith(string group, AttemptRow leak) =>
        memberships.Any(one =>
            Leads(one.Role, group) && owners.OfRole(one.Member) is { } whose && whose != leak.Tenant
        );

    /// <summary>A tenant's roles, and all that they are members of; predefined roles are told of by themselves.</summary>
    private HashSet<string> ReachOf(string tenant)
    {
        var reach = owners.RolesOf(tenant).ToHashSet(StringComparer.Ordinal);
        foreach (
            var login in instance.Placements.Where(placed => placed.Tenant == tenant).SelectMany(placed => placed.Roles)
        )
        {
            reach.Add(login);
        }
        for (var more = true; more; )
        {
            more = false;
            foreach (var edge in memberships.Where(one => reach.Contains(one.Member)))
            {
                more |= !edge.Role.StartsWith("pg_", StringComparison.Ordinal) && reach.Add(edge.Role);
            }
        }
        return reach;
    }

    private bool Leads(string from, string to)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return Walk(from);

        bool Walk(string role) =>
            role == to || seen.Add(role) && memberships.Where(one => one.Member == role).Any(one => Walk(one.Role));
    }

    private static string Sql(Right right, string verb, string preposition, string? role) =>
        $"{verb} {right.Name} {right.Part}{(right.Part.Length > 0 ? " " : "")}on {right.Target} {preposition} {Role(role)}";

    private static string Role(string? name) => name is null ? "public" : PostgresNames.Quoted(name);

    private static string Otherwise(string kind) =>
        kind switch
        {
            AttemptKinds.Passwords =>
                "give the login a password of its own (secret.rotate), or close the line of pg_hba.conf",
            AttemptKinds.RowSecurity =>
                "row security needs a policy that asks current_user; which rows are whose is the service's to say",
            AttemptKinds.Code => "only a database of its own keeps code apart",
            AttemptKinds.Activity or AttemptKinds.Statements =>
                "it goes with the membership or right that shows it, or needs another connection pool's role",
            AttemptKinds.Publications => "drop the tables from the publication, or the publication",
            AttemptKinds.Triggers =>
                "drop the trigger, rule, default, check or policy, detach the part, or give the function to the table's owner",
            AttemptKinds.Inheritance => "alter table … no inherit",
            AttemptKinds.References => "drop the foreign key",
            AttemptKinds.SearchPath => "take that schema out of the login's search_path",
            AttemptKinds.SignIn => "the login could not be tried",
            _ => "no right that could be taken back was found for it; prove again, it may be over",
        };
}
