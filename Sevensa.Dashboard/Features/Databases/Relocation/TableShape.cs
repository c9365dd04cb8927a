using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>A table whose changes are brought along: how a noted row becomes a statement. Names are quoted.</summary>
/// <param name="Name">With its schema.</param>
/// <param name="Columns">All that are not computed.</param>
/// <param name="Changing">Of these the ones that an update may set.</param>
/// <param name="Key">Of a unique index without nulls; empty when there is none.</param>
/// <param name="Follows">What is changed elsewhere changes its rows too, so a change may be there already.</param>
internal sealed record TableShape(
    long Oid,
    string Name,
    IReadOnlyList<string> Columns,
    IReadOnlyList<string> Changing,
    IReadOnlyList<string> Key,
    bool Follows
)
{
    private const string Sql = """
        select c.oid::bigint, format('%I.%I', n.nspname, c.relname),
               (select array_agg(quote_ident(t.attname) order by t.attnum) from pg_attribute t
                 where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped and t.attgenerated = ''),
               (select array_agg(quote_ident(t.attname) order by t.attnum) from pg_attribute t
                 where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped and t.attgenerated = '' and t.attidentity <> 'a'),
               (select array_agg(quote_ident(t.attname) order by t.attnum) from pg_attribute t
                 where t.attrelid = c.oid and t.attnum = any((
                   select i.indkey::int2[] from pg_index i
                    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null
                      and not exists (select from unnest(i.indkey::int2[]) k join pg_attribute a on a.attrelid = c.oid and a.attnum = k where not a.attnotnull)
                    order by i.indisprimary desc, i.indexrelid limit 1)::int2[])),
               exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'
                          and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')))
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
           and (@schema = '' or n.nspname = @schema) and c.relname <> @journal
        """;

    /// <param name="admin">At the old place.</param>
    public static async Task<IReadOnlyDictionary<long, TableShape>> OfAsync(
        AdminSession admin,
        TenantPlace place,
        CancellationToken cancellation
    ) =>
        (
            await admin.Connection.RowsAsync(
                Sql,
                row => new TableShape(
                    row.GetInt64(0),
                    row.GetString(1),
                    row.Texts(2),
                    row.Texts(3),
                    row.Texts(4),
                    row.GetBoolean(5)
                ),
                cancellation,
                ("schema", place.Schema ?? ""),
                ("journal", ChangeJournal.Table)
            )
        ).ToDictionary(one => one.Oid);

    public bool HasKey => Key.Count > 0;

    /// <summary>$1: rows.</summary>
    public string Insert =>
        $"insert into {Name} ({string.Join(", ", Columns)}) overriding system value select {string.Join(", ", Columns.Select(one => $"(x.r).{one}"))} from (select unnest($1)::{Name} as r offset 0) x";

    /// <summary>$1: the row as it was, $2: as it is.</summary>
    public string Update =>
        $"update only {Name} t set {string.Join(", ", Changing.Select(one => $"{one} = (x.n).{one}"))} from (select $1::{Name} as o, $2::{Name} as n offset 0) x where {(HasKey ? Same("o") : ByText)}";

    /// <summary>$1: rows; without a key one.</summary>
    public string Delete =>
        HasKey
            ? $"delete from only {Name} t using (select unnest($1)::{Name} as o offset 0) x where {Same("o")}"
            : $"delete from only {Name} t where {ByText}";

    /// <summary>$1: rows, whose keys are looked for: their count and checksum.</summary>
    public string Touched =>
        $"select count(*), coalesce(sum({PictureSql.HashOf("t")}), 0)::text from only {Name} t where ({string.Join(", ", Key.Select(one => $"t.{one}"))}) in (select {string.Join(", ", Key.Select(one => $"(x.o).{one}"))} from (select unnest($1)::{Name} as o offset 0) x)";

    private string ByText => $"t.ctid = (select c.ctid from only {Name} c where (c.*)::text = $1 limit 1)";

    private string Same(string row) => string.Join(" and ", Key.Select(one => $"t.{one} = (x.{row}).{one}"));
}
