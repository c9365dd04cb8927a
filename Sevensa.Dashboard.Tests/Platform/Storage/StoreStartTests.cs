using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>A start on a store that is as it should be, that is not there, or that is none.</summary>
public sealed class StoreStartTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    [Fact]
    public async Task It_says_who_it_is()
    {
        var database = await cluster.DatabaseAsync();
        await using var app = await ConfiguredApp.StartAsync(("Storage:Postgres", database));
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var ask = source.CreateCommand(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'"
        );
        ask.Parameters.AddWithValue(new NpgsqlConnectionStringBuilder(database).Database!);
        Assert.Equal("sevensa-dashboard", await ask.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_made_by_who_may_and_named_to_who_may_not()
    {
        var missing = new NpgsqlConnectionStringBuilder(cluster.ConnectionString)
        {
            Database = $"missing-{Guid.NewGuid():n}",
        };
        await using (var app = await ConfiguredApp.StartAsync(("Storage:Postgres", missing.ToString())))
        {
            using var admin = await app.ApiAsAsync("admin");
            using var answer = await admin.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        var role = await PostgresRole.MakeAsync(cluster);
        (string, string)[] settings =
        [
            (
                "Storage__Postgres",
                new NpgsqlConnectionStringBuilder(role.Settings[0].Value)
                {
                    Database = $"missing-{Guid.NewGuid():n}",
                }.ToString()
            ),
            ("Storage__PostgresPasswordFile", role.PasswordFile),
        ];
        await MistakeAsync("permission denied to create database. Make it for", settings);
        foreach (var command in new[] { "verify", "recover-admin --name x", "backup --to /nowhere/x" })
        {
            var (code, output) = await ProgramRun.ToEndAsync(
                command.Split(' '),
                [.. settings, ("Storage__Folder", Directory.CreateTempSubdirectory("sevensa-test-").FullName)]
            );
            Assert.True(code == 1, output);
            Assert.DoesNotContain("   at ", output);
            Assert.DoesNotContain("Exception", output);
        }
    }

    [Fact]
    public async Task Mistakes_of_its_settings_are_listed_with_the_others()
    {
        var right = new NpgsqlConnectionStringBuilder(cluster.ConnectionString);
        var wrong = $"Host={right.Host};Port={right.Port};Username=postgres;Password=not-this-one;Database=postgres";
        await MistakeAsync(
            "Storage:Postgres: \"pasword\" is no key",
            ("Storage__Postgres", $"Host=x;Pasword=top-secret")
        );
        await MistakeAsync("Storage:Postgres: \"port\" has a value", ("Storage__Postgres", "Host=x;Port=many"));
        await MistakeAsync("Storage:Postgres: it names no Host", ("Storage__Postgres", "Database=x"));
        await MistakeAsync(
            "Storage:PostgresPasswordFile: \"/nowhere/password\" is not there",
            ("Storage__Postgres", wrong),
            ("Storage__PostgresPasswordFile", "/nowhere/password")
        );
        await MistakeAsync("password authentication failed", ("Storage__Postgres", wrong));
        await MistakeAsync(
            "No password has been provided",
            ("Storage__Postgres", wrong.Replace("Password=not-this-one;", "", StringComparison.Ordinal))
        );
        await MistakeAsync("SSL connection requested", ("Storage__Postgres", $"{right};SSL Mode=Require"));
        var (role, closed) = (await PostgresRole.MakeAsync(cluster), await cluster.DatabaseAsync());
        closed = new NpgsqlConnectionStringBuilder(closed).Database!;
        await cluster.RunAsync($"REVOKE ALL ON DATABASE \"{closed}\" FROM PUBLIC");
        await MistakeAsync(
            $"permission denied for database \"{closed}\".",
            (
                "Storage__Postgres",
                new NpgsqlConnectionStringBuilder(role.Settings[0].Value) { Database = closed }.ToString()
            ),
            ("Storage__PostgresPasswordFile", role.PasswordFile)
        );
        var bare = await cluster.DatabaseAsync();
        await MistakeAsync(
            "permission denied for schema public. Give it: GRANT CREATE ON SCHEMA public TO",
            (
                "Storage__Postgres",
                new NpgsqlConnectionStringBuilder(role.Settings[0].Value)
                {
                    Database = new NpgsqlConnectionStringBuilder(bare).Database,
                }.ToString()
            ),
            ("Storage__PostgresPasswordFile", role.PasswordFile)
        );
        var standby = new NpgsqlConnectionStringBuilder(await cluster.DatabaseAsync());
        await cluster.RunAsync($"ALTER DATABASE \"{standby.Database}\" SET default_transaction_read_only = on");
        await MistakeAsync("it is a standby, or set to read only", ("Storage__Postgres", standby.ToString()));
        await MistakeAsync(
            "Storage:Postgres: ",
            ("Storage__Postgres", "Host=127.0.0.1;Port=1;Username=a;Password=top-secret")
        );
    }

    [Fact]
    public async Task A_file_that_is_no_database_ends_the_start_in_words()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "sevensa.db"), new string('x', 5000));
        var (code, output) = await ProgramRun.ToEndAsync([], [("Storage__Folder", folder)]);
        Assert.Equal(1, code);
        Assert.Contains("not a database", output);
        Assert.DoesNotContain("   at ", output);
    }

    [Fact]
    public async Task A_folder_that_can_t_be_made_is_a_mistake_like_any_other()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("sevensa-test-").FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var (code, output) = await ProgramRun.ToEndAsync([], [("Storage__Folder", Path.Combine(file, "data"))]);
        Assert.Equal(1, code);
        Assert.Contains("Storage:Folder", output);
        Assert.DoesNotContain("   at ", output);
    }

    [Theory]
    [InlineData("not base64")]
    [InlineData("c2hvcnQ=")]
    [InlineData(null)]
    public async Task A_key_file_that_holds_no_key_is_a_mistake_like_any_other(string? content)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("sevensa-test-").FullName, "key");
        if (content is null)
        {
            Directory.CreateDirectory(file);
        }
        else
        {
            await File.WriteAllTextAsync(file, content);
        }
        await MistakeAsync("Security:KeyFile: ", ("Security__KeyFile", file));
    }

    [Fact]
    public async Task So_are_a_folder_and_a_key_file_that_can_t_be_written()
    {
        // Nobody makes files there, root neither.
        await MistakeAsync(
            "Storage:Folder: \"/proc\" can't be made, entered or written: ",
            ("Storage__Folder", "/proc")
        );
        await MistakeAsync(
            "Security:KeyFile: /proc/key is not there and can't be made: ",
            ("Security__KeyFile", "/proc/key")
        );
    }

    [Fact]
    public async Task So_is_the_key_file_of_another_store()
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;
        var (process, _) = await ProgramRun.UntilAsync("Application started", [("Storage__Folder", folder)]);
        using (process)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
        var key = Path.Combine(folder, "store.key");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(new byte[32]));
        await MistakeAsync($"were sealed under another key than the one in {key}", ("Storage__Folder", folder));
    }

    [Fact]
    public async Task So_is_an_address_that_can_t_be_listened_on()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await MistakeAsync(
            $"ASPNETCORE_URLS: http://127.0.0.1:{port} can't be listened on: ",
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{port}")
        );
        await MistakeAsync("ASPNETCORE_URLS: \"nonsense\" is not an address", ("ASPNETCORE_URLS", "nonsense"));
        await MistakeAsync("192.0.2.1:8080 can't be listened on: ", ("ASPNETCORE_URLS", "http://192.0.2.1:8080"));
        await MistakeAsync(
            $"Kestrel:Endpoints:One:Url: http://127.0.0.1:{port} can't be listened on: ",
            ("Kestrel__Endpoints__One__Url", $"http://127.0.0.1:{port}")
        );
    }

    [Fact]
    public async Task So_is_a_certificate_that_is_missing_or_none()
    {
        var none = Path.Combine(Directory.CreateTempSubdirectory("sevensa-test-").FullName, "none.pem");
        // Where no certificate for development can be found.
        var home = ("HOME", Path.GetDirectoryName(none)!);
        await MistakeAsync(
            "For https give Kestrel:Certificates:Default:Path",
            home,
            ("ASPNETCORE_URLS", "https://127.0.0.1:0")
        );
        await MistakeAsync(
            "For https give Kestrel:Certificates:Default:Path",
            home,
            ("Kestrel__Endpoints__One__Url", "https://127.0.0.1:0")
        );
        await MistakeAsync(
            none,
            ("Kestrel__Endpoints__One__Url", "https://127.0.0.1:0"),
            ("Kestrel__Endpoints__One__Certificate__Path", none)
        );
        await File.WriteAllTextAsync(none, "no certificate");
        await MistakeAsync(
            "For https give Kestrel:Certificates:Default:Path",
            ("ASPNETCORE_URLS", "https://127.0.0.1:0"),
            ("Kestrel__Certificates__Default__Path", none)
        );
    }

    private static async Task MistakeAsync(string words, params (string Key, string Value)[] settings)
    {
        var began = Stopwatch.StartNew();
        var (code, output) = await StartToEndAsync([.. settings, ("Actions__SweepEvery", "often")]);
        Assert.Equal(1, code);
        Assert.Contains(words, output);
        Assert.Contains("Actions:SweepEvery", output);
        Assert.DoesNotContain("   at ", output);
        Assert.DoesNotContain("Exception", output);
        Assert.DoesNotContain("top-secret", output);
        Assert.DoesNotContain("not-this-one", output);
        TestContext.Current.TestOutputHelper?.WriteLine($"{words}: {began.Elapsed.TotalSeconds:0.0} s");
    }

    private static async Task<(int Code, string Output)> StartToEndAsync(
        params (string Key, string Value)[] settings
    ) =>
        await ProgramRun.ToEndAsync(
            [],
            [
                ("Storage__Folder", Directory.CreateTempSubdirectory("sevensa-test-").FullName),
                ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
                .. settings,
            ]
        );
}
