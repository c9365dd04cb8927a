namespace Sevensa.Dashboard.Features.Databases.Survey;

/// <summary>What the read-only role saw of an instance in one look. Names are as the catalogue has them, without quotes.</summary>
internal sealed record InstanceFacts(
    DateTimeOffset At,
    ServerFacts Server,
    IReadOnlyList<DatabaseFacts> Databases,
    IReadOnlyList<RoleFacts> Roles,
    IReadOnlyList<SessionFacts> Sessions,
    IReadOnlyList<WaitFacts> Waits,
    IReadOnlyList<StatementFacts>? Statements,
    IReadOnlyList<RoleLoad>? Loads,
    IReadOnlyList<ReplicaFacts> Replicas,
    IReadOnlyList<SlotFacts> Slots,
    IReadOnlyList<HbaLine>? Hba,
    IReadOnlyList<string> Notes
);

/// <param name="Number">As <c>server_version_num</c>: 150018.</param>
/// <param name="SeesOthers">The read-only role sees what others do (<c>pg_monitor</c>).</param>
/// <param name="ArchivedAt">When the last segment of the log was archived; null when none ever was.</param>
internal sealed record ServerFacts(
    string Version,
    int Number,
    bool Replica,
    bool ReadOnly,
    DateTimeOffset StartedAt,
    int MaxConnections,
    int Reserved,
    bool SeesOthers,
    DateTimeOffset? ArchivedAt,
    DateTimeOffset? ArchiveFailedAt
)
{
    public int Major => Number / 10000;
}

/// <param name="SizeBytes">Null when the read-only role may not ask (no CONNECT, no <c>pg_read_all_stats</c>).</param>
/// <param name="MayConnect">The read-only role may look into it.</param>
/// <param name="Trouble">Why it could not be looked into; null when it was, or when there is nothing to look for.</param>
internal sealed record DatabaseFacts(
    string Name,
    string Owner,
    bool TakesConnections,
    bool IsTemplate,
    int ConnectionLimit,
    bool MayConnect,
    long? SizeBytes,
    string? Comment,
    IReadOnlyList<string> Acl,
    long? TemporaryBytes,
    long? Deadlocks,
    double? HitRatio,
    InsideFacts? Inside = null,
    string? Trouble = null
);

/// <summary>What lies in one database.</summary>
internal sealed record InsideFacts(
    IReadOnlyList<SchemaFacts> Schemas,
    IReadOnlyList<GrantFacts> Grants,
    IReadOnlyList<DefaultGrant> DefaultGrants,
    IReadOnlyList<ExtensionFacts> Extensions,
    IReadOnlyList<SecuredTable> SecuredTables,
    IReadOnlyList<DeadRows> Bloated
);

internal sealed record SchemaFacts(
    string Name,
    string Owner,
    string? Comment,
    IReadOnlyList<string> Acl,
    int Tables,
    int Views,
    int Sequences,
    int Functions,
    long SizeBytes,
    long Rows
);

/// <summary>Rights on objects of a schema, summed up.</summary>
/// <param name="Kind"><c>table</c>, <c>view</c>, <c>sequence</c> or <c>foreign table</c>.</param>
/// <param name="To">A role's name; <c>PUBLIC</c> for everybody.</param>
internal sealed record GrantFacts(string Schema, string Kind, string To, string Rights, int Objects);

/// <summary>Rights that objects made tomorrow will have.</summary>
/// <param name="Schema">Null: whichever schema the role makes them in.</param>
internal sealed record DefaultGrant(string Role, string? Schema, string Kind, string To, string Rights);

internal sealed record ExtensionFacts(string Name, string Version, string Schema);

/// <summary>A table with row-level security.</summary>
internal sealed record SecuredTable(string Schema, string Table, bool Forced, int Policies);

/// <summary>A table whose dead rows take room.</summary>
internal sealed record DeadRows(string Schema, string Table, long Live, long Dead, DateTimeOffset? VacuumedAt);

internal sealed record RoleFacts(
    string Name,
    bool Superuser,
    bool CreatesRoles,
    bool CreatesDatabases,
    bool MayLogIn,
    bool Replicates,
    bool BypassesRowSecurity,
    int ConnectionLimit,
    DateTimeOffset? ValidUntil,
    IReadOnlyList<string> Settings,
    string? Comment,
    IReadOnlyList<string> MemberOf
);

/// <summary>Connections of a role to a database; how many of them work is not known to a role without <c>pg_monitor</c>.</summary>
internal sealed record SessionFacts(string Role, string? Database, int Total, int Active, int IdleInTransaction);

/// <summary>A session that waits for others.</summary>
internal sealed record WaitFacts(
    int Process,
    string Role,
    string? Database,
    IReadOnlyList<(int Process, string? Role)> BlockedBy,
    double? Seconds,
    string? Statement
);

internal sealed record StatementFacts(
    string Role,
    string Database,
    string? Text,
    long Calls,
    double TotalSeconds,
    double MeanMilliseconds,
    long Rows,
    long BlocksRead,
    long TemporaryBlocks
);

/// <summary>What all statements of a role took since the statistics began.</summary>
internal sealed record RoleLoad(string Role, double Seconds, long Calls, long BlocksRead, long TemporaryBlocks);

internal sealed record ReplicaFacts(string Name, string? State, string? Sync, long? BehindBytes);

internal sealed record SlotFacts(string Name, string Kind, bool Active, string? Status, long? KeptBytes, string? Lost);

internal sealed record HbaLine(int Line, string Type, string Databases, string Users, string? Address, string Method);
