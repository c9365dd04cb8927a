namespace Sevensa.Dashboard.Features.Databases.Repair;

/// <summary>What a repair asks the catalogue. Names come back as statements write them, quoted by PostgreSQL itself.</summary>
internal static class RepairSql
{
    /// <summary>
    /// Rights on objects that the prover named: how it is written in a statement, column, owner, who gave it, to whom (none is
    /// everybody), the right, and whether it may be handed on.
    /// </summary>
    public static string Rights(int major) =>
        $"""
            with found as (
              select array[n.nspname || '.' || c.relname] as shown,
                     case c.relkind when 'S' then 'sequence ' else 'table ' end || format('%I.%I', n.nspname, c.relname) as target,
                     '' as part, c.relowner as owner, c.relacl as acl
                from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relacl is not null
              union all
              select array[n.nspname || '.' || c.relname, n.nspname || '.' || c.relname || '.' || t.attname],
                     'table ' || format('%I.%I', n.nspname, c.relname), format('(%I)', t.attname), c.relowner, t.attacl
                from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace
               where t.attacl is not null
              union all
              select array[n.nspname || '.' || p.proname, n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'],
                     format('routine %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), '', p.proowner,
                     coalesce(p.proacl, acldefault('f', p.proowner))
                from pg_proc p join pg_namespace n on n.oid = p.pronamespace
              union all
              select array['schema ' || n.nspname], format('schema %I', n.nspname), '', n.nspowner, n.nspacl from pg_namespace n where n.nspacl is not null
              union all
              select array['database ' || d.datname], format('database %I', d.datname), '', d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
                from pg_database d where d.datname = current_database()
              union all
              select array['large object ' || m.oid], 'large object ' || m.oid, '', m.lomowner, m.lomacl from pg_largeobject_metadata m where m.lomacl is not null
              union all
              select array['server ' || s.srvname], format('foreign server %I', s.srvname), '', s.srvowner, s.srvacl from pg_foreign_server s where s.srvacl is not null
              {(
                major >= 15
                    ? """
                      union all
                      select array['parameter ' || p.parname],
                             'parameter ' || (select string_agg(quote_ident(x), '.') from unnest(string_to_array(p.parname, '.')) x), '', 10::oid, p.paracl
                        from pg_parameter_acl p
                      """
                    : ""
            )})
            select f.shown, f.target, f.part, pg_get_userbyid(f.owner)::text, pg_get_userbyid(a.grantor)::text,
                   case a.grantee when 0 then null else pg_get_userbyid(a.grantee)::text end, a.privilege_type, a.is_grantable,
                   o.rolsuper
              from found f, aclexplode(f.acl) a join pg_roles o on o.oid = a.grantor
             where f.shown && @shown and a.grantee <> f.owner
             order by f.target, f.part, 6, 7
            """;

    /// <summary>Rights on what a role makes from now on: its quoted name, the schema's, the kind, to whom, and the right.</summary>
    public const string Future = """
        select pg_get_userbyid(d.defaclrole)::text, n.nspname::text, d.defaclobjtype::text,
               case a.grantee when 0 then null else pg_get_userbyid(a.grantee)::text end, a.privilege_type, a.is_grantable
          from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
         where a.grantee <> d.defaclrole order by 1, 2, 3, 4, 5
        """;

    /// <summary>Every membership, with who gave it.</summary>
    public static string Memberships(int major) =>
        $"""
            select pg_get_userbyid(m.roleid)::text, pg_get_userbyid(m.member)::text, pg_get_userbyid(m.grantor)::text, m.admin_option,
                   {(major >= 16 ? "m.inherit_option, m.set_option" : "true, true")}
              from pg_auth_members m order by 1, 2
            """;

    /// <summary>Roles that may sign in, are no superusers, and may come into this database only since everybody may.</summary>
    public const string OnlyByPublic = """
        select r.rolname::text from pg_roles r, pg_database d
         where d.datname = current_database() and r.rolcanlogin and not r.rolsuper and r.oid <> d.datdba
           and not pg_has_role(r.oid, d.datdba, 'USAGE')
           and not exists (select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                            where a.grantee <> 0 and a.privilege_type = 'CONNECT' and pg_has_role(r.oid, a.grantee, 'USAGE'))
         order by 1
        """;
}
