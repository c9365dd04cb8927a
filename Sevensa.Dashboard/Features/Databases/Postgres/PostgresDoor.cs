using System.Globalization;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>Signs in to instances. Connections are not pooled: each look signs in as it would for the first time.</summary>
internal sealed class PostgresDoor(IEnumerable<IVaultedPasswords> vaults)
{
    /// <summary>The role and password that a login has now; neither is kept.</summary>
    /// <exception cref="UpstreamException">The file can't be read, or Vault does not give it.</exception>
    public async Task<(string Role, string? Password)> CredentialsAsync(
        Instance instance,
        PostgresLogin login,
        CancellationToken cancellation
    )
    {
        if (login.VaultPath is { } path)
        {
            var vault =
                vaults.FirstOrDefault()
                ?? throw new UpstreamException(
                    instance.Upstream,
                    UpstreamFault.NotConfigured,
                    "Its password is in Vault, and Vault has no address.",
                    remedy: "Set Vault:Address."
                );
            var read = await vault.ReadAsync(path, cancellation);
            return (read.User ?? login.Role, read.Password);
        }
        if (login.PasswordFile is not { } file)
        {
            return (login.Role, null);
        }
        try
        {
            return (login.Role, (await File.ReadAllTextAsync(file, cancellation)).TrimEnd('\r', '\n'));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UpstreamException(
                instance.Upstream,
                UpstreamFault.Denied,
                $"The password file of {login.Role} can't be read.",
                remedy: $"Check that \"{file}\" is there and that the dashboard's user may read it.",
                inner: exception
            );
        }
    }

    /// <summary>Signs in as a login of the configuration, for looking only.</summary>
    /// <exception cref="UpstreamException">It could not.</exception>
    public async Task<NpgsqlConnection> OpenAsync(
        Instance instance,
        PostgresLogin login,
        string database,
        CancellationToken cancellation
    )
    {
        var (role, password) = await CredentialsAsync(instance, login, cancellation);
        try
        {
            return await ConnectAsync(instance, role, password, database, readOnly: true, cancellation);
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(instance, role, exception, cancellation) is { } fault)
        {
            throw fault;
        }
    }

    /// <summary>Signs in; what the server says comes as it is.</summary>
    /// <param name="readOnly">No transaction of this session may write.</param>
    public async Task<NpgsqlConnection> ConnectAsync(
        Instance instance,
        string role,
        string? password,
        string database,
        bool readOnly,
        CancellationToken cancellation
    )
    {
        var seconds = (int)instance.Timeout.TotalSeconds;
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = instance.Host,
            Port = instance.Port,
            Username = role,
            Database = database,
            ApplicationName = "sevensa-dashboard",
            Pooling = false,
            Timeout = seconds,
            CommandTimeout = seconds,
            SslMode = instance.Tls switch
            {
                PostgresTls.Disable => SslMode.Disable,
                PostgresTls.Prefer => SslMode.Prefer,
                PostgresTls.Require => SslMode.Require,
                PostgresTls.VerifyCa => SslMode.VerifyCA,
                _ => SslMode.VerifyFull,
            },
            // Neither the environment's password file nor its user's own counts.
            Passfile = "/dev/null",
            Options = string.Create(
                CultureInfo.InvariantCulture,
                $"-c statement_timeout={seconds * 1000} -c lock_timeout=2000 -c idle_in_transaction_session_timeout=60000{(readOnly ? " -c default_transaction_read_only=on" : "")}"
            ),
        };
        if (password is not null)
        {
            settings.Password = password;
        }
        if (instance.RootCertificateFile is { } root)
        {
            settings.RootCertificate = root;
        }
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // Reading a large catalogue's types takes longer than all questions.
        source.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        // Without a pool it holds nothing that the connection needs later.
        await using var once = source.Build();
        return await once.OpenConnectionAsync(cancellation);
    }
}

/// <summary>Reads rows of a statement.</summary>
internal static class PostgresRows
{
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params (string Name, object Value)[] values
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public static string? Text(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    public static long? Long(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static double? Double(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetDouble(column);

    public static DateTimeOffset? Time(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : new DateTimeOffset(reader.GetDateTime(column), TimeSpan.Zero);

    public static IReadOnlyList<string> Texts(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? [] : reader.GetFieldValue<string[]>(column);
}
