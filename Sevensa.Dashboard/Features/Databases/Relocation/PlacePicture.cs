using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>All that a place holds and how it is kept, in lines that are alike where the places are: also what <c>pg_dump</c> leaves out.</summary>
/// <param name="Rows">Of all tables.</param>
internal sealed record PlacePicture(IReadOnlyList<string> Lines, int Tables, long Rows)
{
    /// <summary>What of two pictures differs, in words; nothing when they are alike. Whose a right is may be another tenant's to know.</summary>
    public static IReadOnlyList<string> Differences(PlacePicture before, PlacePicture after) =>
        [
            .. before
                .Lines.Except(after.Lines, StringComparer.Ordinal)
                .Select(line => $"not there: {WithoutGrantee(line)}")
                .Distinct(StringComparer.Ordinal),
            .. after
                .Lines.Except(before.Lines, StringComparer.Ordinal)
                .Select(line => $"there too: {WithoutGrantee(line)}")
                .Distinct(StringComparer.Ordinal),
        ];

    private static string WithoutGrantee(string line) =>
        line.StartsWith(PictureSql.LetsIn, StringComparison.Ordinal) ? "whom the database lets in"
        : line.StartsWith("right on ", StringComparison.Ordinal)
        && line.IndexOf(": ", StringComparison.Ordinal) is > 0 and var end
            ? line[..end]
        : line;

    /// <summary>Looks at a place that nobody writes to. The administrative role is a member of its owner.</summary>
    /// <param name="readers">The reading roles of the instances, which differ.</param>
    public static async Task<PlacePicture> OfAsync(
        PostgresDoor door,
        Instance instance,
        TenantPlace place,
        IReadOnlyList<string> readers,
        CancellationToken cancellation
    )
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, place.Database, cancellation);
        // What a text looks like must not hang on who asks.
        await admin.RunAsync(
            [
                "set statement_timeout = 0",
                "set extra_float_digits = 3",
                "set datestyle = 'ISO, MDY'",
                "set intervalstyle = 'iso_8601'",
                "set timezone = 'UTC'",
                "set bytea_output = 'hex'",
                "set lc_monetary = 'C'",
                "set search_path = pg_catalog",
                $"set role {PostgresNames.Quoted(place.Owner)}",
            ],
            null,
            cancellation
        );
        (string, object)[] given =
        [
            ("schema", place.Schema ?? ""),
            ("owner", place.Owner),
            ("database", place.Database),
            ("roles", new[] { place.Owner, place.Login }),
            ("readers", readers.ToArray()),
        ];
        var lines = new List<string>();
        foreach (var sql in place.Schema is null ? PictureSql.Of.Append(PictureSql.Database) : PictureSql.Of)
        {
            lines.AddRange(await admin.Connection.RowsAsync(sql, row => row.GetString(0), cancellation, given));
        }
        var (tables, rows) = (0, 0L);
        foreach (
            var (name, sequence) in await admin.Connection.RowsAsync(
                PictureSql.Holders,
                row => (row.GetString(0), row.GetBoolean(1)),
                cancellation,
                given
            )
        )
        {
            await using var command = new NpgsqlCommand(
                sequence
                    ? $"select last_value, is_called::text from {name}"
                    : $"select count(*), coalesce(sum(('x' || left(md5((t.*)::text), 15))::bit(60)::bigint::numeric), 0)::text from only {name} t",
                admin.Connection
            )
            {
                CommandTimeout = 0,
            };
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            var (count, sum) = (reader.GetInt64(0), reader.GetString(1));
            lines.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(sequence ? "sequence" : "rows of")} {name}: {count}, {sum}"
                )
            );
            (tables, rows) = sequence ? (tables, rows) : (tables + 1, rows + count);
        }
        if (place.Schema is null)
        {
            await using var command = new NpgsqlCommand(PictureSql.LargeObjects, admin.Connection)
            {
                CommandTimeout = 0,
            };
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            lines.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"large objects: {reader.GetInt64(0)}, {reader.GetString(1)}"
                )
            );
        }
        return new PlacePicture(lines, tables, rows);
    }
}

/// <summary>The questions of a picture: each gives lines that name nothing which differs between two servers that hold the same.</summary>
internal static class PictureSql
{
    private const string Within = """
        n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
        and (@schema = '' or n.nspname = @schema)
        """;

    /// <summary>Rights that are not the owner's own; MAINTAIN is known to some versions only.</summary>
    private const string Right = """
        coalesce(nullif(pg_get_userbyid(a.grantee), 'unknown (OID=0)'), 'PUBLIC') || ' ' || a.privilege_type || case when a.is_grantable then '*' else '' end
        """;

    private const string Others = "a.privilege_type <> 'MAINTAIN' and pg_get_userbyid(a.grantee) <> @owner";

    /// <summary>How a line on who may connect begins.</summary>
    public const string LetsIn = "the database lets in ";

    /// <summary>Tables and sequences with what is in them.</summary>
    public const string Holders = $"""
        select format('%I.%I', n.nspname, c.relname), c.relkind = 'S' from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'S') and {Within} order by 1
        """;

    /// <summary>Those of the owner, which is asking; others' are not moved.</summary>
    public const string LargeObjects = """
        select count(*), coalesce(sum(('x' || left(md5(m.oid || ' ' || md5(lo_get(m.oid))), 15))::bit(60)::bigint::numeric), 0)::text
          from pg_largeobject_metadata m where m.lomowner = (select oid from pg_roles where rolname = current_user)
        """;

    /// <summary>The database itself: limits, settings, who may connect.</summary>
    public const string Database = $"""
        select 'the database takes ' || datconnlimit || ' connections' from pg_database where datname = @database
        union all select '{LetsIn}' || {Right} from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
         where d.datname = @database and {Others} and pg_get_userbyid(a.grantee) <> all(@readers)
        union all select 'the database sets ' || s from pg_db_role_setting r, unnest(r.setconfig) s
         where r.setdatabase = (select oid from pg_database where datname = @database) and r.setrole = 0
        """;

    public static readonly string[] Of =
    [
            // Roles and what is set for them.
            $"""
            select format('the database keeps text in %s, %s, %s', pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = @database
            union all select format('role %s takes %s connections', rolname, rolconnlimit) from pg_roles where rolname = any(@roles)
            union all select format('role %s sets %s', pg_get_userbyid(r.setrole), s) from pg_db_role_setting r, unnest(r.setconfig) s
             where pg_get_userbyid(r.setrole) = any(@roles)
               and r.setdatabase in (0, (select oid from pg_database where datname = @database))
            """,
        $"""
            select format('%s %I.%I of %s, row security %s %s', c.relkind, n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity, c.relforcerowsecurity)
              from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I', 'c') and {Within}
            union all select format('column %I.%I.%I %s %s', n.nspname, c.relname, t.attname, format_type(t.atttypid, t.atttypmod), t.attnotnull)
              from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace
             where t.attnum > 0 and not t.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and {Within}
            union all select format('right on %I.%I: ', n.nspname, c.relname) || {Right}
              from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a where {Others} and {Within}
            union all select format('right on %I.%I.%I: ', n.nspname, c.relname, t.attname) || {Right}
              from pg_attribute t join pg_class c on c.oid = t.attrelid join pg_namespace n on n.oid = c.relnamespace, aclexplode(t.attacl) a where {Others} and {Within}
            union all select format('index %s', pg_get_indexdef(i.indexrelid)) from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p', 'm') and {Within}
            union all select format('constraint %I.%I %I %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid)) from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             where k.contype <> 'n' and {Within}
            union all select format('trigger %s', pg_get_triggerdef(g.oid)) from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
             where not g.tgisinternal and {Within}
            union all select format('policy %I on %I.%I: %s %s %s %s', p.polname, n.nspname, c.relname, p.polcmd, p.polpermissive, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
              from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where {Within}
            """,
        $"""
            select format('routine %I.%I(%s) of %s: %s, definer %s, %s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), pg_get_userbyid(p.proowner), md5(p.prosrc), p.prosecdef, p.proconfig)
              from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {Within}
            union all select format('right on %I.%I(%s): ', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) || {Right}
              from pg_proc p join pg_namespace n on n.oid = p.pronamespace, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where {Others} and {Within}
            union all select format('type %I.%I %s', n.nspname, t.typname, t.typtype) from pg_type t join pg_namespace n on n.oid = t.typnamespace
             where t.typtype in ('e', 'd', 'r') and {Within}
            """,
        $"""
            select format('right on schema %I: ', n.nspname) || {Right} from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
             where {Others} and pg_get_userbyid(a.grantee) <> pg_get_userbyid(n.nspowner) and {Within}
            union all select format('right on what %s makes%s, %s: ', pg_get_userbyid(d.defaclrole), ' in ' || n.nspname, d.defaclobjtype) || {Right}
              from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace, aclexplode(d.defaclacl) a
             where pg_get_userbyid(d.defaclrole) = any(@roles) and {Others} and (n.oid is null or {Within})
            """,
    ];
}
