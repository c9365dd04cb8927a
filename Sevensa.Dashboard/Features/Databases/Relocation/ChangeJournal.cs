using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Notes each change of a row at the old place while it is copied: a trigger on each table, and a table that the login may not
/// touch. That takes neither a superuser nor <c>wal_level=logical</c>; it is there for the time of a move only.
/// </summary>
internal sealed class ChangeJournal(PostgresDoor door, TimeProvider time)
{
    /// <summary>In the name of everything that is put there.</summary>
    public const string Mark = "sevensa_move";

    public const string Table = "sevensa_move_journal";

    private const string Function = "sevensa_move_note";

    /// <summary>
    /// Before PostgreSQL's own and the tenant's by its name: what a change brings about elsewhere is noted after it.
    /// </summary>
    private const string Trigger = "!sevensa_move";

    private const string OfTruncates = "!sevensa_move_truncate";
    private const int Tries = 60;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Why changes can't be followed, and how much has to be compared as a whole because it has no key.</summary>
    private const string Hindrances = """
        with place as (
          select c.oid, c.relkind, c.relowner, format('%I.%I', n.nspname, c.relname) as name,
                 exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
                    and i.indpred is null and i.indexprs is null
                    and not exists (select from unnest(i.indkey::int2[]) k join pg_attribute a on a.attrelid = c.oid and a.attnum = k where not a.attnotnull)) as keyed
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
             and (@schema = '' or n.nspname = @schema) and c.relname not like 'sevensa\_move\_journal%')
        select name || ' has a rule', 0::bigint from place where exists (select from pg_rewrite w where w.ev_class = place.oid)
        union all select name || ' is divided, and has triggers', 0 from place
         where relkind = 'p' and exists (select from pg_trigger t where t.tgrelid = place.oid and not t.tgisinternal)
        union all select @owner || ' may not make triggers on ' || name, 0 from place
         where relkind = 'r' and not (has_table_privilege(@owner::name, oid, 'TRIGGER') and has_table_privilege(@owner::name, oid, 'SELECT'))
        union all select name || ' has no columns', 0 from place
         where relkind = 'r' and not exists (select from pg_attribute a where a.attrelid = place.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '')
        union all select name || ' has no primary key, and follows what is changed elsewhere', 0 from place
         where relkind = 'r' and not keyed and exists (select from pg_constraint k where k.conrelid = place.oid and k.contype = 'f' and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd')))
        union all select 'there are large objects', 0 from pg_largeobject_metadata m where @schema = '' and pg_get_userbyid(m.lomowner) = @owner
        union all select null, coalesce(sum(pg_relation_size(oid)), 0)::bigint from place where relkind = 'r' and not keyed
        """;

    private const string Tables = """
        select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
           and (@schema = '' or n.nspname = @schema) and c.relname <> @journal
         order by 1
        """;

    private const string Noted = """
        select format('%I.%I', n.nspname, c.relname), t.tgname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
          join pg_namespace n on n.oid = c.relnamespace
         where t.tgname = any(@triggers) and not t.tgisinternal and (@schema = '' or n.nspname = @schema)
        """;

    /// <summary>Whoever switches off all triggers of a table and on again leaves these as they are not put there.</summary>
    private const string Unwatched = """
        select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp_)'
           and (@schema = '' or n.nspname = @schema) and c.relname <> @journal
           and (select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgname = any(@triggers) and t.tgenabled = 'A') < 2
         order by 1
        """;

    /// <summary>In a database of its own it lies in a schema of its own.</summary>
    public static string SchemaOf(TenantPlace place) => place.Schema ?? "sevensa_move";

    public static string TableOf(TenantPlace place) => PostgresNames.Quoted(SchemaOf(place), Table);

    /// <returns>Why changes can't be followed, null when they can; and bytes of tables that are compared as a whole once it is closed.</returns>
    public async Task<(string? Why, long Keyless)> LookAsync(
        Instance instance,
        TenantPlace place,
        CancellationToken cancellation
    )
    {
        await using var inside = await door.OpenAsync(instance, instance.Reader, place.Database, cancellation);
        var found = await inside.RowsAsync(
            Hindrances,
            row => (Why: row.Text(0), Bytes: row.GetInt64(1)),
            cancellation,
            ("schema", place.Schema ?? ""),
            ("owner", place.Owner)
        );
        return (found.FirstOrDefault(one => one.Why is not null).Why, found.Sum(one => one.Bytes));
    }

    /// <summary>From when it returns on each change is noted; who changed something before has ended.</summary>
    /// <exception cref="PostgresException">A table is held by somebody for too long.</exception>
    public async Task BeginAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await EndAsync(instance, place, cancellation);
        await using var admin = await PlaceEyes.OpenAsync(door, instance, place, cancellation);
        var (schema, table) = (PostgresNames.Quoted(SchemaOf(place)), TableOf(place));
        var (function, login) = (PostgresNames.Quoted(SchemaOf(place), Function), PostgresNames.Quoted(place.Login));
        string[] statements =
        [
            .. place.Schema is null ? new[] { $"create schema {schema}" } : [],
            $"""create unlogged table {table} (id bigint generated always as identity, xid bigint not null default txid_current(), at oid not null, op "char" not null, before text, now text)""",
            $"create index on {table} (xid)",
            $"revoke all on {table} from public, {login}",
            $"""
            create function {function}() returns trigger language plpgsql security definer
            set search_path = pg_catalog, pg_temp {string.Join(' ', PlaceEyes.Alike.Select(one => $"set {one}"))}
            as {PostgresNames.Literal(
                $"begin if tg_op = 'INSERT' then insert into {table} (at, op, now) values (tg_relid, 'I', new::text); elsif tg_op = 'UPDATE' then insert into {table} (at, op, before, now) values (tg_relid, 'U', old::text, new::text); elsif tg_op = 'DELETE' then insert into {table} (at, op, before) values (tg_relid, 'D', old::text); else insert into {table} (at, op) values (tg_relid, 'T'); end if; return null; end"
            )}
            """,
            $"revoke all on function {function}() from public, {login}",
        ];
        await using (var transaction = await admin.Connection.BeginTransactionAsync(cancellation))
        {
            await admin.RunAsync(statements, transaction, cancellation);
            await transaction.CommitAsync(cancellation);
        }
        var tables = await admin.Connection.RowsAsync(
            Tables,
            row => row.GetString(0),
            cancellation,
            ("schema", place.Schema ?? ""),
            ("journal", Table)
        );
        foreach (var name in tables.Where(name => name != table))
        {
            await InTurnAsync(
                admin,
                [
                    $"""create trigger "{Trigger}" after insert or update or delete on {name} for each row execute function {function}()""",
                    $"""create trigger "{OfTruncates}" after truncate on {name} for each statement execute function {function}()""",
                    // Whoever makes itself a replica would write without a note.
                    $"""alter table {name} enable always trigger "{Trigger}" """,
                    $"""alter table {name} enable always trigger "{OfTruncates}" """,
                ],
                cancellation
            );
        }
    }

    /// <summary>Looks that nobody kept changes from being noted, as a function with the owner's rights can.</summary>
    /// <param name="admin">As <see cref="PlaceEyes"/> opened it, once nobody writes.</param>
    /// <exception cref="InvalidDataException">Somebody did, so the copy may lack some.</exception>
    public static async Task StandsAsync(AdminSession admin, TenantPlace place, CancellationToken cancellation)
    {
        var missed = await admin.Connection.RowsAsync(
            Unwatched,
            row => row.GetString(0),
            cancellation,
            ("schema", place.Schema ?? ""),
            ("journal", Table),
            ("triggers", new[] { Trigger, OfTruncates })
        );
        if (missed.Count > 0)
        {
            throw new InvalidDataException(
                $"Changes of {missed[0]} may be missing in the copy: somebody switched its triggers off while it was moved, or made it. Move it when nothing does that."
            );
        }
    }

    /// <summary>Takes all of it away, while others write there.</summary>
    public async Task EndAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await using var admin = await PlaceEyes.OpenAsync(door, instance, place, cancellation);
        await FromTablesAsync(admin, place, cancellation);
        await RemoveAsync(admin, place, cancellation);
    }

    /// <summary>Takes all of it away at once, where nobody else is.</summary>
    /// <param name="admin">As <see cref="PlaceEyes"/> opened it.</param>
    public static Task RemoveAsync(AdminSession admin, TenantPlace place, CancellationToken cancellation) =>
        admin.RunAsync(
            [
                "set client_min_messages = warning",
                $"drop function if exists {PostgresNames.Quoted(SchemaOf(place), Function)}() cascade",
                $"drop table if exists {TableOf(place)}",
                .. place.Schema is null
                    ? new[] { $"drop schema if exists {PostgresNames.Quoted(SchemaOf(place))}" }
                    : [],
            ],
            null,
            cancellation
        );

    private async Task FromTablesAsync(AdminSession admin, TenantPlace place, CancellationToken cancellation)
    {
        var noted = await admin.Connection.RowsAsync(
            Noted,
            row => (Table: row.GetString(0), Trigger: row.GetString(1)),
            cancellation,
            ("schema", place.Schema ?? ""),
            ("triggers", new[] { Trigger, OfTruncates })
        );
        foreach (var table in noted.GroupBy(one => one.Table))
        {
            await InTurnAsync(
                admin,
                [.. table.Select(one => $"drop trigger if exists {PostgresNames.Quoted(one.Trigger)} on {one.Table}")],
                cancellation
            );
        }
    }

    /// <summary>Everybody else waits behind whoever waits for a table: so not for long at a time.</summary>
    private async Task InTurnAsync(AdminSession admin, string[] statements, CancellationToken cancellation)
    {
        await admin.RunAsync(["set lock_timeout = '500ms'"], null, cancellation);
        for (var tried = 1; ; tried++)
        {
            try
            {
                await using var transaction = await admin.Connection.BeginTransactionAsync(cancellation);
                await admin.RunAsync(statements, transaction, cancellation);
                await transaction.CommitAsync(cancellation);
                return;
            }
            catch (PostgresException exception)
                when (exception.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected
                    && tried < Tries
                )
            {
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }
}
