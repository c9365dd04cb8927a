using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Provision;

/// <summary>
/// Takes back what an action made, and nothing else: its roles carry the action's id, and of a database that is there by its
/// name the owner says whether it is the one that was made.
/// </summary>
internal static class PlaceRemoval
{
    /// <summary>Objects that the two roles own in the database that is signed in to, the schema itself left out.</summary>
    private const string Owned = """
        select count(*)::bigint from pg_shdepend d
         where d.dbid = (select oid from pg_database where datname = current_database()) and d.deptype = 'o'
           and d.refclassid = 'pg_authid'::regclass
           and d.refobjid in (select oid from pg_roles where rolname = any(@roles))
           and not (d.classid = 'pg_namespace'::regclass
                    and d.objid = (select oid from pg_namespace where nspname = @schema))
        """;

    private const string Marked = """
        select rolname::text from pg_roles
         where rolname = any(@roles) and strpos(coalesce(shobj_description(oid, 'pg_authid'), ''), @mark) > 0
        """;

    private const string Things = """
        select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
        """;

    /// <summary>As long as nothing is in it.</summary>
    /// <param name="withAll">What is in it, a database, is the action's own too and goes with it.</param>
    /// <exception cref="UpstreamException">Something is in it, or the instance does not do it.</exception>
    public static async Task TakeBackAsync(
        PostgresDoor door,
        Instance instance,
        TenantPlace place,
        string action,
        bool withAll,
        CancellationToken cancellation
    )
    {
        await using var admin = await AdminSession.OpenAsync(
            door,
            instance,
            place.Schema is null ? instance.Database : place.Database,
            cancellation
        );
        var marked = await admin.Connection.RowsAsync(
            Marked,
            row => row.GetString(0),
            cancellation,
            ("roles", new[] { place.Owner, place.Login }),
            ("mark", PlaceSql.MarkOf(action))
        );
        if (marked.Count == 0)
        {
            return;
        }
        if (place.Schema is { } schema)
        {
            await SchemaAsync(admin, instance, place, schema, cancellation);
            return;
        }
        if (
            await admin.ValueAsync<bool>(
                "select true from pg_database where datname = @name and pg_get_userbyid(datdba) = @owner",
                cancellation,
                ("name", place.Database),
                ("owner", place.Owner)
            )
        )
        {
            await admin.RunAsync([PlaceSql.Join(place)], null, cancellation);
            if (!withAll)
            {
                await using var inside = await AdminSession.OpenAsync(door, instance, place.Database, cancellation);
                if (await inside.ValueAsync<long>(Things, cancellation) is > 0 and var there)
                {
                    throw NotEmpty(instance, place, there);
                }
            }
            await admin.RunAsync(
                [$"{PlaceSql.DropDatabase(place)}{(withAll ? " with (force)" : "")}"],
                null,
                cancellation
            );
        }
        await admin.RunAsync(
            PlaceSql
                .DropRoles(place)
                .Where(drop =>
                    marked.Exists(role => drop.EndsWith(PostgresNames.Quoted(role), StringComparison.Ordinal))
                ),
            null,
            cancellation
        );
    }

    private static async Task SchemaAsync(
        AdminSession admin,
        Instance instance,
        TenantPlace place,
        string schema,
        CancellationToken cancellation
    )
    {
        await using var transaction = await admin.Connection.BeginTransactionAsync(cancellation);
        var owned = await admin.ValueAsync<long>(
            Owned,
            cancellation,
            ("roles", new[] { place.Owner, place.Login }),
            ("schema", schema)
        );
        if (owned > 0)
        {
            throw NotEmpty(instance, place, owned);
        }
        await admin.RunAsync(PlaceSql.DropSchema(place), transaction, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static UpstreamException NotEmpty(Instance instance, TenantPlace place, long owned) =>
        new(
            instance.Upstream,
            UpstreamFault.Refused,
            $"The {place.Words} is not empty: {owned} objects are in it. It was left as it is."
        );
}
