using Npgsql;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>What the database engine's plugin does in a PostgreSQL, with its usual statements. Each answers in words what went wrong, or nothing.</summary>
/// <param name="connection">Of a role that may make and change others.</param>
/// <param name="grants">Roles that a login is made a member of; null for none.</param>
internal sealed class VaultPostgres(string connection, string? grants = null)
{
    public string? SetPassword(string user, string password) =>
        Run($"alter role {Quoted(user)} with login password {Literal(password)}");

    public string? Create(string user, string password) =>
        Run(
            $"create role {Quoted(user)} with login password {Literal(password)}{(grants is null ? "" : $" in role {Quoted(grants)}")}"
        );

    public string? Drop(string? user) => user is null ? null : Run($"drop role if exists {Quoted(user)}");

    private string? Run(string sql)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connection) { Pooling = false };
            using var source = NpgsqlDataSource.Create(settings);
            using var command = source.CreateCommand(sql);
            command.ExecuteNonQuery();
            return null;
        }
        catch (PostgresException exception)
        {
            return $"ERROR: {exception.MessageText} (SQLSTATE {exception.SqlState})";
        }
        catch (NpgsqlException)
        {
            return "unable to start transaction: failed to connect: dial error: connection refused";
        }
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
