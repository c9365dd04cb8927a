using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>A database instance as its reader may see it: whatever is another tenant's is not in it.</summary>
/// <param name="State">Connected, also where it takes no writes; see <paramref name="ReadOnly"/>.</param>
/// <param name="Reason">PostgreSQL's own words when it is not connected.</param>
/// <param name="AsOf">When it was looked at; with another state than connected, the last time that it answered.</param>
/// <param name="Shared">More than one tenant may be on it.</param>
/// <param name="ReadOnly">It takes no writes: a replica, or set so.</param>
/// <param name="Notes">What could not be seen, and what to do so that it can.</param>
/// <param name="Administered">It has an administrative role, so that places can be made and isolation repaired by approved actions.</param>
public sealed record DatabaseInstance(
    string Name,
    string Host,
    int Port,
    UpstreamState State,
    string? Reason,
    string? Remedy,
    DateTimeOffset? AsOf,
    bool Shared,
    string? Version,
    bool? ReadOnly,
    bool? Replica,
    DateTimeOffset? StartedAt,
    DatabaseConnections? Connections,
    IReadOnlyList<TenantPlacement> Placements,
    IReadOnlyList<DatabaseOfInstance> Databases,
    IReadOnlyList<DatabaseRole> Roles,
    IReadOnlyList<RoleUsage> Usage,
    IReadOnlyList<SlowStatement>? Statements,
    IReadOnlyList<LockWait> Waits,
    IReadOnlyList<DatabaseReplica>? Replication,
    IReadOnlyList<AdmissionRule>? Admission,
    DateTimeOffset? BackupAt,
    IReadOnlyList<string> Notes,
    bool Administered
)
{
    /// <summary>Backups that the settings name; those of a database that several share are shown to whoever sees every tenant.</summary>
    public IReadOnlyList<DatabaseBackup> Backups { get; init; } = [];
}

/// <summary>The newest backup of a setting.</summary>
/// <param name="At">When it was written; null when there is none.</param>
/// <param name="Trouble">Why there is nothing to see.</param>
public sealed record DatabaseBackup(
    string Name,
    string Database,
    string? Tenant,
    DateTimeOffset? At,
    long? SizeBytes,
    string? Trouble,
    BackupDrill? Drill = null
);

/// <summary>The last restore drill of a backup.</summary>
/// <param name="Proposal">The action's id.</param>
/// <param name="Whole">Every table of it came back with its rows.</param>
/// <param name="Text">What was counted, or what was wrong.</param>
public sealed record BackupDrill(string Proposal, DateTimeOffset At, bool Whole, string Text);

/// <summary>Connections of the whole server.</summary>
/// <param name="Reserved">Kept for superusers.</param>
/// <param name="Max">Of the server; <paramref name="Used"/> counts everybody's.</param>
public sealed record DatabaseConnections(int Used, int Max, int Reserved);

/// <summary>What on an instance is a tenant's.</summary>
/// <param name="Schema">Null: the whole database is the tenant's.</param>
/// <param name="Proven">The dashboard has the tenant's credentials, so that isolation can be tried.</param>
public sealed record TenantPlacement(
    string Tenant,
    string Database,
    string? Schema,
    IReadOnlyList<string> Roles,
    bool Proven
);

/// <summary>A database, with those of its schemas that the reader may see.</summary>
/// <param name="HitRatio">0–1, of blocks that were found in PostgreSQL's own buffers.</param>
/// <param name="Tenant">Null: nobody's, or shared by schemas.</param>
/// <param name="SizeBytes">Null when it is not the reader's alone, or may not be asked.</param>
/// <param name="OpenToAll">Every role may connect: CONNECT was never revoked from PUBLIC.</param>
/// <param name="Trouble">Why it could not be looked into, and what to do.</param>
public sealed record DatabaseOfInstance(
    string Name,
    string? Tenant,
    string? Owner,
    long? SizeBytes,
    int? ConnectionLimit,
    bool OpenToAll,
    double? HitRatio,
    DateTimeOffset? BackupAt,
    IReadOnlyList<DatabaseSchema> Schemas,
    IReadOnlyList<string> Extensions,
    string? Trouble
);

/// <summary>A schema: how much lies in it, and who has rights there.</summary>
/// <param name="SizeBytes">As of the last vacuum or analyse.</param>
public sealed record DatabaseSchema(
    string Name,
    string? Tenant,
    string? Owner,
    int Tables,
    int Views,
    int Sequences,
    int Functions,
    long SizeBytes,
    IReadOnlyList<SchemaGrant> Grants,
    IReadOnlyList<FutureGrant> DefaultPrivileges,
    IReadOnlyList<RowSecurity> RowSecurity,
    IReadOnlyList<DeadRowsOf> Bloat
);

/// <summary>Rights of one role on objects of one kind.</summary>
/// <param name="Objects">How many they are.</param>
/// <param name="On"><c>schema</c>, <c>table</c>, <c>view</c>, <c>sequence</c> or <c>foreign table</c>.</param>
/// <param name="To">A role, <c>PUBLIC</c>, or <c>another tenant's role</c>.</param>
public sealed record SchemaGrant(string On, string To, string Rights, int Objects);

/// <summary>Rights that objects made from now on will have.</summary>
public sealed record FutureGrant(string MadeBy, string On, string To, string Rights);

/// <summary>A table with row-level security.</summary>
/// <param name="Forced">It holds for the table's owner too.</param>
public sealed record RowSecurity(string Table, bool Forced, int Policies);

/// <summary>A table whose dead rows take room.</summary>
public sealed record DeadRowsOf(string Table, long Live, long Dead, DateTimeOffset? VacuumedAt);

/// <summary>A role of the instance.</summary>
/// <param name="Settings">What <c>alter role … set</c> gave it, as <c>name=value</c>.</param>
/// <param name="Powers">Attributes beyond a plain login: <c>superuser</c>, <c>bypassrls</c>, <c>createrole</c>, <c>createdb</c>, <c>replication</c>.</param>
public sealed record DatabaseRole(
    string Name,
    string? Tenant,
    bool MayLogIn,
    int? ConnectionLimit,
    DateTimeOffset? ValidUntil,
    IReadOnlyList<string> Powers,
    IReadOnlyList<string> MemberOf,
    IReadOnlyList<string> Settings
);

/// <summary>What a role takes of the instance. Times are since the statistics began; null without pg_stat_statements.</summary>
/// <param name="ShareOfTime">0–1, of all roles' time.</param>
/// <param name="ReadBytes">Read from outside PostgreSQL's own buffers.</param>
/// <param name="TemporaryBytes">Written to and read from temporary files.</param>
public sealed record RoleUsage(
    string Role,
    string? Tenant,
    int Connections,
    int? Active,
    int? IdleInTransaction,
    double? Seconds,
    double? ShareOfTime,
    long? ReadBytes,
    long? TemporaryBytes,
    string? Finding,
    NoisyNeighbour? Noisy = null
);

/// <summary>What makes a role a noisy neighbour, and what moving it would change.</summary>
/// <param name="Statement">The statement that takes most of its time, in PostgreSQL's normal form; null when it may not be seen.</param>
/// <param name="StatementShare">0–1, of the role's time.</param>
/// <param name="FreedShare">0–1, of all roles' time that the others would have for themselves.</param>
/// <param name="FreedConnections">Connections that would be free.</param>
/// <param name="Suggestion">In words.</param>
public sealed record NoisyNeighbour(
    string? Statement,
    double? StatementShare,
    double FreedShare,
    int FreedConnections,
    string Suggestion
);

/// <summary>A statement of the services, in PostgreSQL's normal form: without its values.</summary>
/// <param name="Text">Null when it may not be seen.</param>
public sealed record SlowStatement(
    string Role,
    string? Tenant,
    string Database,
    string? Text,
    long Calls,
    double TotalSeconds,
    double MeanMilliseconds,
    long Rows
);

/// <summary>A session that waits for a lock that others hold.</summary>
/// <param name="Statement">Null when it may not be seen.</param>
/// <param name="BlockedBy">Roles; <c>another tenant's role</c>, or <c>the server itself</c>.</param>
public sealed record LockWait(
    string Role,
    string? Database,
    double? Seconds,
    string? Statement,
    IReadOnlyList<string> BlockedBy
);

/// <summary>A replica, or a slot that keeps the log for one.</summary>
/// <param name="BehindBytes">Of the log; for a slot what is kept for it.</param>
/// <param name="Kind"><c>replica</c> or <c>slot</c>.</param>
public sealed record DatabaseReplica(string Name, string Kind, string State, long? BehindBytes);

/// <summary>A line of <c>pg_hba.conf</c>, in its words.</summary>
public sealed record AdmissionRule(
    int Line,
    string Type,
    string Databases,
    string Users,
    string? Address,
    string Method
);
