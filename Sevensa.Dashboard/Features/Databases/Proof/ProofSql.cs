namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>
/// What the prover asks the catalogue, signed in as a tenant. <c>ids</c> are the role's own oid, those whose rights it has
/// without switching, and 0 for everybody; <c>direct</c> leaves out the predefined roles, which are told of by themselves;
/// <c>own</c> are the tenant's roles.
/// </summary>
internal static class ProofSql
{
    private const string Ids = "(@ids::bigint[]::oid[])";
    private const string Direct = "(@direct::bigint[]::oid[])";
    private const string Own = "(@own::bigint[]::oid[])";
    private const string NotSystem =
        "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'";

    /// <summary>Whether an object came with an extension.</summary>
    private static string OfExtension(string catalogue, string oid) =>
        $"exists (select from pg_depend e where e.classid = '{catalogue}'::regclass and e.objid = {oid} and e.deptype = 'e')";

    public static string Roles(int major) =>
        $"""
            select r.oid::bigint, r.rolname::text, pg_has_role(@who::name, r.oid, 'USAGE'),
                   pg_has_role(@who::name, r.oid, '{(
                major >= 16 ? "SET" : "MEMBER"
            )}'), pg_has_role(@who::name, r.oid, 'MEMBER'),
                   r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication
              from pg_roles r order by r.oid
            """;

    public const string Databases = """
        select d.datname::text, has_database_privilege(d.oid, 'CONNECT'), d.datistemplate
          from pg_database d where d.datallowconn order by 1
        """;

    /// <summary>Who was granted what of relations, columns among it: the same for everybody who asks.</summary>
    public const string Grantees = """
        select distinct a.grantee::bigint, c.oid::bigint
          from pg_class c, aclexplode(c.relacl) a
         where c.relacl is not null and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and a.grantee <> c.relowner
        union
        select distinct a.grantee::bigint, t.attrelid::bigint
          from pg_attribute t, aclexplode(t.attacl) a where t.attacl is not null
        """;

    /// <summary>Relations that somebody granted to one of the ids, or that one of them owns, and that are not the tenant's own.</summary>
    public static string Relations(int major) =>
        $"""
            select c.oid::bigint, n.nspname::text, c.relname::text, c.relkind::text, pg_get_userbyid(c.relowner)::text,
                   has_schema_privilege(@who::name, n.oid, 'USAGE'),
                   array_to_string(array[
                     case when c.relkind <> 'S' and has_any_column_privilege(@who::name, c.oid, 'SELECT') then 'SELECT' end,
                     case when c.relkind <> 'S' and has_any_column_privilege(@who::name, c.oid, 'INSERT') then 'INSERT' end,
                     case when c.relkind <> 'S' and has_any_column_privilege(@who::name, c.oid, 'UPDATE') then 'UPDATE' end,
                     case when c.relkind <> 'S' and has_table_privilege(@who::name, c.oid, 'DELETE') then 'DELETE' end,
                     case when c.relkind <> 'S' and has_table_privilege(@who::name, c.oid, 'TRUNCATE') then 'TRUNCATE' end,
                     case when c.relkind <> 'S' and has_table_privilege(@who::name, c.oid, 'TRIGGER') then 'TRIGGER' end,
                     case when c.relkind <> 'S' and has_table_privilege(@who::name, c.oid, 'REFERENCES') then 'REFERENCES' end,
                     {(major >= 17
                ? "case when c.relkind <> 'S' and has_table_privilege(@who::name, c.oid, 'MAINTAIN') then 'MAINTAIN' end,"
                : "")}
                     case when c.relkind = 'S' and has_sequence_privilege(@who::name, c.oid, 'USAGE') then 'USAGE' end,
                     case when c.relkind = 'S' and has_sequence_privilege(@who::name, c.oid, 'SELECT') then 'SELECT' end,
                     case when c.relkind = 'S' and has_sequence_privilege(@who::name, c.oid, 'UPDATE') then 'UPDATE' end
                   ], ','),
                   c.relrowsecurity,
                   coalesce((select t.attname::text from pg_attribute t where t.attrelid = c.oid and t.attnum > 0
                     and not t.attisdropped and has_column_privilege(@who::name, c.oid, t.attnum, 'SELECT') order by t.attnum limit 1), ''),
                   coalesce((select t.attname::text from pg_attribute t where t.attrelid = c.oid and t.attnum > 0
                     and not t.attisdropped and has_column_privilege(@who::name, c.oid, t.attnum, 'INSERT') order by t.attnum limit 1), ''),
                   coalesce((select t.attname::text from pg_attribute t where t.attrelid = c.oid and t.attnum > 0
                     and not t.attisdropped and t.attgenerated = '' and t.attidentity <> 'a'
                     and has_column_privilege(@who::name, c.oid, t.attnum, 'UPDATE') order by t.attnum limit 1), ''),
                   coalesce((select t.attname::text from pg_attribute t where t.attrelid = c.oid and t.attnum > 0
                     and not t.attisdropped and t.attname = any(@columns)
                     and has_column_privilege(@who::name, c.oid, t.attnum, 'SELECT') order by t.attnum limit 1), ''),
                   (select count(distinct a.grantee) from aclexplode(c.relacl) a where not (a.grantee = any{Own}) and a.grantee <> c.relowner)
              from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where (c.oid = any(@granted::bigint[]::oid[]) or c.relowner = any{Ids})
               and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not (c.relowner = any{Own}) and {NotSystem}
             order by 2, 3
            """;

    /// <summary>What views and copies that the role may read are made of, through other views too.</summary>
    public const string ViewSources = $"""
        with recursive source as (
          select c.oid as view, d.refobjid as relation
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            join pg_rewrite r on r.ev_class = c.oid
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                            and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
           where c.relkind in ('v', 'm') and c.oid >= 16384 and n.nspname !~ '^pg_(toast|temp_)' and has_any_column_privilege(@who::name, c.oid, 'SELECT')
             and has_schema_privilege(@who::name, n.oid, 'USAGE') and (c.relkind = 'm' or not (c.relowner = any{Own}))
          union
          select source.view, d.refobjid
            from source join pg_class c on c.oid = source.relation and c.relkind in ('v', 'm')
            join pg_rewrite r on r.ev_class = c.oid
            join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                            and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid)
        select v.oid::bigint, vn.nspname::text, v.relname::text, sn.nspname::text, pg_get_userbyid(s.relowner)::text,
               pg_get_userbyid(v.relowner)::text
          from source join pg_class v on v.oid = source.view join pg_namespace vn on vn.oid = v.relnamespace
          join pg_class s on s.oid = source.relation join pg_namespace sn on sn.oid = s.relnamespace
         where s.relkind in ('r', 'p', 'm', 'f', 'S') order by 2, 3
        """;

    /// <summary>Functions that run as their owner, with what they touch as far as the catalogue knows.</summary>
    public static readonly string Functions = $"""
        select n.nspname::text, p.proname::text, pg_get_function_identity_arguments(p.oid),
               r.rolname::text, r.rolsuper or r.rolbypassrls or pg_has_role(r.oid, 'pg_read_all_data', 'USAGE'),
               {OfExtension(
            "pg_proc",
            "p.oid"
        )}, coalesce(nullif(p.prosrc, ''), pg_get_functiondef(p.oid)), p.pronargs::int,
               exists (select from unnest(p.proconfig) c where c like 'search_path=%'),
               coalesce((select string_agg(distinct sn.nspname::text, chr(10))
                  from pg_depend d
                  left join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
                  join pg_class s on s.oid = case when d.refclassid = 'pg_class'::regclass then d.refobjid else nullif(t.typrelid, 0) end
                  join pg_namespace sn on sn.oid = s.relnamespace
                 where d.classid = 'pg_proc'::regclass and d.objid = p.oid), ''),
               coalesce((select min(sn.nspname::text) from unnest(p.proconfig) c, regexp_split_to_table(substr(c, 13), '\s*,\s*') one
                  join pg_namespace sn on sn.nspname = trim(both '"' from one)
                 where c like 'search_path=%' and has_schema_privilege(@who::name, sn.oid, 'CREATE')), '')
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
         where p.prosecdef and not (p.proowner = any{Own}) and p.prorettype <> 'event_trigger'::regtype
           and (p.oid >= 16384 or {NotSystem}) and n.nspname !~ '^pg_(toast|temp_)'
           and has_function_privilege(@who::name, p.oid, 'EXECUTE') and has_schema_privilege(@who::name, n.oid, 'USAGE')
         order by 1, 2
        """;

    /// <summary>A schema of another's that a role, which is nobody's, may read or change something in.</summary>
    public const string Reach = """
        select n.nspname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname = any(@schemas) and has_schema_privilege(@owner::name, n.oid, 'USAGE')
           and has_table_privilege(@owner::name, c.oid, 'SELECT, INSERT, UPDATE, DELETE') limit 1
        """;

    public const string LargeObjects = $"""
        select m.oid::bigint, pg_get_userbyid(m.lomowner)::text,
               m.lomowner = any{Ids} or current_setting('lo_compat_privileges') = 'on'
                 or exists (select from aclexplode(m.lomacl) a where a.grantee = any{Ids} and a.privilege_type = 'SELECT')
          from pg_largeobject_metadata m
         where not (m.lomowner = any{Own})
           and (m.lomowner = any{Ids} or current_setting('lo_compat_privileges') = 'on'
                or exists (select from aclexplode(m.lomacl) a where a.grantee = any{Ids}))
         order by 1 limit 200
        """;

    public const string Servers = $"""
        select s.srvname::text, coalesce((select split_part(o, '=', 2) from unnest(s.srvoptions) o where o like 'dbname=%'), ''),
               has_server_privilege(@who::name, s.oid, 'USAGE')
                 and exists (select from pg_user_mappings m where m.srvid = s.oid and m.umuser = any{Ids})
          from pg_foreign_server s order by 1
        """;

    public const string ForeignTables = $"""
        select n.nspname::text, c.relname::text,
               coalesce((select split_part(o, '=', 2) from unnest(s.srvoptions) o where o like 'dbname=%'), ''),
               coalesce((select split_part(o, '=', 2) from unnest(f.ftoptions) o where o like 'schema_name=%'), '')
          from pg_foreign_table f join pg_class c on c.oid = f.ftrelid join pg_namespace n on n.oid = c.relnamespace
          join pg_foreign_server s on s.oid = f.ftserver
         where has_any_column_privilege(@who::name, c.oid, 'SELECT') and has_schema_privilege(@who::name, n.oid, 'USAGE') order by 1, 2
        """;

    public const string Dblink = """
        select p.proname::text, n.nspname::text
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
          join pg_extension e on e.oid = d.refobjid and e.extname = 'dblink'
         where has_function_privilege(@who::name, p.oid, 'EXECUTE') and has_schema_privilege(@who::name, n.oid, 'USAGE')
           and (p.proname = 'dblink_connect_u' or p.proname = 'dblink_connect' and p.pronargs = 1) order by 1 desc limit 2
        """;

    public const string Publications = $"""
        select p.pubname::text, t.schemaname::text, pg_get_userbyid(c.relowner)::text
          from pg_publication p join pg_publication_tables t on t.pubname = p.pubname
          join pg_namespace n on n.nspname = t.schemaname join pg_class c on c.relnamespace = n.oid and c.relname = t.tablename
         where p.pubowner = any{Ids} or p.pubowner = any{Own}
        """;

    public const string DefaultPrivileges = $"""
        select pg_get_userbyid(d.defaclrole)::text, coalesce(n.nspname::text, ''), d.defaclobjtype::text,
               string_agg(distinct a.privilege_type, ', '),
               string_agg(distinct case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end, ', ')
          from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
         where d.defaclobjtype not in ('f', 'T') and a.grantee = any{Ids} and not (d.defaclrole = any{Own})
         group by 1, 2, 3
        """;

    /// <summary>
    /// Rights on the catalogue, or on what extensions brought, that nobody has from the beginning: relations, their columns, and
    /// functions.
    /// </summary>
    public static readonly string CatalogueGrants = $"""
        select case when n.nspname in ('pg_catalog', 'information_schema') then '' else 'extension' end, n.nspname::text, c.relname::text,
               string_agg(distinct a.privilege_type, ', '), 'relation'
          from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
         where c.relacl is not null and a.grantee = any{Direct}
           and (n.nspname = 'pg_catalog' or n.nspname = 'information_schema' and c.oid >= 16384 or {OfExtension(
            "pg_class",
            "c.oid"
        )})
           and not exists (select from pg_init_privs i, aclexplode(i.initprivs) b where i.objoid = c.oid
                 and i.classoid = 'pg_class'::regclass and i.objsubid = 0 and b.grantee in (0, a.grantee)
                 and b.privilege_type = a.privilege_type)
         group by 1, 2, 3
        union all
        select case when n.nspname in ('pg_catalog', 'information_schema') then '' else 'extension' end, n.nspname::text, c.relname || '.' || t.attname,
               string_agg(distinct a.privilege_type, ', '), 'column'
          from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace,
               aclexplode(t.attacl) a
         where t.attacl is not null and a.grantee = any{Direct}
           and (n.nspname = 'pg_catalog' or n.nspname = 'information_schema' and c.oid >= 16384 or {OfExtension(
            "pg_class",
            "c.oid"
        )})
           and not exists (select from pg_init_privs i, aclexplode(i.initprivs) b where i.objoid = c.oid
                 and i.classoid = 'pg_class'::regclass and i.objsubid = t.attnum and b.grantee in (0, a.grantee)
                 and b.privilege_type = a.privilege_type)
         group by 1, 2, 3
        union all
        select '', n.nspname::text, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'EXECUTE', 'function'
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'pg_catalog' and p.proacl is not null
           and exists (select from aclexplode(p.proacl) a where a.grantee = any{Direct} and not exists (
                 select from pg_init_privs i, aclexplode(i.initprivs) b where i.objoid = p.oid
                    and i.classoid = 'pg_proc'::regclass and b.grantee in (0, a.grantee)))
           and exists (select from pg_init_privs i where i.objoid = p.oid and i.classoid = 'pg_proc'::regclass)
        """;

    /// <summary>Schemas with code whose text the catalogue shows to everybody: functions, and what views are made of.</summary>
    public const string Code = $"""
        select n.nspname::text, pg_get_userbyid(o.owner)::text, count(*)::int
          from (select pronamespace as namespace, proowner as owner from pg_proc where coalesce(prosrc, '') <> ''
                union all select relnamespace, relowner from pg_class where relkind in ('v', 'm')) o
          join pg_namespace n on n.oid = o.namespace
         where not (o.owner = any{Own}) and {NotSystem} group by 1, 2
        """;

    public const string SampleTables = """
        select n.nspname::text, min(c.relname::text) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname = any(@schemas) group by 1 order by 1 limit 3
        """;

    public const string Activity = $"""
        select usename::text from pg_stat_activity
         where usesysid is not null and not (usesysid = any{Own})
           and query is not null and query not in ('', '<insufficient privilege>') limit 50
        """;

    public const string StatementsView = """
        select n.nspname::text from pg_extension e join pg_depend d on d.refobjid = e.oid and d.deptype = 'e'
          join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid and c.relname = 'pg_stat_statements'
          join pg_namespace n on n.oid = c.relnamespace
         where e.extname = 'pg_stat_statements' and has_table_privilege(@who::name, c.oid, 'SELECT')
           and has_schema_privilege(@who::name, n.oid, 'USAGE')
        """;

    public static string Statements(string schema) =>
        $"""
            select pg_get_userbyid(userid)::text from {schema}.pg_stat_statements
             where not (userid = any{Own}) and query <> '<insufficient privilege>' limit 50
            """;

    public const string Creating = $"""
        select n.nspname::text, pg_get_userbyid(n.nspowner)::text from pg_namespace n
         where has_schema_privilege(@who::name, n.oid, 'CREATE') and not (n.nspowner = any{Own}) and {NotSystem} order by 1
        """;

    public const string DatabaseRights = """
        select has_database_privilege(@who::name, d.oid, 'CREATE'), has_database_privilege(@who::name, d.oid, 'TEMP')
          from pg_database d where d.datname = current_database()
        """;

    public const string Triggers = $"""
        select n.nspname::text, c.relname::text, t.tgname::text, pg_get_userbyid(c.relowner)::text
          from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
          join pg_proc p on p.oid = t.tgfoid where not t.tgisinternal and p.proowner = any{Own} and not (c.relowner = any{Own})
        """;

    public const string Inheritance = $"""
        select pn.nspname::text, p.relname::text, cn.nspname::text, c.relname::text, pg_get_userbyid(c.relowner)::text
          from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
          join pg_class c on c.oid = i.inhrelid join pg_namespace cn on cn.oid = c.relnamespace
         where p.relkind in ('r', 'p') and c.relkind in ('r', 'p', 'f') and not (c.relowner = any{Own})
           and has_any_column_privilege(@who::name, p.oid, 'SELECT') and has_schema_privilege(@who::name, pn.oid, 'USAGE')
        """;

    /// <summary>Parts of others' tables that are the tenant's: what is written there lies here.</summary>
    public const string Partitions = $"""
        select pn.nspname::text, p.relname::text, pg_get_userbyid(p.relowner)::text, n.nspname || '.' || c.relname
          from pg_inherits i join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
          join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
         where p.relkind = 'p' and c.relowner = any{Own} and not (p.relowner = any{Own})
        """;

    /// <summary>
    /// Code and tables of the tenant's that others' tables lean on, by a rule, a default, a check, an index, a policy or a view:
    /// it runs with the rights of whoever uses the table, and is handed what is in it.
    /// </summary>
    public const string Leaning = $"""
        with mine as (
          select p.oid, 'pg_proc'::regclass as class from pg_proc p where p.proowner = any{Own}
          union all select c.oid, 'pg_class'::regclass from pg_class c where c.relowner = any{Own} and c.relkind in ('r', 'p', 'v', 'f')),
        leaning as (
          select d.classid, d.objid, d.refclassid from mine join pg_depend d on d.refclassid = mine.class and d.refobjid = mine.oid)
        select distinct n.nspname::text, c.relname::text, pg_get_userbyid(c.relowner)::text, x.how
          from (
            select r.ev_class as relation, case when r.ev_type = '1' then 'the view' else 'the rule ' || r.rulename end as how
              from leaning l join pg_rewrite r on l.classid = 'pg_rewrite'::regclass and r.oid = l.objid
             where r.ev_type <> '1' or l.refclassid = 'pg_proc'::regclass
            union all select a.adrelid, 'a default or computed column' from leaning l join pg_attrdef a on l.classid = 'pg_attrdef'::regclass and a.oid = l.objid
             where l.refclassid = 'pg_proc'::regclass
            union all select k.conrelid, 'the check ' || k.conname from leaning l join pg_constraint k on l.classid = 'pg_constraint'::regclass and k.oid = l.objid
             where l.refclassid = 'pg_proc'::regclass and k.conrelid <> 0
            union all select i.indrelid, 'an index' from leaning l join pg_index i on l.classid = 'pg_class'::regclass and i.indexrelid = l.objid
             where l.refclassid = 'pg_proc'::regclass
            union all select p.polrelid, 'the policy ' || p.polname from leaning l join pg_policy p on l.classid = 'pg_policy'::regclass and p.oid = l.objid
          ) x join pg_class c on c.oid = x.relation join pg_namespace n on n.oid = c.relnamespace
         where not (c.relowner = any{Own})
        """;

    /// <summary>Code of the tenant's that runs whenever anybody makes something in this database, with that one's rights.</summary>
    public const string EventTriggers = $"""
        select e.evtname::text, pg_get_userbyid(e.evtowner)::text from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid
         where e.evtenabled <> 'D' and p.proowner = any{Own} and not (e.evtowner = any{Own})
        """;

    /// <summary>Foreign keys to others' tables: which values there are is found out by trying, without a right.</summary>
    public const string References = $"""
        select n.nspname::text, c.relname::text, pg_get_userbyid(c.relowner)::text, mn.nspname || '.' || m.relname, k.conname::text
          from pg_constraint k join pg_class m on m.oid = k.conrelid join pg_namespace mn on mn.oid = m.relnamespace
          join pg_class c on c.oid = k.confrelid join pg_namespace n on n.oid = c.relnamespace
         where k.contype = 'f' and m.relowner = any{Own} and not (c.relowner = any{Own})
        """;

    /// <summary>Whether a view that hides rows by its filter alone is made of a table with rows of several tenants.</summary>
    public const string HiddenByFilter = """
        select exists (select from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
                         join pg_class b on b.oid = d.refobjid and b.relkind in ('r', 'p') and not b.relrowsecurity
                         join pg_attribute t on t.attrelid = b.oid and t.attname = any(@columns) and not t.attisdropped
                        where r.ev_class = c.oid)
           and pg_get_viewdef(c.oid) ~* '\mwhere\M'
           and not exists (select from unnest(c.reloptions) o where o ~* '^security_(barrier|invoker)=(true|on|yes|1)$')
          from pg_class c where c.oid = @view::bigint::oid
        """;

    /// <summary>Policies that let the role change, take away or add whichever row, and what of that it has a right to.</summary>
    public const string OpenPolicies = $"""
        select p.polname::text, p.polcmd::text from pg_policy p
         where p.polrelid = @table::bigint::oid and p.polpermissive and p.polroles && {Ids}
           and (p.polcmd = 'w' and pg_get_expr(p.polqual, p.polrelid) = 'true' and has_any_column_privilege(@who::name, p.polrelid, 'UPDATE')
                or p.polcmd = 'd' and pg_get_expr(p.polqual, p.polrelid) = 'true' and has_table_privilege(@who::name, p.polrelid, 'DELETE')
                or p.polcmd = 'a' and pg_get_expr(p.polwithcheck, p.polrelid) = 'true' and has_any_column_privilege(@who::name, p.polrelid, 'INSERT'))
           and not exists (select from pg_policy q where q.polrelid = p.polrelid and not q.polpermissive and q.polcmd in ('*', p.polcmd))
        """;

    /// <summary>From 15 on.</summary>
    public const string Settings = $"""
        select p.parname, string_agg(distinct a.privilege_type, ', ')
          from pg_parameter_acl p, aclexplode(p.paracl) a where a.grantee = any{Ids} group by 1
        """;

    /// <summary>Schemas of the effective path that others may make objects in.</summary>
    public const string SearchPath = $"""
        select n.nspname::text, pg_get_userbyid(n.nspowner)::text,
               coalesce((select string_agg(distinct case a.grantee when 0 then 'PUBLIC' else pg_get_userbyid(a.grantee)::text end, chr(10))
                  from aclexplode(n.nspacl) a where a.privilege_type = 'CREATE' and not (a.grantee = any{Own})), '')
          from pg_namespace n where n.nspname = any(current_schemas(false)) and {NotSystem}
        """;

    /// <summary>Settings of the session's own that policies of a table believe.</summary>
    public const string BelievedSettings = """
        select distinct m[1] from pg_policy p,
               lateral regexp_matches(coalesce(pg_get_expr(p.polqual, p.polrelid), ''), 'current_setting\(''([^'']+)''', 'g') m
         where p.polrelid = @table::bigint::oid
        """;
}
