using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>Whose eyes an instance is shown to: those of a scope, or of whoever sees everything.</summary>
/// <param name="Scope">Null sees all, what is nobody's among it.</param>
internal sealed record Eyes(TenantScope? Scope)
{
    public bool See(string? tenant) => Scope is null || Scope.Holds(tenant);
}

/// <summary>Makes of facts what may be shown.</summary>
internal static class InstanceView
{
    /// <summary>In place of the name of a role that the reader may not know.</summary>
    private const string Others = "another tenant's role";

    /// <summary>As PostgreSQL is built, but for who builds it otherwise himself.</summary>
    private const int BlockBytes = 8192;

    private const int MostStatements = 20;

    /// <param name="fault">Why the last look failed; the facts are then those of the look before, or null.</param>
    public static DatabaseInstance? Of(Instance instance, InstanceFacts? facts, UpstreamException? fault, Eyes eyes)
    {
        var owners = facts is null ? null : new Ownership(instance, facts);
        var tenants = instance.Tenants.Concat(owners?.Tenants ?? []).ToHashSet(StringComparer.Ordinal);
        if (eyes.Scope is not null && !tenants.Any(eyes.See))
        {
            return null;
        }
        var shown = new DatabaseInstance(
            instance.Name,
            instance.Host,
            instance.Port,
            fault is null ? UpstreamState.Connected : Upstreams.StateOf(fault),
            fault?.Message,
            fault?.Remedy,
            facts?.At,
            instance.Tenant is null,
            facts?.Server.Version,
            facts?.Server.ReadOnly,
            facts?.Server.Replica,
            facts?.Server.StartedAt,
            facts is null
                ? null
                : new DatabaseConnections(
                    facts.Sessions.Sum(session => session.Total) + 1,
                    facts.Server.MaxConnections,
                    facts.Server.Reserved
                ),
            [.. Placements(instance, facts, owners).Where(placed => eyes.See(placed.Tenant))],
            [],
            [],
            [],
            null,
            [],
            null,
            null,
            BackupOf(instance, facts),
            facts?.Notes ?? [],
            instance.Admin is not null
        );
        return facts is null || owners is null ? shown : Filled(shown, instance, facts, owners, eyes);
    }

    private static DatabaseInstance Filled(
        DatabaseInstance shown,
        Instance instance,
        InstanceFacts facts,
        Ownership owners,
        Eyes eyes
    ) =>
        shown with
        {
            Databases =
            [
                .. facts
                    .Databases.Where(one => !one.IsTemplate)
                    .Select(one => Database(one, owners, eyes))
                    .OfType<DatabaseOfInstance>(),
            ],
            Roles =
            [
                .. facts
                    .Roles.Where(role => eyes.See(owners.OfRole(role.Name)))
                    .Select(role => Role(role, owners, eyes)),
            ],
            Usage = Usage(instance, facts, owners, eyes),
            Statements = facts.Statements is null
                ? null
                :
                [
                    .. facts
                        .Statements.Where(one =>
                            eyes.See(owners.OfRole(one.Role)) && SeesDatabase(one.Database, owners, eyes)
                        )
                        .Take(MostStatements)
                        .Select(one => new SlowStatement(
                            one.Role,
                            owners.OfRole(one.Role),
                            one.Database,
                            one.Text,
                            one.Calls,
                            one.TotalSeconds,
                            one.MeanMilliseconds,
                            one.Rows
                        )),
                ],
            Waits =
            [
                .. facts
                    .Waits.Where(wait => eyes.See(owners.OfRole(wait.Role)))
                    .Select(wait => new LockWait(
                        wait.Role,
                        SeesDatabase(wait.Database, owners, eyes) ? wait.Database : null,
                        wait.Seconds,
                        wait.Statement,
                        [
                            .. wait
                                .BlockedBy.Select(by =>
                                    by.Role is null ? "the server itself"
                                    : eyes.See(owners.OfRole(by.Role)) ? by.Role
                                    : Others
                                )
                                .Distinct(),
                        ]
                    )),
            ],
            // Replicas, slots and admission are the server's, and name databases and roles of all.
            Replication = eyes.Scope is not null && instance.Tenant is null ? null : Replication(facts),
            Admission =
                eyes.Scope is not null && instance.Tenant is null
                    ? null
                    : facts
                        .Hba?.Select(line => new AdmissionRule(
                            line.Line,
                            line.Type,
                            line.Databases,
                            line.Users,
                            line.Address,
                            line.Method
                        ))
                        .ToList(),
        };

    /// <summary>Of the configuration, and those that only a label tells of.</summary>
    private static IEnumerable<TenantPlacement> Placements(Instance instance, InstanceFacts? facts, Ownership? owners)
    {
        var told = instance
            .Placements.Select(placed => new TenantPlacement(
                placed.Tenant,
                placed.Database,
                placed.Schema,
                placed.Roles,
                placed.Login is not null
            ))
            .ToList();
        foreach (var placed in told)
        {
            yield return placed;
        }
        foreach (var database in facts?.Databases.Where(one => !one.IsTemplate) ?? [])
        {
            if (
                instance.Tenant is null
                && owners!.OfDatabase(database.Name) is { } tenant
                && !told.Exists(one => one.Database == database.Name && one.Schema is null)
            )
            {
                yield return new TenantPlacement(tenant, database.Name, null, [.. owners.RolesOf(tenant)], false);
            }
            foreach (var (schema, owner) in owners!.SchemasIn(database.Name))
            {
                if (!told.Exists(one => one.Database == database.Name && one.Schema == schema))
                {
                    yield return new TenantPlacement(owner, database.Name, schema, [.. owners.RolesOf(owner)], false);
                }
            }
        }
    }

    private static bool SeesDatabase(string? name, Ownership owners, Eyes eyes) =>
        eyes.Scope is null
        || eyes.See(owners.OfDatabase(name))
        || name is not null && owners.SchemasIn(name).Any(schema => eyes.See(schema.Tenant));

    private static DatabaseOfInstance? Database(DatabaseFacts facts, Ownership owners, Eyes eyes)
    {
        if (!SeesDatabase(facts.Name, owners, eyes))
        {
            return null;
        }
        var tenant = owners.OfDatabase(facts.Name);
        var whole = eyes.See(tenant);
        return new DatabaseOfInstance(
            facts.Name,
            tenant,
            whole ? facts.Owner : null,
            whole ? facts.SizeBytes : null,
            facts.ConnectionLimit < 0 ? null : facts.ConnectionLimit,
            IsOpen(facts),
            whole ? facts.HitRatio : null,
            whole ? Ownership.BackupIn(facts.Comment) : null,
            [
                .. (facts.Inside?.Schemas ?? [])
                    .Where(schema => eyes.See(owners.OfSchema(facts.Name, schema.Name)))
                    .Select(schema => Schema(facts, schema, owners, eyes)),
            ],
            [.. (facts.Inside?.Extensions ?? []).Select(one => $"{one.Name} {one.Version}")],
            facts.Trouble
        );
    }

    /// <summary>Without an access list of its own a database lets everybody connect.</summary>
    internal static bool IsOpen(DatabaseFacts facts) =>
        facts.Acl.Count == 0
        || facts.Acl.Any(entry => entry.StartsWith('=') && entry.Split('/')[0].Contains('c', StringComparison.Ordinal));

    private static DatabaseSchema Schema(DatabaseFacts database, SchemaFacts schema, Ownership owners, Eyes eyes)
    {
        var inside = database.Inside!;
        return new DatabaseSchema(
            schema.Name,
            owners.OfSchema(database.Name, schema.Name),
            Named(schema.Owner),
            schema.Tables,
            schema.Views,
            schema.Sequences,
            schema.Functions,
            schema.SizeBytes,
            [
                .. schema
                    .Acl.Select(entry => OfAcl(entry))
                    .OfType<SchemaGrant>()
                    .Where(grant => grant.To != Named(schema.Owner)),
                .. inside
                    .Grants.Where(grant => grant.Schema == schema.Name)
                    .Select(grant => new SchemaGrant(grant.Kind, Named(grant.To), grant.Rights, grant.Objects)),
            ],
            [
                .. inside
                    .DefaultGrants.Where(grant =>
                        grant.Schema == schema.Name || grant.Schema is null && grant.Role == schema.Owner
                    )
                    .Select(grant => new FutureGrant(Named(grant.Role), grant.Kind, Named(grant.To), grant.Rights)),
            ],
            [
                .. inside
                    .SecuredTables.Where(table => table.Schema == schema.Name)
                    .Select(table => new RowSecurity(table.Table, table.Forced, table.Policies)),
            ],
            [
                .. inside
                    .Bloated.Where(table => table.Schema == schema.Name)
                    .Select(table => new DeadRowsOf(table.Table, table.Live, table.Dead, table.VacuumedAt)),
            ]
        );

        SchemaGrant? OfAcl(string entry)
        {
            // role=rights/grantor, with quotes where a name needs them; nobody before the sign is everybody.
            var sign = entry.LastIndexOf('=');
            if (sign < 0)
            {
                return null;
            }
            var name = entry[..sign];
            var role = name.StartsWith('"') ? name[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : name;
            var rights = entry[(sign + 1)..].Split('/')[0];
            return new SchemaGrant(
                "schema",
                role.Length == 0 ? "PUBLIC" : Named(role),
                string.Join(
                    ", ",
                    new[]
                    {
                        rights.Contains('C') ? "CREATE" : null,
                        rights.Contains('U') ? "USAGE" : null,
                    }.OfType<string>()
                ),
                1
            );
        }

        string Named(string role) =>
            role == "PUBLIC" || eyes.See(owners.OfRole(role)) ? role
            : owners.OfRole(role) is null ? role
            : Others;
    }

    private static DatabaseRole Role(RoleFacts role, Ownership owners, Eyes eyes) =>
        new(
            role.Name,
            owners.OfRole(role.Name),
            role.MayLogIn,
            role.ConnectionLimit < 0 ? null : role.ConnectionLimit,
            role.ValidUntil,
            [
                .. new[]
                {
                    role.Superuser ? "superuser" : null,
                    role.BypassesRowSecurity ? "bypassrls" : null,
                    role.CreatesRoles ? "createrole" : null,
                    role.CreatesDatabases ? "createdb" : null,
                    role.Replicates ? "replication" : null,
                }.OfType<string>(),
            ],
            [
                .. role.MemberOf.Select(other =>
                    owners.OfRole(other) is null || eyes.See(owners.OfRole(other)) ? other : Others
                ),
            ],
            role.Settings
        );

    private static IReadOnlyList<RoleUsage> Usage(Instance instance, InstanceFacts facts, Ownership owners, Eyes eyes)
    {
        var sessions = facts.Sessions.ToLookup(session => session.Role);
        var loads = (facts.Loads ?? []).ToDictionary(load => load.Role, StringComparer.Ordinal);
        var all = loads.Values.Sum(load => load.Seconds);
        // Whoever is alone on it is nobody's neighbour.
        var clients = sessions
            .Select(group => group.Key)
            .Union(loads.Keys, StringComparer.Ordinal)
            .Select(owners.OfRole)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Count();
        return
        [
            .. sessions
                .Select(group => group.Key)
                .Union(loads.Keys, StringComparer.Ordinal)
                .Where(role => eyes.See(owners.OfRole(role)))
                .Select(role =>
                {
                    var load = loads.GetValueOrDefault(role);
                    var share = load is null || all <= 0 ? (double?)null : load.Seconds / all;
                    var connections = sessions[role].Sum(session => session.Total);
                    var takes =
                        owners.OfRole(role) is not null && instance.Tenant is null && clients > 1
                            ? NoisyUse.Of(facts, role, load, connections)
                            : [];
                    return new RoleUsage(
                        role,
                        owners.OfRole(role),
                        connections,
                        facts.Server.SeesOthers ? sessions[role].Sum(session => session.Active) : null,
                        facts.Server.SeesOthers ? sessions[role].Sum(session => session.IdleInTransaction) : null,
                        facts.Loads is null ? null : load?.Seconds ?? 0,
                        facts.Loads is null ? null : share ?? 0,
                        load is null ? null : load.BlocksRead * BlockBytes,
                        load is null ? null : load.TemporaryBlocks * BlockBytes,
                        takes.Count > 0
                            ? $"It takes {string.Join(", ", takes)} on an instance that {owners.OfRole(role)} shares. On an instance of its own it would hold up nobody, and nobody it."
                            : null,
                        takes.Count > 0 ? NoisyUse.Suggest(facts, role, load, share ?? 0, connections) : null
                    );
                })
                .OrderByDescending(usage => usage.Seconds ?? 0)
                .ThenByDescending(usage => usage.Connections)
                .ThenBy(usage => usage.Role, StringComparer.Ordinal),
        ];
    }

    private static List<DatabaseReplica> Replication(InstanceFacts facts) =>
        [
            .. facts.Replicas.Select(one => new DatabaseReplica(
                one.Name,
                "replica",
                string.Join(", ", new[] { one.State, one.Sync }.OfType<string>()) is { Length: > 0 } state
                    ? state
                    : "not known",
                one.BehindBytes
            )),
            .. facts.Slots.Select(one => new DatabaseReplica(
                one.Name,
                "slot",
                string.Join(", ", new[] { one.Active ? "active" : "idle", one.Status, one.Lost }.OfType<string>()),
                one.KeptBytes
            )),
        ];

    private static DateTimeOffset? BackupOf(Instance instance, InstanceFacts? facts)
    {
        var labelled = facts?.Databases.FirstOrDefault(one => one.Name == instance.Database)?.Comment;
        var file = instance.BackupFile is { } path ? BackupReport.LastIn(path) : null;
        return file ?? Ownership.BackupIn(labelled);
    }
}
