using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>A table, view, copy, foreign table or sequence that is not the tenant's, with the rights that the identity has on it.</summary>
/// <param name="Kind">As <c>pg_class.relkind</c> has it.</param>
/// <param name="SchemaOpen">Things in its schema may be named.</param>
/// <param name="Secured">It has row-level security.</param>
/// <param name="Readable">A column that may be read; empty when none may.</param>
/// <param name="Insertable">A column that may be given in a new row; empty when none may.</param>
/// <param name="Updatable">A column that may be changed; empty when none may.</param>
/// <param name="TenantColumn">The column that says whose a row is; empty when it has none.</param>
/// <param name="Others">How many roles that are not the tenant's have rights on it.</param>
internal sealed record Relation(
    long Id,
    string Schema,
    string Name,
    char Kind,
    string Owner,
    bool SchemaOpen,
    IReadOnlySet<string> Rights,
    bool Secured,
    string Readable,
    string Insertable,
    string Updatable,
    string TenantColumn,
    long Others
)
{
    public string Quoted => PostgresNames.Quoted(Schema, Name);

    public static async Task<List<Relation>> AllAsync(TrialSession session) =>
        await session.AskAsync(
            ProofSql.Relations(session.Ground.Major),
            row => new Relation(
                row.GetInt64(0),
                row.GetString(1),
                row.GetString(2),
                row.GetString(3)[0],
                row.GetString(4),
                row.GetBoolean(5),
                row.GetString(6).Split(',', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
                row.GetBoolean(7),
                row.GetString(8),
                row.GetString(9),
                row.GetString(10),
                row.GetString(11),
                row.GetInt64(12)
            ),
            ("granted", await session.GrantedAsync()),
            ("columns", session.Ground.TenantColumns.ToArray())
        );
}
