using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>What came of a statement that was tried.</summary>
/// <param name="Value">The first value of its result, when it worked.</param>
/// <param name="Words">PostgreSQL's own, with its code, when it refused.</param>
internal sealed record Tried(bool Worked, object? Value, string? SqlState, string Words);

/// <summary>Statements of the prover, each with its mark.</summary>
internal static class Trying
{
    /// <summary>Tries a statement in a transaction that is always rolled back.</summary>
    /// <param name="role">The role to become first, within the transaction; null for the login itself.</param>
    /// <param name="first">What is done before it in the same transaction.</param>
    public static async Task<Tried> TryAsync(
        this NpgsqlConnection connection,
        string statement,
        string? role,
        string? first,
        CancellationToken cancellation
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            if (role is not null)
            {
                await DoAsync($"set local role {PostgresNames.Quoted(role)}");
            }
            if (first is not null)
            {
                await DoAsync(first);
            }
            return new Tried(true, await DoAsync(statement), null, "PostgreSQL did it.");
        }
        catch (PostgresException refused)
        {
            return new Tried(false, null, refused.SqlState, $"{refused.MessageText} ({refused.SqlState})");
        }
        finally
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }

        async Task<object?> DoAsync(string sql)
        {
            await using var command = new NpgsqlCommand(ProverMark.On(sql), connection, transaction);
            return await command.ExecuteScalarAsync(cancellation);
        }
    }

    /// <summary>Asks the catalogue.</summary>
    public static Task<List<T>> AskAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params (string Name, object Value)[] values
    ) => connection.RowsAsync(ProverMark.On(sql), read, cancellation, values);
}
