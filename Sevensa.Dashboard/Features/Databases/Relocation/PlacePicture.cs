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
    public static IReadOnlyList<string> Differences(IReadOnlyList<string> before, IReadOnlyList<string> after) =>
        [
            .. before
                .Except(after, StringComparer.Ordinal)
                .Select(line => $"not there: {WithoutGrantee(line)}")
                .Distinct(StringComparer.Ordinal),
            .. after
                .Except(before, StringComparer.Ordinal)
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
        await using var admin = await PlaceEyes.OpenAsync(door, instance, place, cancellation);
        var kept = await KeptAsync(admin, place, readers, cancellation);
        var (rows, tables, count) = await RowsAsync(admin, place, null, cancellation);
        return new PlacePicture([.. kept, .. rows], tables, count);
    }

    /// <summary>What holds the rows, with the values of sequences.</summary>
    /// <param name="admin">As <see cref="PlaceEyes"/> opened it.</param>
    public static async Task<IReadOnlyList<string>> KeptAsync(
        AdminSession admin,
        TenantPlace place,
        IReadOnlyList<string> readers,
        CancellationToken cancellation
    )
    {
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
        // What a move put there for itself is taken away when nobody waits for it any more.
        lines.RemoveAll(line => line.Contains(ChangeJournal.Mark, StringComparison.Ordinal));
        foreach (var name in await HoldersAsync(admin, place, "S", cancellation))
        {
            var (value, called) = await SumAsync(
                admin,
                $"select last_value, is_called::text from {name}",
                cancellation
            );
            lines.Add(Line($"sequence {name}: {value}, {called}"));
        }
        if (place.Schema is null)
        {
            var (count, sum) = await SumAsync(admin, PictureSql.LargeObjects, cancellation);
            lines.Add(Line($"large objects: {count}, {sum}"));
        }
        return lines;
    }

    /// <summary>A line for each table with the count and the checksum of its rows.</summary>
    /// <param name="only">Names as <see cref="HoldersAsync"/> gives them; null for all.</param>
    public static async Task<(IReadOnlyList<string> Lines, int Tables, long Rows)> RowsAsync(
        AdminSession admin,
        TenantPlace place,
        IReadOnlyCollection<string>? only,
        CancellationToken cancellation
    )
    {
        var (lines, rows) = (new List<string>(), 0L);
        foreach (var name in only ?? await HoldersAsync(admin, place, "r", cancellation))
        {
            var (count, sum) = await SumAsync(
                admin,
                $"select count(*), coalesce(sum({PictureSql.HashOf("t")}), 0)::text from only {name} t",
                cancellation
            );
            lines.Add(Line($"rows of {name}: {count}, {sum}"));
            rows += count;
        }
        return (lines, lines.Count, rows);
    }

    /// <summary>Tables (<c>r</c>) or sequences (<c>S</c>), with quotes where they need them.</summary>
    public static async Task<IReadOnlyList<string>> HoldersAsync(
        AdminSession admin,
        TenantPlace place,
        string kind,
        CancellationToken cancellation
    ) =>
        await admin.Connection.RowsAsync(
            PictureSql.Holders,
            row => row.GetString(0),
            cancellation,
            ("schema", place.Schema ?? ""),
            ("kind", kind),
            ("journal", $"{ChangeJournal.Table}%")
        );

    private static async Task<(long, string)> SumAsync(AdminSession admin, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, admin.Connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetString(1));
    }

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Sessions that look at a place as its owner, and give each text as every other server would.</summary>
internal static class PlaceEyes
{
    public static readonly string[] Alike =
    [
        "extra_float_digits = 3",
        "datestyle = 'ISO, MDY'",
        "intervalstyle = 'iso_8601'",
        "timezone = 'UTC'",
        "bytea_output = 'hex'",
        "lc_monetary = 'C'",
    ];

    public static async Task<AdminSession> OpenAsync(
        PostgresDoor door,
        Instance instance,
        TenantPlace place,
        CancellationToken cancellation
    )
    {
        var admin = await AdminSession.OpenAsync(door, instance, place.Database, cancellation);
        try
        {
            await admin.RunAsync(
                [
                    "set statement_timeout = 0",
                    "set idle_in_transaction_session_timeout = 0",
                    .. Alike.Select(setting => $"set {setting}"),
                    "set search_path = pg_catalog",
                    $"set role {PostgresNames.Quoted(place.Owner)}",
                ],
                null,
                cancellation
            );
            return admin;
        }
        catch
        {
            await admin.DisposeAsync();
            throw;
        }
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

    /// <summary>Of a kind; what a move puts there for itself is not the place's.</summary>
    public const string Holders = $"""
        select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = @kind::text::"char" and c.relname not like @journal and {Within} order by 1
        """;

    /// <summary>A number of a row's text, to be summed up.</summary>
    public static string HashOf(string row) => $"('x' || left(md5(({row}.*)::text), 15))::bit(60)::bigint::numeric";

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
            union all select format('trigger %s %s', g.tgenabled, pg_get_triggerdef(g.oid)) from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
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
