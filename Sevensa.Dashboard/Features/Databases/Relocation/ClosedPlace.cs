using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>What there is of a place that was closed, which may have been opened, or given to somebody, since.</summary>
/// <param name="Roles">Those of its two roles that are there.</param>
/// <param name="NotOurs">Of these the ones that are not the tenant's by their label.</param>
/// <param name="Open">Why it is not closed, in words.</param>
/// <param name="Stands">The schema or database is there, and the owner's.</param>
/// <param name="Anothers">One of that name is there, and another role's.</param>
internal sealed record ClosedPlace(
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> NotOurs,
    IReadOnlyList<string> Open,
    bool Stands,
    bool Anothers
)
{
    private const string OfRoles = """
        select r.rolname::text, r.rolcanlogin, shobj_description(r.oid, 'pg_authid'),
               (select count(*) from pg_stat_activity a where a.usesysid = r.oid)
          from pg_roles r where r.rolname = any(@roles) order by r.rolname
        """;

    private const string OfSchema =
        "select pg_get_userbyid(nspowner) = @owner from pg_namespace where nspname = @name and @database = current_database()";

    private const string OfDatabase =
        "select pg_get_userbyid(datdba) = @owner from pg_database where datname = @name and @database = @name";

    /// <param name="admin">Signed in to the database that the schema lies in; for a database to any.</param>
    public static async Task<ClosedPlace> LookAsync(
        AdminSession admin,
        TenantPlace place,
        string tenant,
        CancellationToken cancellation
    )
    {
        var roles = await admin.Connection.RowsAsync(
            OfRoles,
            row => (Name: row.GetString(0), Open: row.GetBoolean(1), Comment: row.Text(2), Sessions: row.GetInt64(3)),
            cancellation,
            ("roles", new[] { place.Owner, place.Login })
        );
        var owned = await admin.Connection.RowsAsync(
            place.Schema is null ? OfDatabase : OfSchema,
            row => row.GetBoolean(0),
            cancellation,
            ("name", place.Name),
            ("owner", place.Owner),
            ("database", place.Database)
        );
        return new ClosedPlace(
            [.. roles.Select(role => role.Name)],
            [.. roles.Where(role => Ownership.LabelIn(role.Comment) != tenant).Select(role => role.Name)],
            [
                .. roles.Where(role => role.Open).Select(role => $"{role.Name} can sign in again"),
                .. roles.Where(role => role.Sessions > 0).Select(role => $"{role.Name} is signed in"),
            ],
            owned.Contains(true),
            owned.Contains(false)
        );
    }

    /// <summary>Both roles are there, and the tenant's.</summary>
    public bool IsWhole => Roles.Count == 2 && NotOurs.Count == 0;

    /// <summary>Why it is not dropped as it stands; null when nothing stands against it.</summary>
    public string? Against(TenantPlace place) =>
        NotOurs.Count > 0
            ? $"Nothing is dropped: {string.Join(" and ", NotOurs)} is not the tenant's by its label any more."
        : Anothers ? $"Nothing is dropped: the {place.Words} is not {place.Owner}'s any more."
        : Open.Count > 0
            ? $"Nothing is dropped: {string.Join(", ", Open)}, and what was written since the export is not in it."
        : null;
}
