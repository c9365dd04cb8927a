using System.Data.Common;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>A real PostgreSQL that goes away, refuses, and comes back.</summary>
public sealed class PostgresOutageTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static int databases;

    [Fact]
    public async Task While_it_is_stopped_everybody_is_told_and_nothing_ends()
    {
        await using var app = await StartAsync(await cluster.DatabaseAsync(Name()));
        using var admin = await app.ApiAsAsync("admin");
        using var browser = await app.BrowserAsAsync("admin");
        using var anonymous = app.Anonymous();
        using (var home = await browser.GetAsync("/"))
        {
            Assert.Equal(HttpStatusCode.OK, home.StatusCode);
        }
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();

        await cluster.StopAsync();
        try
        {
            // Longer than every service beside the requests rests, so that each of them meets the outage.
            var until = Stopwatch.StartNew();
            (HttpStatusCode Status, string Html) last;
            do
            {
                await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit");
                await ToldAsync(admin, HttpMethod.Post, "/api/v1/conversations");
                await ToldAsync(admin, HttpMethod.Post, "/api/v1/dispatch/stop");
                Assert.Contains("The database can't be reached", await ToolAsync(admin));
                using var ready = await anonymous.GetAsync("/readyz");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
                var answer = await ready.Content.ReadFromJsonAsync<JsonElement>();
                Assert.Equal("storeUnavailable", answer.GetProperty("status").GetString());
                Assert.Equal("PostgreSQL", answer.GetProperty("store").GetProperty("name").GetString());
                Assert.DoesNotContain("127.0.0.1", answer.ToString());
                // Who signed in a moment ago is still known.
                using var page = await browser.GetAsync("/");
                last = (page.StatusCode, await page.Content.ReadAsStringAsync());
                Assert.True(last.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{last}");
                Assert.False(lifetime.ApplicationStopping.IsCancellationRequested);
            } while (until.Elapsed < TimeSpan.FromSeconds(12));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, last.Status);
            Assert.Contains("The database can&#39;t be reached", last.Html);
            Assert.Equal("ok", await anonymous.GetStringAsync("/healthz"));
        }
        finally
        {
            await cluster.StartAsync();
        }
        var back = Stopwatch.StartNew();
        using (var again = await admin.GetAsync("/api/v1/tenants"))
        {
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }
        using (var ready = await anonymous.GetAsync("/readyz"))
        {
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }
        using (var page = await browser.GetAsync("/"))
        {
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
        using (var stop = await admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" }))
        {
            Assert.True(stop.IsSuccessStatusCode);
        }
        Assert.False(lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.True(back.Elapsed < TimeSpan.FromSeconds(10), $"It took {back.Elapsed} to be well again.");
    }

    [Fact]
    public async Task Connections_that_ended_in_the_pool_cost_no_request()
    {
        var database = await cluster.DatabaseAsync(Name());
        await using var app = await StartAsync(database);
        using var admin = await app.ApiAsAsync("admin");
        for (var round = 0; round < 5; round++)
        {
            var first = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => admin.GetAsync("/api/v1/audit?limit=1")));
            Assert.All(first, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            await EndSessionsAsync(database);
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => admin.GetAsync("/api/v1/audit?limit=1"))
            );
            foreach (var answer in answers)
            {
                Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            }
        }
    }

    [Fact]
    public async Task A_new_password_in_the_file_needs_no_restart()
    {
        var (role, settings, file) = await RoleAsync();
        await using var app = await StartAsync(settings);
        using var admin = await app.ApiAsAsync("admin");
        await RunAsync($"ALTER ROLE {role} PASSWORD 'second'");
        await EndSessionsOfAsync(role);
        var told = await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit");
        Assert.Contains("Storage:PostgresPasswordFile", told);
        Assert.DoesNotContain("first", told);

        await File.WriteAllTextAsync(file, "second\n");
        using var answer = await admin.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        File.Delete(file);
        await EndSessionsOfAsync(role);
        Assert.Contains("password can't be read", await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit"));
    }

    [Fact]
    public async Task Without_a_free_connection_it_is_not_ready_and_well_at_once_afterwards()
    {
        var (role, settings, _) = await RoleAsync();
        await using var app = await StartAsync(settings);
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        await RunAsync($"ALTER ROLE {role} CONNECTION LIMIT 0");
        await EndSessionsOfAsync(role);
        Assert.Contains("no free connection", await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit"));
        using (var ready = await anonymous.GetAsync("/readyz"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("storeBusy", await ready.Content.ReadAsStringAsync());
        }
        await RunAsync($"ALTER ROLE {role} CONNECTION LIMIT -1");
        using var answer = await admin.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_store_that_became_read_only_is_not_ready_and_well_at_once_afterwards()
    {
        var (role, settings, _) = await RoleAsync();
        await using var app = await StartAsync(settings);
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        await RunAsync($"ALTER ROLE {role} SET default_transaction_read_only = on");
        await EndSessionsOfAsync(role);
        using (var ready = await anonymous.GetAsync("/readyz"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("storeReadOnly", await ready.Content.ReadAsStringAsync());
        }
        var told = await ToldAsync(admin, HttpMethod.Post, "/api/v1/conversations");
        Assert.Contains("can't be written", told);
        using (var read = await admin.GetAsync("/api/v1/tenants"))
        {
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        }
        await RunAsync($"ALTER ROLE {role} RESET default_transaction_read_only");
        using var write = await admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" });
        Assert.True(write.IsSuccessStatusCode, await write.Content.ReadAsStringAsync());
        using var well = await anonymous.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, well.StatusCode);
    }

    [Fact]
    public async Task A_connection_that_dies_between_begin_and_commit_leaves_neither_the_row_nor_what_it_tells_of()
    {
        await using var app = await StartAsync(await cluster.DatabaseAsync(Name()));
        using var admin = await app.ApiAsAsync("admin");
        var log = app.Services.GetRequiredService<IAuditLog>();
        var before = await log.AppendAsync(new AuditEntry(AuditActor.System, "test.before"));
        await Assert.ThrowsAsync<AuditUnavailableException>(() =>
            log.AppendAsync(new AuditEntry(AuditActor.System, "test.cut"), CutOffAsync, default)
        );
        Assert.Equal(before + 1, await log.AppendAsync(new AuditEntry(AuditActor.System, "test.after")));
        var rows = await admin.GetStringAsync("/api/v1/audit?action=test.*");
        Assert.DoesNotContain("test.cut", rows);
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        Assert.False(await store.Set<IdempotencyRow>().AnyAsync(row => row.Caller == "cut"));
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.True(verified.GetProperty("valid").GetBoolean(), verified.ToString());

        async Task<ChainMark?> CutOffAsync(Store within, CancellationToken cancellation)
        {
            within.Add(
                new IdempotencyRow
                {
                    Caller = "cut",
                    Path = "",
                    Key = "",
                    RequestHash = "",
                    BegunAt = DateTimeOffset.UnixEpoch,
                }
            );
            await within.SaveChangesAsync(cancellation);
            var session = ((NpgsqlConnection)within.Database.GetDbConnection()).ProcessID;
            await RunAsync($"SELECT pg_terminate_backend({session}, 60000)");
            return new ChainMark("cut", 1, "hash");
        }
    }

    [Fact]
    public async Task It_says_who_it_is()
    {
        var database = await cluster.DatabaseAsync(Name());
        await using var app = await StartAsync(database);
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var ask = source.CreateCommand(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = $1"
        );
        ask.Parameters.AddWithValue(new NpgsqlConnectionStringBuilder(database).Database!);
        Assert.Equal("sevensa-dashboard", await ask.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_made_by_who_may_and_named_to_who_may_not()
    {
        var missing = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = Name() };
        await using (var app = await StartAsync(missing.ToString()))
        {
            using var admin = await app.ApiAsAsync("admin");
            using var answer = await admin.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        var (_, settings, file) = await RoleAsync();
        var (code, output) = await StartToEndAsync(
            (
                "Storage__Postgres",
                new NpgsqlConnectionStringBuilder(settings[0].Value) { Database = Name() }.ToString()
            ),
            ("Storage__PostgresPasswordFile", file)
        );
        Assert.Equal(1, code);
        Assert.Contains("permission denied to create database", output);
        Assert.DoesNotContain("   at ", output);
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
            "Storage:Postgres: ",
            ("Storage__Postgres", "Host=127.0.0.1;Port=1;Username=a;Password=top-secret")
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

    private static string Name() => $"outage{Interlocked.Increment(ref databases)}";

    private static Task<ConfiguredApp> StartAsync(string postgres) => StartAsync([("Storage:Postgres", postgres)]);

    private static async Task<ConfiguredApp> StartAsync((string Key, string Value)[] settings)
    {
        var app = new ConfiguredApp([.. settings, ("Docker:Endpoint", "none")]);
        await app.InitializeAsync();
        return app;
    }

    /// <summary>What a tool says over MCP.</summary>
    private static async Task<string> ToolAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method = "tools/call",
                    @params = new { name = "list_findings", arguments = new { tenant = "rentguy" } },
                }
            ),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        using var answer = await client.SendAsync(request);
        return System.Text.RegularExpressions.Regex.Unescape(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A 503 that names the database, soon.</summary>
    private static async Task<string> ToldAsync(HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
        {
            request.Content = JsonContent.Create<object>(
                path.EndsWith("/stop", StringComparison.Ordinal) ? new { reason = "tried" } : new { }
            );
            request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        }
        using var patience = new CancellationTokenSource(Patience);
        using var answer = await client.SendAsync(request, patience.Token);
        var told = await answer.Content.ReadAsStringAsync(patience.Token);
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {answer.StatusCode} {told}");
        Assert.Contains("database", told);
        Assert.NotNull(answer.Headers.RetryAfter);
        return JsonElement.Parse(told).GetProperty("detail").GetString()!;
    }

    /// <summary>A role that is no superuser, with a database of its own and its password in a file.</summary>
    private async Task<(string Role, (string Key, string Value)[] Settings, string File)> RoleAsync()
    {
        var name = Name();
        var to = new NpgsqlConnectionStringBuilder(await cluster.DatabaseAsync(name))
        {
            Username = name,
            Password = null,
        };
        await RunAsync($"CREATE ROLE {name} LOGIN PASSWORD 'first'; ALTER DATABASE {name} OWNER TO {name}");
        var file = Path.Combine(Directory.CreateTempSubdirectory("sevensa-test-").FullName, "password");
        await File.WriteAllTextAsync(file, "first\n");
        return (name, [("Storage:Postgres", to.ToString()), ("Storage:PostgresPasswordFile", file)], file);
    }

    private async Task RunAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(cluster.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private Task EndSessionsAsync(string database) =>
        RunAsync(
            $"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = '{new NpgsqlConnectionStringBuilder(database).Database}'"
        );

    private Task EndSessionsOfAsync(string role) =>
        RunAsync($"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '{role}'");
}

/// <summary>Another program that holds SQLite's write lock, and files that can't be used.</summary>
public sealed class SqliteOutageTests
{
    [Fact]
    public async Task A_locked_store_is_one_clear_503_everywhere_and_reading_goes_on()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        await using (
            var other = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")};Pooling=False")
        )
        {
            await other.OpenAsync();
            await using var hold = other.CreateCommand();
            hold.CommandText = "BEGIN IMMEDIATE";
            await hold.ExecuteNonQueryAsync();

            var began = Stopwatch.StartNew();
            var answers = await Task.WhenAll(
                admin.PostAsJsonAsync("/api/v1/conversations", new { }),
                admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" }),
                admin.PostAsJsonAsync("/api/v1/tickets", new { }),
                HookAsync(anonymous),
                anonymous.PostAsync(
                    "/connect/token",
                    new FormUrlEncodedContent(
                        new Dictionary<string, string>
                        {
                            ["grant_type"] = "client_credentials",
                            ["client_id"] = "sandbox-viewer",
                            ["client_secret"] = "sandbox-viewer",
                        }
                    )
                )
            );
            foreach (var answer in answers)
            {
                var told = await answer.Content.ReadAsStringAsync();
                var path = answer.RequestMessage!.RequestUri;
                Assert.True(
                    answer.StatusCode == HttpStatusCode.ServiceUnavailable,
                    $"{path}: {answer.StatusCode} {told}"
                );
                Assert.Contains("locked", told);
                Assert.DoesNotContain("Something went wrong", told);
            }
            Assert.True(began.Elapsed < TimeSpan.FromSeconds(30), $"It took {began.Elapsed} to say so.");

            using var read = await admin.GetAsync("/api/v1/audit?limit=1");
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            using var ready = await anonymous.GetAsync("/readyz");
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }
        using var again = await admin.PostAsJsonAsync("/api/v1/conversations", new { });
        Assert.True(again.IsSuccessStatusCode, await again.Content.ReadAsStringAsync());
        using var stop = await admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" });
        Assert.True(stop.IsSuccessStatusCode);
    }

    /// <summary>The time for which another program had the lock when this was found: longer than one writer waits, with one waiting.</summary>
    [Fact]
    public async Task After_a_lock_that_outlasted_a_writer_everything_works_again()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        using (await HoldAsync(app))
        {
            var held = Task.Delay(TimeSpan.FromSeconds(6.5));
            using var refused = await admin.PostAsJsonAsync("/api/v1/conversations", new { });
            await SaysLockedAsync(refused);
            using var read = await admin.GetAsync("/api/v1/audit?limit=1");
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            await held;
        }
        foreach (
            var answer in new[]
            {
                await admin.PostAsJsonAsync("/api/v1/conversations", new { }),
                await admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" }),
                await admin.PostAsJsonAsync("/api/v1/tickets", new { }),
                await admin.PostAsJsonAsync("/api/v1/tokens", new { name = "after", scopes = new[] { "read" } }),
                await HookAsync(anonymous),
            }
        )
        {
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Many_writers_under_anothers_lock_each_wait_for_five_seconds_and_not_longer()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        using (await HoldAsync(app))
        {
            await Task.WhenAll(Enumerable.Range(0, 12).Select(WriteAsync));
        }

        async Task WriteAsync(int number)
        {
            var clock = Stopwatch.StartNew();
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                (number % 3) switch
                {
                    0 => "/api/v1/conversations",
                    1 => "/api/v1/dispatch/stop",
                    _ => "/api/v1/tickets",
                }
            )
            {
                Content = JsonContent.Create<object>((number % 3) == 1 ? new { reason = "tried" } : new { }),
            };
            if (number % 2 == 0)
            {
                request.Headers.Add("Idempotency-Key", $"key-{number}");
            }
            using var answer = await admin.SendAsync(request);
            await SaysLockedAsync(answer);
            // Twice the five seconds would be a writer that waited in the row and then for the lock.
            Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(9));
        }
    }

    [Fact]
    public async Task A_session_and_a_token_are_good_while_their_use_can_t_be_noted()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync("/api/v1/tokens", new { name = "new", scopes = new[] { "read" } });
        var token = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        using var browser = await app.BrowserAsAsync("admin");
        await using (
            var store = await app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync()
        )
        {
            // Long ago, so that the next use is to be noted.
            await store.Database.ExecuteSqlRawAsync("UPDATE \"Sessions\" SET \"LastSeenAt\" = 1");
        }
        using var holder = app.Anonymous();
        holder.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using (await HoldAsync(app))
        {
            using var read = await holder.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            using var page = await browser.GetAsync("/settings");
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
    }

    [Fact]
    public async Task What_can_t_be_written_with_its_row_leaves_neither_and_holds_nobody_up()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        var log = app.Services.GetRequiredService<IAuditLog>();
        var before = await log.AppendAsync(new AuditEntry(AuditActor.System, "test.before"));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            log.AppendAsync(new AuditEntry(AuditActor.System, "test.cut"), RefuseAsync, default)
        );
        Assert.Equal("by its own rules", refused.Message);
        Assert.Equal(0, await log.AppendAsync(new AuditEntry(AuditActor.System, "test.none"), NothingAsync, default));
        Assert.Equal(before + 1, await log.AppendAsync(new AuditEntry(AuditActor.System, "test.after")));
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        Assert.False(await store.Set<IdempotencyRow>().AnyAsync(row => row.Caller == "cut"));

        static async Task<ChainMark?> RefuseAsync(Store within, CancellationToken cancellation)
        {
            within.Add(
                new IdempotencyRow
                {
                    Caller = "cut",
                    Path = "",
                    Key = "",
                    RequestHash = "",
                    BegunAt = DateTimeOffset.UnixEpoch,
                }
            );
            await within.SaveChangesAsync(cancellation);
            throw new InvalidOperationException("by its own rules");
        }

        static Task<ChainMark?> NothingAsync(Store within, CancellationToken cancellation) =>
            Task.FromResult<ChainMark?>(null);
    }

    [Fact]
    public async Task A_writer_that_its_own_row_kept_waiting_does_not_blame_another_program()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using var first = await stores.CreateDbContextAsync();
        await using var held = await first.Database.BeginTransactionAsync();
        await using var second = await stores.CreateDbContextAsync();
        second.Database.SetCommandTimeout(1);
        var busy = await Assert.ThrowsAsync<StoreUnavailableException>(() => second.Database.BeginTransactionAsync());
        Assert.DoesNotContain("another program", busy.Message);
        Assert.Contains("other writes", busy.Message);
        await held.RollbackAsync();
        await using var then = await second.Database.BeginTransactionAsync();
    }

    /// <summary>No page more than there are, as on a full disk; and no write at all, as on a disk that went read only.</summary>
    [Theory]
    [InlineData("PRAGMA max_page_count = 1", "storeFull")]
    [InlineData("PRAGMA query_only = 1", "storeReadOnly")]
    public async Task A_disk_that_takes_no_more_is_told_and_everything_goes_on_when_it_does(string trouble, string code)
    {
        await using var app = new TroubledApp();
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        app.Trouble = trouble;
        HttpResponseMessage answer;
        var tries = 0;
        do
        {
            // There may be room left in pages that are there.
            Assert.True(++tries < 500, "It was never full.");
            answer = await admin.PostAsJsonAsync(
                $"/api/v1/tenants/rentguy/dashboards",
                new
                {
                    title = $"Board {tries}",
                    panels = Array.Empty<object>(),
                    description = new string('x', 2000),
                }
            );
        } while (answer.IsSuccessStatusCode);
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, told.ToString());
        Assert.Equal(code, told.GetProperty("code").GetString());
        using var read = await admin.GetAsync("/api/v1/audit?limit=1");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);

        app.Trouble = "PRAGMA max_page_count = 1073741823; PRAGMA query_only = 0";
        using var again = await admin.PostAsJsonAsync("/api/v1/conversations", new { });
        Assert.True(again.IsSuccessStatusCode, await again.Content.ReadAsStringAsync());
        using var stop = await admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" });
        Assert.True(stop.IsSuccessStatusCode, await stop.Content.ReadAsStringAsync());
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        Assert.True(verified.GetProperty("valid").GetBoolean(), verified.ToString());
    }

    /// <summary>Each connection meets a trouble when it is opened.</summary>
    private sealed class TroubledApp : SandboxApp
    {
        public string? Trouble { get; set; }

        protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Docker:Endpoint", "none")];

        protected override void Replace(IServiceCollection services) =>
            services.ConfigureDbContext<SqliteStore>(options => options.AddInterceptors(new Opened(this)));

        private sealed class Opened(TroubledApp app) : DbConnectionInterceptor
        {
            public override async Task ConnectionOpenedAsync(
                DbConnection connection,
                ConnectionEndEventData eventData,
                CancellationToken cancellationToken = default
            )
            {
                if (app.Trouble is { } trouble)
                {
                    await using var make = connection.CreateCommand();
                    make.CommandText = trouble;
                    await make.ExecuteNonQueryAsync(cancellationToken);
                }
            }
        }
    }

    /// <summary>Another program's write lock, until it is disposed of.</summary>
    private static async Task<SqliteConnection> HoldAsync(SandboxApp app)
    {
        var other = new SqliteConnection($"Data Source={Path.Combine(app.Folder, "sevensa.db")};Pooling=False");
        await other.OpenAsync();
        await using var hold = other.CreateCommand();
        hold.CommandText = "BEGIN IMMEDIATE";
        await hold.ExecuteNonQueryAsync();
        return other;
    }

    private static async Task SaysLockedAsync(HttpResponseMessage answer)
    {
        var told = await answer.Content.ReadAsStringAsync();
        Assert.True(
            answer.StatusCode == HttpStatusCode.ServiceUnavailable,
            $"{answer.RequestMessage!.RequestUri}: {answer.StatusCode} {told}"
        );
        Assert.True(told.Contains("locked", StringComparison.Ordinal), told);
        Assert.DoesNotContain("Something went wrong", told);
    }

    private static Task<HttpResponseMessage> HookAsync(HttpClient client)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
        {
            Content = new StringContent(
                """{"alerts":[{"status":"firing","labels":{"alertname":"a","tenant":"rentguy"},"startsAt":"2026-02-01T10:00:00Z"}]}""",
                System.Text.Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Authorization = new("Bearer", "sandbox");
        return client.SendAsync(request);
    }

    [Fact]
    public async Task Many_writers_at_once_take_turns()
    {
        await using var app = new ConfiguredApp(("Docker:Endpoint", "none"));
        await app.InitializeAsync();
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        var log = app.Services.GetRequiredService<IAuditLog>();
        var longest = TimeSpan.Zero;
        await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .Select(async number =>
                {
                    var began = Stopwatch.StartNew();
                    if (number % 2 == 0)
                    {
                        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.turn"));
                    }
                    else
                    {
                        await using var store = await stores.CreateDbContextAsync();
                        await using var transaction = await store.Database.BeginTransactionAsync();
                        await store.Database.ExecuteSqlRawAsync("DELETE FROM \"IdempotencyKeys\"");
                        if (number % 3 == 0)
                        {
                            await transaction.CommitAsync();
                        }
                    }
                    longest = began.Elapsed > longest ? began.Elapsed : longest;
                })
        );
        Assert.True(longest < TimeSpan.FromSeconds(20), $"One of them waited {longest}.");
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
}
