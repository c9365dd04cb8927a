using System.Data;
using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Brings to a copy what was noted at the old place since, in rounds: each of one moment, so that afterwards the copy is what
/// the old place was then. A round that fails leaves nothing of itself.
/// </summary>
internal sealed class CatchUp : IAsyncDisposable
{
    /// <summary>Statements that are sent together.</summary>
    private const int Together = 500;

    /// <summary>Rows of one statement.</summary>
    private const int Rows = 1000;

    /// <summary>Characters of rows that are held at the most, beyond one row: a row may be megabytes.</summary>
    private const long Held = 8_000_000;
    private const int PageOfTouched = 500;

    private readonly AdminSession source;
    private readonly AdminSession target;
    private readonly MovePlan move;
    private readonly HashSet<string> whole = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<long, TableShape> shapes = new Dictionary<long, TableShape>();

    /// <summary>The moment that the copy is of.</summary>
    private string moment = "";

    private CatchUp(MovePlan move, AdminSession source, AdminSession target) =>
        (this.move, this.source, this.target) = (move, source, target);

    /// <summary>Tables without a key that were changed since they were compared.</summary>
    public IReadOnlyCollection<string> Whole => whole;

    /// <summary>Copies as of one moment, from which on changes are known.</summary>
    /// <param name="copy">Takes the name of the moment's snapshot.</param>
    public static async Task<CatchUp> BeginAsync(
        PostgresDoor door,
        MovePlan move,
        Instance from,
        Instance to,
        Func<string, Task> copy,
        CancellationToken cancellation
    )
    {
        var source = await PlaceEyes.OpenAsync(door, from, move.From, cancellation);
        AdminSession? target = null;
        try
        {
            var shapes = await TableShape.OfAsync(source, move.From, cancellation);
            string moment;
            await using (
                var here = await source.Connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation)
            )
            {
                var snapshot = (await source.ValueAsync<string>("select pg_export_snapshot()", cancellation))!;
                moment = (await source.ValueAsync<string>(CatchUpSql.Moment, cancellation))!;
                await copy(snapshot);
                await here.CommitAsync(cancellation);
            }
            target = await PlaceEyes.OpenAsync(door, to, move.There, cancellation);
            await Task.WhenAll(
                source.RunAsync(CatchUpSql.ByKey, null, cancellation),
                target.RunAsync(CatchUpSql.ByKey, null, cancellation)
            );
            return new CatchUp(move, source, target) { moment = moment, shapes = shapes };
        }
        catch
        {
            await source.DisposeAsync();
            if (target is not null)
            {
                await target.DisposeAsync();
            }
            throw;
        }
    }

    /// <summary>Nothing of the tenant's own code runs while changes are brought: what it did is noted itself. And statistics, for its first queries.</summary>
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        await ChangeJournal.RemoveAsync(target, move.There, cancellation);
        (string, object) schema = ("schema", move.From.Schema ?? "");
        var triggered = await target.Connection.RowsAsync(
            CatchUpSql.Triggered,
            row => row.GetString(0),
            cancellation,
            schema
        );
        await target.RunAsync(
            [
                .. triggered.Select(table => $"alter table only {table} disable trigger user"),
                .. (await MissingRightsAsync(cancellation)).Select(one =>
                    $"grant {one.Rights} on {one.Table} to current_user"
                ),
            ],
            null,
            cancellation
        );
        await using var analyse = new NpgsqlCommand("analyze", target.Connection) { CommandTimeout = 0 };
        await analyse.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The owner's own rights, triggers and sequences, as they are at the old place; once nobody writes there.</summary>
    public async Task FinishAsync(CancellationToken cancellation)
    {
        var triggers = await source.Connection.RowsAsync(
            CatchUpSql.Triggers,
            row => $"alter table only {row.GetString(0)} {row.GetString(1)} trigger {row.GetString(2)}",
            cancellation,
            ("schema", move.From.Schema ?? "")
        );
        List<string> sequences = [];
        foreach (var name in await PlacePicture.HoldersAsync(source, move.From, "S", cancellation))
        {
            var (value, called) = (
                await source.Connection.RowsAsync(
                    $"select last_value, is_called from {name}",
                    row => (row.GetInt64(0), row.GetBoolean(1)),
                    cancellation
                )
            )[0];
            sequences.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"select setval({PostgresNames.Literal(name)}::regclass, {value}, {(called ? "true" : "false")})"
                )
            );
        }
        await target.RunAsync(
            [
                .. triggers,
                .. sequences,
                .. (await MissingRightsAsync(cancellation)).Select(one =>
                    $"revoke {one.Rights} on {one.Table} from current_user"
                ),
            ],
            null,
            cancellation
        );
    }

    /// <summary>Brings what was noted until now.</summary>
    /// <param name="compares">Whether each row that is touched is compared afterwards.</param>
    /// <param name="then">What is done while the copy is what the old place is seen to be; null for nothing.</param>
    /// <returns>How many changes that were.</returns>
    /// <exception cref="InvalidDataException">A change does not fit the copy, or a row differs.</exception>
    public async Task<long> RoundAsync(
        bool compares,
        Func<AdminSession, AdminSession, Task>? then,
        CancellationToken cancellation
    )
    {
        await using var here = await source.Connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead,
            cancellation
        );
        var now = (await source.ValueAsync<string>(CatchUpSql.Moment, cancellation))!;
        long brought;
        await using (var there = await target.Connection.BeginTransactionAsync(cancellation))
        {
            await target.RunAsync(["set constraints all deferred"], there, cancellation);
            brought = await BringAsync(cancellation);
            await target.RunAsync(["set constraints all immediate"], there, cancellation);
            await there.CommitAsync(cancellation);
        }
        if (compares && brought > 0)
        {
            await CompareTouchedAsync(cancellation);
        }
        if (then is not null)
        {
            await then(source, target);
        }
        await here.CommitAsync(cancellation);
        moment = now;
        return brought;
    }

    private async Task<long> BringAsync(CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(CatchUpSql.Noted(move.From, "", null), source.Connection)
        {
            CommandTimeout = 0,
        };
        command.Parameters.AddWithValue("since", moment);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var (brought, held, changes) = (0L, 0L, new List<NotedChange>());
        await using var batch = new NpgsqlBatch(target.Connection) { Timeout = 0 };
        List<(TableShape Shape, int Rows)> sent = [];
        while (await reader.ReadAsync(cancellation))
        {
            var change = new NotedChange(
                reader.GetInt64(1),
                reader.GetString(2)[0],
                reader.GetInt64(3),
                reader.Text(4),
                reader.Text(5)
            );
            brought++;
            var full = held > Held;
            if (changes.Count > 0 && (full || changes.Count == Rows || !changes[^1].GoesWith(change, shapes)))
            {
                Add(batch, sent, changes);
                if (full || sent.Count == Together)
                {
                    await SendAsync(batch, sent, cancellation);
                    held = 0;
                }
            }
            held += (change.Before?.Length ?? 0) + (change.Now?.Length ?? 0);
            changes.Add(change);
        }
        if (changes.Count > 0)
        {
            Add(batch, sent, changes);
        }
        await SendAsync(batch, sent, cancellation);
        return brought;
    }

    private void Add(NpgsqlBatch batch, List<(TableShape, int)> sent, List<NotedChange> changes)
    {
        var (first, shape) = (changes[0], ShapeOf(changes[0].Table));
        var command = new NpgsqlBatchCommand(
            first.Kind switch
            {
                NotedChange.Insert => shape.Insert,
                NotedChange.Update => shape.Update,
                NotedChange.Delete => shape.Delete,
                _ =>
                    $"truncate only {string.Join(", ", changes.Select(one => ShapeOf(one.Table).Name).Distinct(StringComparer.Ordinal))}",
            }
        );
        object[] given = first.Kind switch
        {
            NotedChange.Insert => [changes.Select(one => one.Now!).ToArray()],
            NotedChange.Update => [first.Before!, first.Now!],
            NotedChange.Delete => shape.HasKey ? [changes.Select(one => one.Before!).ToArray()] : [first.Before!],
            _ => [],
        };
        foreach (var value in given)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }
        if (first.Kind != NotedChange.Update || shape.Changing.Count > 0)
        {
            batch.BatchCommands.Add(command);
            sent.Add((shape, first.Kind == NotedChange.Truncate ? -1 : changes.Count));
        }
        changes.Clear();
    }

    private static async Task SendAsync(
        NpgsqlBatch batch,
        List<(TableShape Shape, int Rows)> sent,
        CancellationToken cancellation
    )
    {
        if (sent.Count == 0)
        {
            return;
        }
        try
        {
            await batch.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState is ['2', '2' or '3', ..])
        {
            throw new InvalidDataException(
                $"The copy is not the same: a change does not fit it ({DrillExecutor.WithoutValues(exception.MessageText)})",
                exception
            );
        }
        for (var at = 0; at < sent.Count; at++)
        {
            var (shape, rows) = sent[at];
            var met = batch.BatchCommands[at].RecordsAffected;
            if (rows >= 0 && (shape.Follows ? met > rows : met != rows))
            {
                throw new InvalidDataException(
                    $"The copy is not the same: a change of {shape.Name} met {met} rows instead of {rows}"
                );
            }
        }
        batch.BatchCommands.Clear();
        sent.Clear();
    }

    /// <summary>Rows by their keys, on both sides; tables without a key are put down to be compared as a whole.</summary>
    private async Task CompareTouchedAsync(CancellationToken cancellation)
    {
        for (var last = 0L; ; )
        {
            var page = await source.Connection.RowsAsync(
                CatchUpSql.Noted(move.From, " and id > @last", PageOfTouched),
                row =>
                    (
                        Id: row.GetInt64(0),
                        Table: row.GetInt64(1),
                        Rows: new[] { row.Text(4), row.Text(5) }.OfType<string>()
                    ),
                cancellation,
                ("since", moment),
                ("last", last)
            );
            foreach (var table in page.GroupBy(one => one.Table))
            {
                var shape = ShapeOf(table.Key);
                var rows = table.SelectMany(one => one.Rows).Distinct(StringComparer.Ordinal).ToArray();
                if (!shape.HasKey || rows.Length == 0)
                {
                    whole.Add(shape.Name);
                }
                else if (
                    await TouchedAsync(source, shape, rows, cancellation)
                    != await TouchedAsync(target, shape, rows, cancellation)
                )
                {
                    throw new InvalidDataException($"The copy is not the same: rows of {shape.Name}");
                }
            }
            if (page.Count < PageOfTouched)
            {
                return;
            }
            last = page[^1].Id;
        }
    }

    private static async Task<(long, string)> TouchedAsync(
        AdminSession admin,
        TableShape shape,
        string[] rows,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(shape.Touched, admin.Connection) { CommandTimeout = 0 };
        command.Parameters.Add(new NpgsqlParameter { Value = rows });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetString(1));
    }

    private Task<List<(string Table, string Rights)>> MissingRightsAsync(CancellationToken cancellation) =>
        source.Connection.RowsAsync(
            CatchUpSql.MissingRights,
            row => (row.GetString(0), row.GetString(1)),
            cancellation,
            ("schema", move.From.Schema ?? "")
        );

    private TableShape ShapeOf(long table) =>
        shapes.GetValueOrDefault(table)
        ?? throw new InvalidDataException(
            "A table was made in it meanwhile: nothing but rows may change while it is moved."
        );

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await target.DisposeAsync();
    }
}
