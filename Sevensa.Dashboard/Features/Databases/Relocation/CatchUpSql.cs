using System.Globalization;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>A change of a row as it was noted.</summary>
/// <param name="Table">By its number at the old place.</param>
/// <param name="By">The transaction that made it.</param>
internal sealed record NotedChange(long Table, char Kind, long By, string? Before, string? Now)
{
    public const char Insert = 'I';
    public const char Update = 'U';
    public const char Delete = 'D';
    public const char Truncate = 'T';

    /// <summary>Whether the next one may be done in the same statement: what is truncated together has to be.</summary>
    public bool GoesWith(NotedChange next, IReadOnlyDictionary<long, TableShape> shapes) =>
        Kind == next.Kind
        && Kind switch
        {
            Insert => Table == next.Table,
            Delete => Table == next.Table && shapes.GetValueOrDefault(Table)?.HasKey == true,
            Truncate => By == next.By,
            _ => false,
        };
}

/// <summary>What is asked while changes are brought along. Sessions are the owner's.</summary>
internal static class CatchUpSql
{
    /// <summary>Which transactions are over; the functions of that name are in every version.</summary>
    public const string Moment = "select txid_current_snapshot()::text";

    private const string Within = """
        n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
        and (@schema = '' or n.nspname = @schema)
        """;

    /// <summary>Rows are found by their keys: a plan that reads a whole table for a few rows takes minutes.</summary>
    public static readonly string[] ByKey =
    [
        "set enable_seqscan = off",
        "set enable_hashjoin = off",
        "set enable_mergejoin = off",
    ];

    public const string Triggered = $"""
        select distinct format('%I.%I', n.nspname, c.relname) from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
         where not t.tgisinternal and c.relkind = 'r' and {Within}
        """;

    public const string Triggers = $"""
        select format('%I.%I', n.nspname, c.relname),
               case t.tgenabled when 'O' then 'enable' when 'R' then 'enable replica' when 'A' then 'enable always' else 'disable' end, quote_ident(t.tgname)
          from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
         where not t.tgisinternal and c.relkind = 'r' and t.tgname !~ '^!sevensa_move' and {Within}
        """;

    /// <summary>Rights that an owner took from itself, and that bringing changes takes.</summary>
    public const string MissingRights = $"""
        select name, rights from (
          select format('%I.%I', n.nspname, c.relname) as name,
                 array_to_string(array[
                   case when not has_table_privilege(c.oid, 'INSERT') then 'insert' end, case when not has_table_privilege(c.oid, 'UPDATE') then 'update' end,
                   case when not has_table_privilege(c.oid, 'DELETE') then 'delete' end, case when not has_table_privilege(c.oid, 'TRUNCATE') then 'truncate' end], ', ') as rights
            from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r' and {Within}) x
         where rights <> '' order by 1
        """;

    /// <summary>What was noted of transactions that were not over at a moment, and are now.</summary>
    public static string Noted(TenantPlace place, string condition, int? limit) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            select id, at::bigint, op::text, xid, before, now from {ChangeJournal.TableOf(place)}
             where xid >= txid_snapshot_xmin(@since::text::txid_snapshot) and not txid_visible_in_snapshot(xid, @since::text::txid_snapshot){condition}
             order by id{(limit is { } rows ? $" limit {rows}" : "")}
            """
        );
}
