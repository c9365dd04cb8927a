using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using SQLitePCL;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Writes many rows without holding up others: in transactions of a few milliseconds each, by statements that are prepared
/// once. It is no unit: whoever needs one writes last, by itself, what makes the rest count.
/// </summary>
public static class BulkRows
{
    /// <summary>A transaction ends with the statement after which it is this old; others then have their turn.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(5);
    private const int RowsPerStatement = 100;

    /// <summary>Adds rows, and changes the named properties of those whose key is there already.</summary>
    /// <param name="changing">Names of properties; all others keep what they have.</param>
    /// <exception cref="OperationCanceledException">Between two transactions; what was written stays.</exception>
    public static async Task UpsertAsync<T>(
        this IDbContextFactory<Store> stores,
        IReadOnlyList<T> rows,
        IReadOnlyCollection<string> changing,
        CancellationToken cancellation
    )
        where T : class
    {
        if (rows.Count == 0)
        {
            return;
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Database.OpenConnectionAsync(cancellation);
        if (store.Database.GetDbConnection() is SqliteConnection sqlite)
        {
            await WriteAsync(store, sqlite, rows, changing, cancellation);
        }
        else
        {
            await WriteAsync(store, rows, changing, cancellation);
        }
    }

    private static async Task WriteAsync<T>(
        Store store,
        SqliteConnection connection,
        IReadOnlyList<T> rows,
        IReadOnlyCollection<string> changing,
        CancellationToken cancellation
    )
        where T : class
    {
        // What is written last waits for the disk, and with it all that came before; until then nothing counts.
        await SynchronousAsync("NORMAL");
        try
        {
            using var statement = new SqliteRow<T>(connection, Shape<T>.Of(store, changing));
            var log = WriteAheadLog.Of(store);
            var at = 0;
            while (at < rows.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                await (log?.ShortEnoughAsync(cancellation) ?? Task.CompletedTask);
                await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
                var began = Stopwatch.GetTimestamp();
                do
                {
                    statement.Write(rows[at++]);
                } while (at < rows.Count && Stopwatch.GetElapsedTime(began) < Longest);
                await transaction.CommitAsync(cancellation);
            }
        }
        finally
        {
            await SynchronousAsync("FULL");
        }

        async Task SynchronousAsync(string level)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA synchronous={level}";
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static async Task WriteAsync<T>(
        Store store,
        IReadOnlyList<T> rows,
        IReadOnlyCollection<string> changing,
        CancellationToken cancellation
    )
        where T : class
    {
        var shape = Shape<T>.Of(store, changing);
        await using var many = new Statement<T>(store, shape, Math.Min(RowsPerStatement, rows.Count));
        var at = 0;
        while (at < rows.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
            var began = Stopwatch.GetTimestamp();
            do
            {
                var count = Math.Min(many.Rows, rows.Count - at);
                if (count == many.Rows)
                {
                    await many.RunAsync(rows, at, transaction, cancellation);
                }
                else
                {
                    await using var last = new Statement<T>(store, shape, count);
                    await last.RunAsync(rows, at, transaction, cancellation);
                }
                at += count;
            } while (at < rows.Count && Stopwatch.GetElapsedTime(began) < Longest);
            await transaction.CommitAsync(cancellation);
        }
    }

    /// <summary>A table's columns with the values of a row, and what happens to a row that is there.</summary>
    private sealed record Shape<T>(
        string Table,
        IReadOnlyList<(string Name, IProperty Property, Func<T, object?> Value)> Columns,
        string OnConflict
    )
    {
        public static Shape<T> Of(Store store, IReadOnlyCollection<string> changing)
        {
            var entity = store.Model.FindEntityType(typeof(T))!;
            var sql = store.GetService<ISqlGenerationHelper>();
            // What the database numbers by itself is left to it.
            var properties = entity
                .GetProperties()
                .Where(property => !(property.IsPrimaryKey() && property.ClrType == typeof(long)))
                .ToArray();
            var changed = properties
                .Where(property => changing.Contains(property.Name))
                .Select(property => sql.DelimitIdentifier(property.GetColumnName()))
                .Select(column => $"{column} = excluded.{column}")
                .ToList();
            var key = entity
                .FindPrimaryKey()!
                .Properties.Select(property => sql.DelimitIdentifier(property.GetColumnName()));
            return new Shape<T>(
                sql.DelimitIdentifier(entity.GetTableName()!),
                [
                    .. properties.Select(property =>
                        (sql.DelimitIdentifier(property.GetColumnName()), property, ValueOf(property))
                    ),
                ],
                $" ON CONFLICT ({string.Join(", ", key)}) DO {(changed.Count == 0 ? "NOTHING" : $"UPDATE SET {string.Join(", ", changed)}")}"
            );
        }

        /// <summary>The statement for so many rows, with parameters named @p0, @p1 and so on.</summary>
        public string Insert(int rows)
        {
            var text = new StringBuilder("INSERT INTO ")
                .Append(Table)
                .Append(" (")
                .AppendJoin(", ", Columns.Select(column => column.Name))
                .Append(") VALUES ");
            for (var row = 0; row < rows; row++)
            {
                text.Append(row == 0 ? "(" : ", (")
                    .AppendJoin(
                        ", ",
                        Enumerable.Range(row * Columns.Count, Columns.Count).Select(number => $"@p{number}")
                    )
                    .Append(')');
            }
            return text.Append(OnConflict).ToString();
        }

        private static Func<T, object?> ValueOf(IProperty property)
        {
            var getter = property.GetGetter();
            ValueConverter? converter = property.GetRelationalTypeMapping().Converter;
            return row =>
                getter.GetClrValue(row!) switch
                {
                    null => null,
                    string text when converter is null => StoreText.Whole(text),
                    var value => converter is null ? value : converter.ConvertToProvider(value),
                };
        }
    }

    /// <summary>One row at a time, by SQLite's own calls: its provider would look up each parameter by name and make a reader for each row.</summary>
    private sealed class SqliteRow<T> : IDisposable
    {
        private readonly sqlite3 database;
        private readonly sqlite3_stmt statement;
        private readonly Func<T, object?>[] values;
        private byte[] text = new byte[256];

        public SqliteRow(SqliteConnection connection, Shape<T> shape)
        {
            database = connection.Handle!;
            values = [.. shape.Columns.Select(column => column.Value)];
            Check(raw.sqlite3_prepare_v2(database, shape.Insert(1), out statement));
        }

        public void Write(T row)
        {
            for (var column = 0; column < values.Length; column++)
            {
                Check(Bind(column + 1, values[column](row)));
            }
            var outcome = raw.sqlite3_step(statement);
            raw.sqlite3_reset(statement);
            Check(outcome);
        }

        public void Dispose() => statement.Dispose();

        private int Bind(int column, object? value) =>
            value switch
            {
                null => raw.sqlite3_bind_null(statement, column),
                string { Length: 0 } empty => raw.sqlite3_bind_text(statement, column, empty),
                string given => raw.sqlite3_bind_text(statement, column, Encoded(given)),
                long number => raw.sqlite3_bind_int64(statement, column, number),
                int number => raw.sqlite3_bind_int64(statement, column, number),
                bool flag => raw.sqlite3_bind_int64(statement, column, flag ? 1 : 0),
                double number => raw.sqlite3_bind_double(statement, column, number),
                _ => throw new NotSupportedException($"Columns of {value.GetType().Name} are not written here."),
            };

        private ReadOnlySpan<byte> Encoded(string given)
        {
            if (Encoding.UTF8.GetMaxByteCount(given.Length) > text.Length)
            {
                text = new byte[Encoding.UTF8.GetMaxByteCount(given.Length)];
            }
            return text.AsSpan(0, Encoding.UTF8.GetBytes(given, text));
        }

        private void Check(int outcome)
        {
            if (outcome is not (raw.SQLITE_OK or raw.SQLITE_DONE))
            {
                SqliteException.ThrowExceptionForRC(outcome, database);
            }
        }
    }

    private sealed class Statement<T> : IAsyncDisposable
    {
        private readonly DbCommand command;
        private readonly (Func<T, object?> Value, DbParameter[] Parameters)[] columns;
        private bool prepared;

        public Statement(Store store, Shape<T> shape, int rows)
        {
            Rows = rows;
            command = store.Database.GetDbConnection().CreateCommand();
            command.CommandText = shape.Insert(rows);
            columns = [.. shape.Columns.Select(column => (column.Value, new DbParameter[rows]))];
            for (var row = 0; row < rows; row++)
            {
                foreach (var (number, (_, property, _)) in shape.Columns.Index())
                {
                    var parameter = property
                        .GetRelationalTypeMapping()
                        .CreateParameter(command, $"@p{(row * columns.Length) + number}", null, property.IsNullable);
                    columns[number].Parameters[row] = parameter;
                    command.Parameters.Add(parameter);
                }
            }
        }

        public int Rows { get; }

        public async Task RunAsync(
            IReadOnlyList<T> rows,
            int from,
            IDbContextTransaction transaction,
            CancellationToken cancellation
        )
        {
            command.Transaction = transaction.GetDbTransaction();
            foreach (var (value, parameters) in columns)
            {
                for (var row = 0; row < parameters.Length; row++)
                {
                    parameters[row].Value = value(rows[from + row]) ?? DBNull.Value;
                }
            }
            if (!prepared)
            {
                await command.PrepareAsync(cancellation);
                prepared = true;
            }
            await command.ExecuteNonQueryAsync(cancellation);
        }

        public ValueTask DisposeAsync() => command.DisposeAsync();
    }
}
