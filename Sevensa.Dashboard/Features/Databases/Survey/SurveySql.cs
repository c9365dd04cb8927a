using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Survey;

/// <summary>
/// The questions. They hold for 12 to 18; what differs is chosen by version. None filters by what a role without
/// <c>pg_monitor</c> sees as null (<c>state</c>, <c>backend_type</c>), which would hide everybody.
/// </summary>
internal static class SurveySql
{
    public const string Server = """
        select current_setting('server_version'), current_setting('server_version_num')::int, pg_is_in_recovery(),
               current_setting('default_transaction_read_only') = 'on', pg_postmaster_start_time() at time zone 'UTC',
               current_setting('max_connections')::int, current_setting('superuser_reserved_connections')::int,
               pg_has_role('pg_read_all_stats', 'USAGE'), a.last_archived_time at time zone 'UTC',
               a.last_failed_time at time zone 'UTC'
          from pg_stat_archiver a
        """;

    public const string Databases = """
        select d.datname::text, pg_get_userbyid(d.datdba)::text, d.datallowconn, d.datistemplate, d.datconnlimit,
               has_database_privilege(d.oid, 'CONNECT'),
               case when has_database_privilege(d.oid, 'CONNECT') or pg_has_role('pg_read_all_stats', 'USAGE')
                    then pg_database_size(d.oid) end,
               shobj_description(d.oid, 'pg_database'), coalesce(d.datacl::text[], '{}'),
               s.temp_bytes, s.deadlocks, s.blks_hit::float8 / nullif(s.blks_hit + s.blks_read, 0)
          from pg_database d left join pg_stat_database s on s.datid = d.oid order by 1
        """;

    public const string Roles = """
        select r.rolname::text, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
               r.rolbypassrls, r.rolconnlimit,
               case when isfinite(r.rolvaliduntil) then r.rolvaliduntil at time zone 'UTC' end,
               coalesce(r.rolconfig, '{}'),
               shobj_description(r.oid, 'pg_authid'),
               array(select pg_get_userbyid(m.roleid)::text from pg_auth_members m where m.member = r.oid order by 1)
          from pg_roles r where r.rolname !~ '^pg_' order by 1
        """;

    public const string Sessions = """
        select usename::text, datname::text, count(*)::int, count(*) filter (where state = 'active')::int,
               count(*) filter (where state like 'idle in transaction%')::int
          from pg_stat_activity where usename is not null and pid <> pg_backend_pid() group by 1, 2 order by 3 desc
        """;

    public const string Waits = """
        select a.pid, a.usename::text, a.datname::text, b.blocking,
               array(select coalesce(o.usename::text, '') from unnest(b.blocking) with ordinality as u(pid, n)
                     left join pg_stat_activity o on o.pid = u.pid order by u.n),
               extract(epoch from clock_timestamp() - a.query_start)::float8, left(a.query, 500)
          from pg_stat_activity a, lateral (select pg_blocking_pids(a.pid) as blocking) b
         where cardinality(b.blocking) > 0 and a.usename is not null
        """;

    public const string Replicas = """
        select coalesce(nullif(application_name, ''), usename::text, '?'), state, sync_state,
               pg_wal_lsn_diff(sent_lsn, replay_lsn)::bigint
          from pg_stat_replication
        """;

    public const string Hba = """
        select line_number, type, array_to_string(database, ','), array_to_string(user_name, ','), address, auth_method
          from pg_hba_file_rules where error is null order by line_number limit 200
        """;

    public static string Slots(int major) =>
        $"""
            select slot_name::text, slot_type, active, {(major >= 13 ? "wal_status" : "null::text")},
                   case when restart_lsn is not null and not pg_is_in_recovery()
                        then pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint end,
                   {(major >= 17 ? "invalidation_reason" : "null::text")}
              from pg_replication_slots
            """;

    /// <summary>Characters of a statement's text that are read: there may be megabytes.</summary>
    private const int LongestStatement = 4000;

    /// <summary>What the services' own statements took, the most time first.</summary>
    /// <param name="source">Schema-qualified name of the view, quoted.</param>
    public static string Statements(int major, string source) =>
        $"""
            select pg_get_userbyid(s.userid)::text, d.datname::text,
                   case when length(s.query) > {LongestStatement} then left(s.query, {LongestStatement}) || '…' else s.query end, s.calls,
                   s.{Total(major)} / 1000, s.{Mean(
                major
            )}, s.rows, s.shared_blks_read, s.temp_blks_written + s.temp_blks_read
              from {source} s join pg_database d on d.oid = s.dbid
             where {ProverMark.IsNotOn("s.query")}
             order by s.{Total(major)} desc limit 300
            """;

    /// <summary>What the services' own statements took, by role.</summary>
    /// <inheritdoc cref="Statements"/>
    public static string Loads(int major, string source) =>
        $"""
            select pg_get_userbyid(s.userid)::text, sum(s.{Total(major)}) / 1000, sum(s.calls)::bigint,
                   sum(s.shared_blks_read)::bigint, sum(s.temp_blks_written + s.temp_blks_read)::bigint
              from {source} s where {ProverMark.IsNotOn("s.query")} group by 1 order by 2 desc
            """;

    private static string Total(int major) => major >= 13 ? "total_exec_time" : "total_time";

    private static string Mean(int major) => major >= 13 ? "mean_exec_time" : "mean_time";

    /// <summary>Schemas of the database with what lies in them. Sizes are those of the last vacuum or analyse, which cost nothing to read.</summary>
    public const string Schemas = """
        select n.nspname::text, pg_get_userbyid(n.nspowner)::text, obj_description(n.oid, 'pg_namespace'),
               coalesce(n.nspacl::text[], '{}'), coalesce(c.tables, 0)::int, coalesce(c.views, 0)::int,
               coalesce(c.sequences, 0)::int, coalesce(p.functions, 0)::int,
               coalesce(c.pages, 0)::bigint * current_setting('block_size')::bigint, coalesce(c.tuples, 0)::bigint
          from pg_namespace n
          left join (select relnamespace, count(*) filter (where relkind in ('r', 'p', 'f')) as tables,
                            count(*) filter (where relkind in ('v', 'm')) as views,
                            count(*) filter (where relkind = 'S') as sequences,
                            sum(relpages) as pages, sum(reltuples) filter (where relkind = 'r' and reltuples > 0) as tuples
                       from pg_class group by 1) c on c.relnamespace = n.oid
          left join (select pronamespace, count(*) as functions from pg_proc group by 1) p on p.pronamespace = n.oid
         where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1
        """;

    public const string Grants = """
        select n.nspname::text,
               case c.relkind when 'v' then 'view' when 'm' then 'view' when 'S' then 'sequence' when 'f' then 'foreign table'
                    else 'table' end,
               case g.grantee when 0 then 'PUBLIC' else pg_get_userbyid(g.grantee)::text end, g.rights, count(*)::int
          from pg_class c join pg_namespace n on n.oid = c.relnamespace,
               lateral (select a.grantee, string_agg(a.privilege_type, ', ' order by a.privilege_type) as rights
                          from aclexplode(c.relacl) a where a.grantee <> c.relowner group by 1) g
         where c.relacl is not null and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
         group by 1, 2, 3, 4 order by 1, 2, 3
        """;

    public const string DefaultGrants = """
        select pg_get_userbyid(d.defaclrole)::text, n.nspname::text,
               case d.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
                    when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end,
               case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end,
               string_agg(a.privilege_type, ', ' order by a.privilege_type)
          from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
         where a.grantee <> d.defaclrole group by 1, 2, 3, 4 order by 1, 2, 3, 4
        """;

    public const string Extensions = """
        select e.extname::text, e.extversion, n.nspname::text
          from pg_extension e join pg_namespace n on n.oid = e.extnamespace order by 1
        """;

    public const string SecuredTables = """
        select n.nspname::text, c.relname::text, c.relforcerowsecurity,
               (select count(*) from pg_policy p where p.polrelid = c.oid)::int
          from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relrowsecurity order by 1, 2 limit 1000
        """;

    public const string Bloated = """
        select schemaname::text, relname::text, n_live_tup, n_dead_tup,
               greatest(last_vacuum, last_autovacuum) at time zone 'UTC'
          from pg_stat_user_tables where n_dead_tup > 10000 and n_dead_tup > n_live_tup / 5
         order by n_dead_tup desc limit 50
        """;
}
