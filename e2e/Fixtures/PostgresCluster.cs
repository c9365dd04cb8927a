using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A PostgreSQL 15 cluster of the test's own, on loopback and a Unix socket, with password sign-in.</summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private const string Binaries = "/usr/lib/postgresql/15/bin";
    private readonly string folder = Workspace.NewFolder("pg");
    private readonly int port = Workspace.FreePort();

    // Making a cluster takes seconds, copying one does not: the first is made once and kept as it was made.
    private static readonly string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private static readonly Lazy<Task<string>> template = new(MakeTemplateAsync);
    private readonly NeededParts needs = new();
    private ServerProcess? process;
    private int databases;

    /// <summary>Sign-in of the superuser <c>postgres</c> over TCP.</summary>
    public string ConnectionString => ConnectionTo("postgres");

    /// <summary>The folder of the Unix socket.</summary>
    public string SocketFolder => Path.Combine(folder, "socket");

    public int Port => port;

    public async ValueTask InitializeAsync()
    {
        needs.Executable("postgresql-15", $"{Binaries}/initdb");
        if (!needs.Complete)
            return;
        var made = await template.Value;
        Directory.CreateDirectory(SocketFolder);
        await ServerProcess.RunAsync("/bin/cp", "-a", made, $"{folder}/data");
        if (Workspace.IsRoot)
            await ServerProcess.RunAsync("/bin/chown", "postgres:postgres", folder, SocketFolder);
        await StartAsync();
    }

    /// <summary>Creates a database and returns its connection string.</summary>
    public async Task<string> DatabaseAsync(string name)
    {
        await RunAsync($"create database \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        return ConnectionTo(name);
    }

    /// <summary>Creates one of a name that nobody else has.</summary>
    public Task<string> DatabaseAsync() => DatabaseAsync($"database{Interlocked.Increment(ref databases)}");

    /// <summary>Creates one of a name that nobody else has, as a copy of another that nobody is connected to.</summary>
    public async Task<string> CopyAsync(string database)
    {
        var name = $"database{Interlocked.Increment(ref databases)}";
        await RunAsync($"create database \"{name}\" template \"{database}\"");
        return ConnectionTo(name);
    }

    /// <summary>Runs one or more statements as the superuser, in the database <c>postgres</c>.</summary>
    public async Task RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a script as the superuser, as the image's entry point does at first start.</summary>
    public async Task RunScriptAsync(string file)
    {
        needs.Check();
        var (program, arguments) = AsOwner(
            "/usr/bin/env",
            [
                $"PGPASSFILE={await PassFileAsync()}",
                "psql",
                "--no-psqlrc",
                "--set=ON_ERROR_STOP=1",
                $"--host={SocketFolder}",
                $"--port={port.ToString(CultureInfo.InvariantCulture)}",
                "--username=postgres",
                $"--file={file}",
            ]
        );
        await ServerProcess.RunAsync(program, arguments);
    }

    /// <summary>Replaces who may connect from where; connections that are open stay.</summary>
    public async Task AdmitAsync(string hostBasedAuthentication)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "data", "pg_hba.conf"), hostBasedAuthentication);
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var errors = new NpgsqlCommand(
            "select string_agg(line_number || ': ' || error, '; ') from pg_hba_file_rules where error is not null",
            connection
        );
        if (await errors.ExecuteScalarAsync() is string mistakes)
            throw new InvalidOperationException(mistakes);
        await using var reload = new NpgsqlCommand("select pg_reload_conf()", connection);
        await reload.ExecuteScalarAsync();
    }

    /// <summary>Stops it as an outage would: connections are cut.</summary>
    public Task StopAsync() => process!.StopAsync(Posix.SigInt);

    /// <summary>Starts it (again) on the same port with the same data.</summary>
    public async Task StartAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        var (program, arguments) = AsOwner(
            $"{Binaries}/postgres",
            [
                "-D",
                $"{folder}/data",
                "-k",
                SocketFolder,
                "-h",
                "127.0.0.1",
                "-p",
                port.ToString(CultureInfo.InvariantCulture),
                "-c",
                "fsync=off",
                "-c",
                "full_page_writes=off",
                "-c",
                "shared_buffers=32MB",
            ]
        );
        process = ServerProcess.Start("postgres", program, arguments, folder: folder);
        await process.ReadyAsync(async token =>
        {
            await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
            await connection.OpenAsync(token);
            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (process is not null)
        {
            await process.StopAsync(Posix.SigInt);
            await process.DisposeAsync();
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<string> MakeTemplateAsync()
    {
        var made = Workspace.NewFolder("pg");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(made, recursive: true);
        var secret = Path.Combine(made, "password");
        await File.WriteAllTextAsync(secret, password);
        if (Workspace.IsRoot)
            await ServerProcess.RunAsync("/bin/chown", "-R", "postgres:postgres", made);
        var initialise = AsOwner(
            $"{Binaries}/initdb",
            [
                $"--pgdata={made}/data",
                "--username=postgres",
                $"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        );
        await ServerProcess.RunAsync(initialise.Program, initialise.Arguments);
        return $"{made}/data";
    }

    private string ConnectionTo(string database)
    {
        needs.Check();
        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "postgres",
            Password = password,
            Database = database,
        }.ConnectionString;
    }

    private async Task<string> PassFileAsync()
    {
        var file = Path.Combine(folder, "pgpass");
        await File.WriteAllTextAsync(file, $"*:*:*:postgres:{password}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        if (Workspace.IsRoot)
            await ServerProcess.RunAsync("/bin/chown", "postgres:postgres", file);
        return file;
    }

    // The server refuses to run as root.
    private static (string Program, string[] Arguments) AsOwner(string program, string[] arguments) =>
        Workspace.IsRoot
            ? (
                "/usr/bin/setpriv",
                ["--reuid=postgres", "--regid=postgres", "--init-groups", "--", program, .. arguments]
            )
            : (program, arguments);
}
