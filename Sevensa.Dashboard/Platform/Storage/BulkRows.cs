using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

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
        // SQLite looks a parameter up among all others by name, and has no way to the server to save.
        var perStatement = store.Database.IsSqlite() ? 1 : RowsPerStatement;
        var entity = store.Model.FindEntityType(typeof(T))!;
        await store.Database.OpenConnectionAsync(cancellation);
        await using var many = new Statement<T>(store, entity, changing, Math.Min(perStatement, rows.Count));
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
                    await using var last = new Statement<T>(store, entity, changing, count);
                    await last.RunAsync(rows, at, transaction, cancellation);
                }
                at += count;
            } while (at < rows.Count && Stopwatch.GetElapsedTime(began) < Longest);
            await transaction.CommitAsync(cancellation);
        }
    }

    private sealed class Statement<T> : IAsyncDisposable
    {
        private readonly DbCommand command;
        private readonly (Func<T, object?> Value, DbParameter[] Parameters)[] columns;
        private bool prepared;

        public Statement(Store store, IEntityType entity, IReadOnlyCollection<string> changing, int rows)
        {
            Rows = rows;
            command = store.Database.GetDbConnection().CreateCommand();
            // What the database numbers by itself is left to it.
            var properties = entity
                .GetProperties()
                .Where(property => !(property.IsPrimaryKey() && property.ClrType == typeof(long)))
                .ToArray();
            columns = [.. properties.Select(property => (ValueOf(property), new DbParameter[rows]))];
            var sql = store.GetService<ISqlGenerationHelper>();
            var text = new StringBuilder("INSERT INTO ")
                .Append(sql.DelimitIdentifier(entity.GetTableName()!))
                .Append(" (")
                .AppendJoin(", ", properties.Select(property => sql.DelimitIdentifier(property.GetColumnName())))
                .Append(") VALUES ");
            for (var row = 0; row < rows; row++)
            {
                text.Append(row == 0 ? "(" : ", (");
                for (var column = 0; column < properties.Length; column++)
                {
                    var name = $"@p{(row * properties.Length) + column}";
                    text.Append(column == 0 ? "" : ", ").Append(name);
                    var parameter = properties[column]
                        .GetRelationalTypeMapping()
                        .CreateParameter(command, name, null, properties[column].IsNullable);
                    columns[column].Parameters[row] = parameter;
                    command.Parameters.Add(parameter);
                }
                text.Append(')');
            }
            var key = entity
                .FindPrimaryKey()!
                .Properties.Select(property => sql.DelimitIdentifier(property.GetColumnName()));
            text.Append(" ON CONFLICT (").AppendJoin(", ", key).Append(") DO ");
            var changed = properties
                .Where(property => changing.Contains(property.Name))
                .Select(property => sql.DelimitIdentifier(property.GetColumnName()))
                .ToList();
            text.Append(changed.Count == 0 ? "NOTHING" : "UPDATE SET ")
                .AppendJoin(", ", changed.Select(column => $"{column} = excluded.{column}"));
            command.CommandText = text.ToString();
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
}
