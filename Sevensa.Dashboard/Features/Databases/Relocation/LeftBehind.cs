using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// What a copy made as the owner would not bring along, and doors by which others than the two roles write to a place: none may
/// be there while it is moved.
/// </summary>
internal static class LeftBehind
{
    private const int Told = 5;

    /// <summary>In place of the name of a role that whoever reads it may not know.</summary>
    public const string Others = "another's role";

    private const string Within = """
        n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
        and (@schema = '' or n.nspname = @schema)
        """;

    private const string Grantee = "coalesce(nullif(pg_get_userbyid(a.grantee)::text, 'unknown (OID=0)'), 'PUBLIC')";

    /// <summary>Everybody's rights are doors beside a schema only: nobody else connects to a database of its own.</summary>
    private const string Strange = "(a.grantee <> 0 or @schema <> '') and pg_get_userbyid(a.grantee) <> all(@roles)";

    /// <summary>What is found: words, the role that they are about, and words.</summary>
    private const string Sql = $"""
        select format('%I.%I is ', n.nspname, c.relname), pg_get_userbyid(c.relowner)::text, '''s' from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where pg_get_userbyid(c.relowner) <> @owner and c.relkind not in ('t', 'i', 'I') and {Within}
           and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
        union all select format('%I.%I(…) is ', n.nspname, p.proname), pg_get_userbyid(p.proowner)::text, '''s' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where pg_get_userbyid(p.proowner) <> @owner and {Within}
           and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
        union all select '', {Grantee}, format(' has a right on %I.%I', n.nspname, c.relname)
          from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
         where {Strange} and {Within}
           and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')
        union all select '', {Grantee}, format(' has a right on %I.%I.%I', n.nspname, c.relname, t.attname)
          from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a
         where {Strange} and {Within}
        union all select '', {Grantee}, format(' has a right on %I.%I(…)', n.nspname, p.proname)
          from pg_proc p join pg_namespace n on n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         where a.grantee <> p.proowner and (a.grantee <> 0 or p.prosecdef) and {Strange} and {Within}
           and not exists (select from pg_depend e where e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e')
        union all select '', {Grantee}, format(' has a right on schema %I', n.nspname)
          from pg_namespace n, aclexplode(n.nspacl) a where a.grantee <> n.nspowner and {Strange} and {Within}
        union all select '', {Grantee}, format(' has the right %s on the database', a.privilege_type)
          from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
         where d.datname = @database and @schema = '' and pg_get_userbyid(a.grantee) <> all(@roles)
        union all select '', pg_get_userbyid(m.member)::text, format(' is a member of %s', pg_get_userbyid(m.roleid)) from pg_auth_members m
         where pg_get_userbyid(m.roleid) = any(@own) and pg_get_userbyid(m.member) <> @admin
           and not exists (select from pg_roles s where s.oid = m.member and s.rolsuper)
        union all select format('%s is a member of ', pg_get_userbyid(m.member)), pg_get_userbyid(m.roleid)::text, '' from pg_auth_members m
         where pg_get_userbyid(m.member) = any(@own) and pg_get_userbyid(m.roleid) <> all(@own)
        union all select format('%s has %s', r.rolname, concat_ws(', ',
            case when r.rolbypassrls then 'BYPASSRLS' end, case when r.rolcreaterole then 'CREATEROLE' end,
            case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end,
            case when not r.rolinherit then 'NOINHERIT' end, case when r.rolvaliduntil is not null then 'VALID UNTIL' end)), null, null
          from pg_roles r where r.rolname = any(@own)
           and (r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication or not r.rolinherit or r.rolvaliduntil is not null)
        union all select 'the database sorts by another provider than the C library', null, null from pg_database d
         where d.datname = @database and coalesce(to_jsonb(d) ->> 'datlocprovider', 'c') <> 'c'
        union all select format('%I.%I has row security that holds for its owner too (force)', n.nspname, c.relname), null, null
          from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relforcerowsecurity and {Within}
        union all select format('large object %s is ', m.oid), pg_get_userbyid(m.lomowner)::text, '''s' from pg_largeobject_metadata m
         where case when @schema = '' then pg_get_userbyid(m.lomowner) <> @owner else pg_get_userbyid(m.lomowner) = any(@own) end
        union all select format('publication %I', p.pubname), null, null from pg_publication p where pg_get_userbyid(p.pubowner) = any(@own)
        union all select format('prepared transaction %s', x.gid), null, null from pg_prepared_xacts x where x.database = @database and x.owner = any(@own)
        """;

    /// <param name="shown">The name of a role as whoever reads it may know it.</param>
    /// <returns>In words; null when nothing is.</returns>
    public static async Task<string?> OfAsync(
        PostgresDoor door,
        Instance instance,
        TenantPlace place,
        Func<string, string> shown,
        CancellationToken cancellation
    )
    {
        var (admin, _) = await door.CredentialsAsync(instance, instance.Admin!, cancellation);
        // A database of its own lets the administrative role in only once it is closed to everybody else.
        await using var inside = await door.OpenAsync(instance, instance.Reader, place.Database, cancellation);
        var left = await inside.RowsAsync(
            Sql,
            row =>
                row.Text(0)
                + (
                    row.Text(1) is not { } role ? ""
                    : role == "PUBLIC" || role == place.Owner || role == place.Login ? role
                    : shown(role)
                )
                + row.Text(2),
            cancellation,
            ("schema", place.Schema ?? ""),
            ("owner", place.Owner),
            ("database", place.Database),
            ("admin", admin),
            ("own", new[] { place.Owner, place.Login }),
            ("roles", new[] { place.Owner, place.Login, instance.Reader.Role, "pg_database_owner" })
        );
        var told = left.Distinct(StringComparer.Ordinal).ToList();
        return told.Count == 0
            ? null
            : $"Not all of it would come along, or others write to it: {string.Join("; ", told.Take(Told))}{(told.Count > Told ? $" and {told.Count - Told} more" : "")}. Change that first.";
    }
}
