using Npgsql;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>What came of a statement that was tried.</summary>
/// <param name="Value">The first value of the last result, when it worked.</param>
internal sealed record Tried(bool Worked, object? Value, string? SqlState, string Words)
{
    /// <summary>PostgreSQL refused it for want of a right.</summary>
    public bool IsDenied => SqlState == PostgresErrorCodes.InsufficientPrivilege;
}

/// <summary>Tries a statement in a transaction that is always rolled back.</summary>
internal static class Trying
{
    /// <param name="role">The role to become first, within the transaction; null for the login itself.</param>
    public static async Task<Tried> TryAsync(
        this NpgsqlConnection connection,
        string statement,
        string? role,
        CancellationToken cancellation
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            if (role is not null)
            {
                await using var become = new NpgsqlCommand(
                    $"set local role {Postgres.PostgresNames.Quoted(role)}",
                    connection,
                    transaction
                );
                await become.ExecuteNonQueryAsync(cancellation);
            }
            await using var command = new NpgsqlCommand(statement, connection, transaction);
            var value = await command.ExecuteScalarAsync(cancellation);
            return new Tried(true, value, null, "PostgreSQL did it.");
        }
        catch (PostgresException refused)
        {
            return new Tried(false, null, refused.SqlState, $"{refused.MessageText} ({refused.SqlState})");
        }
        finally
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
    }
}
