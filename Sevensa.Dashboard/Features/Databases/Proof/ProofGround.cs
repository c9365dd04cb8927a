using System.Collections.Concurrent;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>What all trials on an instance share: what is whose, and who was granted what, asked once for each database.</summary>
internal sealed class ProofGround(
    Instance instance,
    Ownership owners,
    InstanceFacts facts,
    IReadOnlyList<string> tenantColumns
)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<ILookup<long, long>>>> grantees = new(
        StringComparer.Ordinal
    );

    public Instance Instance { get; } = instance;

    public Ownership Owners { get; } = owners;

    public int Major => facts.Server.Major;

    public IReadOnlyList<string> TenantColumns { get; } = tenantColumns;

    /// <summary>From a role's oid to the relations that were granted to it; 0 is everybody.</summary>
    public Task<ILookup<long, long>> GrantedAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        grantees
            .GetOrAdd(
                connection.Database!,
                _ => new Lazy<Task<ILookup<long, long>>>(async () =>
                    (
                        await connection.AskAsync(
                            ProofSql.Grantees,
                            row => (Role: row.GetInt64(0), Relation: row.GetInt64(1)),
                            cancellation
                        )
                    ).ToLookup(one => one.Role, one => one.Relation)
                )
            )
            .Value;

    /// <summary>Databases of others that whoever makes databases may copy.</summary>
    public IReadOnlyList<string> TemplatesOfOthers(string tenant) =>
        [
            .. facts
                .Databases.Where(one => one.IsTemplate && Owners.OfDatabase(one.Name) is { } whose && whose != tenant)
                .Select(one => one.Name),
        ];

    public IEnumerable<string> RolesOfOthers(string tenant) =>
        facts.Roles.Where(role => Owners.OfRole(role.Name) is { } whose && whose != tenant).Select(role => role.Name);

    /// <summary>Whose something is by its owner or the schema that it lies in, when that is another tenant than this.</summary>
    public string? Another(string tenant, string database, string? schema, string? owner)
    {
        var whose = Owners.OfRole(owner) ?? (schema is null ? null : Owners.OfSchema(database, schema));
        return whose == tenant ? null : whose;
    }
}
