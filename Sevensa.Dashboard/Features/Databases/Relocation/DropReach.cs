using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// What a drop would reach beyond what was exported: things of the two roles elsewhere, and things of others that stand on what
/// is in the place. It is told as counts: whose the things are is not everybody's to know.
/// </summary>
internal static class DropReach
{
    /// <summary>What lies in the schema, and the temporary things of whoever is signed in, which go when they do.</summary>
    private const string Inside = """
        with spaces as (select oid from pg_namespace where nspname = @schema or nspname ~ '^pg_temp_'),
        within(class, id) as materialized (
          select 'pg_namespace'::regclass::oid, oid from spaces
          union all select 'pg_class'::regclass, oid from pg_class where relnamespace in (select oid from spaces)
          union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from spaces)
          union all select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from spaces)
          union all select 'pg_constraint'::regclass, oid from pg_constraint where connamespace in (select oid from spaces)
          union all select 'pg_operator'::regclass, oid from pg_operator where oprnamespace in (select oid from spaces)
          union all select 'pg_opclass'::regclass, oid from pg_opclass where opcnamespace in (select oid from spaces)
          union all select 'pg_opfamily'::regclass, oid from pg_opfamily where opfnamespace in (select oid from spaces)
          union all select 'pg_collation'::regclass, oid from pg_collation where collnamespace in (select oid from spaces)
          union all select 'pg_conversion'::regclass, oid from pg_conversion where connamespace in (select oid from spaces)
          union all select 'pg_statistic_ext'::regclass, oid from pg_statistic_ext where stxnamespace in (select oid from spaces)
          union all select 'pg_ts_config'::regclass, oid from pg_ts_config where cfgnamespace in (select oid from spaces)
          union all select 'pg_ts_dict'::regclass, oid from pg_ts_dict where dictnamespace in (select oid from spaces)
          union all select 'pg_ts_parser'::regclass, oid from pg_ts_parser where prsnamespace in (select oid from spaces)
          union all select 'pg_ts_template'::regclass, oid from pg_ts_template where tmplnamespace in (select oid from spaces)
          union all select 'pg_default_acl'::regclass, oid from pg_default_acl where defaclnamespace in (select oid from spaces)
          union all select 'pg_rewrite'::regclass, w.oid from pg_rewrite w join pg_class c on c.oid = w.ev_class where c.relnamespace in (select oid from spaces)
          union all select 'pg_trigger'::regclass, t.oid from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace in (select oid from spaces)
          union all select 'pg_policy'::regclass, p.oid from pg_policy p join pg_class c on c.oid = p.polrelid where c.relnamespace in (select oid from spaces)
          union all select 'pg_attrdef'::regclass, a.oid from pg_attrdef a join pg_class c on c.oid = a.adrelid where c.relnamespace in (select oid from spaces)
          union all select 'pg_amop'::regclass, o.oid from pg_amop o join pg_opfamily f on f.oid = o.amopfamily where f.opfnamespace in (select oid from spaces)
          union all select 'pg_amproc'::regclass, o.oid from pg_amproc o join pg_opfamily f on f.oid = o.amprocfamily where f.opfnamespace in (select oid from spaces)
        ),
        """;

    /// <summary>
    /// Rights in this database a superuser takes from the roles as they are dropped; what another's grantor gave, nobody else may.
    /// </summary>
    private const string OfASchema = $"""
        {Inside}
        ours(id) as (select oid from pg_roles where rolname = any(@roles)),
        here(id) as (select oid from pg_database where datname = current_database())
        select
          (select count(*) from pg_shdepend d
            where d.refclassid = 'pg_authid'::regclass and d.refobjid in (select id from ours)
              and not (d.dbid in (select id from here)
                       and ((d.classid, d.objid) in (select class, id from within)
                            or d.classid = 'pg_default_acl'::regclass
                               and d.objid in (select oid from pg_default_acl where defaclrole in (select id from ours))))
              and not (d.dbid = 0 and d.classid = 'pg_database'::regclass and d.objid in (select id from here) and d.deptype = 'a')
              and not (d.deptype = 'a' and (d.dbid = 0 or d.dbid in (select id from here))
                       and (select rolsuper from pg_roles where rolname = @admin))),
          (select count(distinct (d.classid, d.objid)) from pg_depend d
            where (d.refclassid, d.refobjid) in (select class, id from within) and d.deptype not in ('i', 'e')
              and (d.classid, d.objid) not in (select class, id from within))
        """;

    /// <summary>A database goes with all that is in it; nothing in it can be needed from outside.</summary>
    private const string OfADatabase = """
        select count(*), 0::bigint from pg_shdepend d
         where d.refclassid = 'pg_authid'::regclass and d.refobjid in (select oid from pg_roles where rolname = any(@roles))
           and d.dbid is distinct from (select oid from pg_database where datname = @database)
           and not (d.dbid = 0 and d.classid = 'pg_database'::regclass
                    and d.objid is not distinct from (select oid from pg_database where datname = @database))
        """;

    /// <param name="admin">Signed in to the database that the schema lies in; for a database to any.</param>
    /// <returns>Why it is not to be dropped as it is, and what to do; null when nothing stands against it.</returns>
    public static async Task<string?> BeyondAsync(AdminSession admin, TenantPlace place, CancellationToken cancellation)
    {
        var roles = ("roles", (object)new[] { place.Owner, place.Login });
        var (own, others) = (
            place.Schema is { } schema
                ? await admin.Connection.RowsAsync(
                    OfASchema,
                    row => (row.GetInt64(0), row.GetInt64(1)),
                    cancellation,
                    roles,
                    ("schema", schema),
                    ("admin", admin.Role)
                )
                : await admin.Connection.RowsAsync(
                    OfADatabase,
                    row => (row.GetInt64(0), row.GetInt64(1)),
                    cancellation,
                    roles,
                    ("database", place.Database)
                )
        )[0];
        List<string> why = [];
        if (own > 0)
        {
            why.Add(
                $"{Things(own)} outside the {place.Words}, or rights there, of {place.Owner} or {place.Login} are in no export of it (pg_shdepend has them): move them in, give them to another role, or drop or revoke them"
            );
        }
        if (others > 0)
        {
            why.Add(
                $"{Things(others)} outside the {place.Words} would go with it, as views, foreign keys, columns of its types and publications do (pg_depend has them): take them away from it first"
            );
        }
        return why.Count == 0 ? null : $"Nothing is dropped: {string.Join("; ", why)}.";
    }

    private static string Things(long count) => count == 1 ? "1 thing" : $"{count} things";
}
