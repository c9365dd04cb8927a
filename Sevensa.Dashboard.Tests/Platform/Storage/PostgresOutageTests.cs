using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>A real PostgreSQL that goes away, refuses, and comes back.</summary>
public sealed class PostgresOutageTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>
{
    [Fact]
    public async Task While_it_is_stopped_everybody_is_told_and_nothing_ends()
    {
        await using var app = await ConfiguredApp.StartAsync(
            ("Storage:Postgres", await StoreTemplate.DatabaseAsync(cluster))
        );
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
                // With a token, whose owner nobody can look up now, as without.
                using var asked = await admin.GetAsync("/readyz");
                using var ready = await anonymous.GetAsync("/readyz");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
                Assert.Equal(await ready.Content.ReadAsStringAsync(), await asked.Content.ReadAsStringAsync());
                var answer = await ready.Content.ReadFromJsonAsync<JsonElement>();
                Assert.Equal("storeUnavailable", answer.GetProperty("status").GetString());
                Assert.Equal("PostgreSQL", answer.GetProperty("store").GetProperty("name").GetString());
                Assert.DoesNotContain("127.0.0.1", answer.ToString());
                // Who signed in a moment ago is still known.
                using var page = await browser.GetAsync("/");
                last = (page.StatusCode, await page.Content.ReadAsStringAsync());
                Assert.True(last.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{last}");
                Assert.False(lifetime.ApplicationStopping.IsCancellationRequested);
                await Task.Delay(100, TestContext.Current.CancellationToken);
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
        Assert.True(back.Elapsed < TimeSpan.FromSeconds(30), $"It took {back.Elapsed} to be well again.");
    }

    [Fact]
    public async Task Connections_that_ended_in_the_pool_cost_no_request()
    {
        var database = await StoreTemplate.DatabaseAsync(cluster);
        await using var app = await ConfiguredApp.StartAsync(("Storage:Postgres", database));
        using var admin = await app.ApiAsAsync("admin");
        for (var round = 0; round < 10; round++)
        {
            var first = await Task.WhenAll(
                Enumerable.Range(0, 24).Select(_ => admin.GetAsync("/api/v1/audit?limit=1"))
            );
            Assert.All(first, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
            await EndSessionsAsync(database);
            var answers = await Task.WhenAll(
                Enumerable.Range(0, 24).Select(_ => admin.GetAsync("/api/v1/audit?limit=1"))
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
        var role = await PostgresRole.MakeAsync(cluster);
        await using var app = await ConfiguredApp.StartAsync(role.Settings);
        using var admin = await app.ApiAsAsync("admin");
        await cluster.RunAsync($"ALTER ROLE {role.Name} PASSWORD 'second'");
        await EndSessionsOfAsync(role.Name);
        var told = await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit");
        Assert.Contains("Storage:PostgresPasswordFile", told);
        Assert.DoesNotContain("first", told);

        await File.WriteAllTextAsync(role.PasswordFile, "second\n");
        using var answer = await admin.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        File.Delete(role.PasswordFile);
        await EndSessionsOfAsync(role.Name);
        Assert.Contains("password can't be read", await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit"));
    }

    [Fact]
    public async Task Without_a_free_connection_it_is_not_ready_and_well_at_once_afterwards()
    {
        var role = await PostgresRole.MakeAsync(cluster);
        await using var app = await ConfiguredApp.StartAsync(role.Settings);
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        await cluster.RunAsync($"ALTER ROLE {role.Name} CONNECTION LIMIT 0");
        await EndSessionsOfAsync(role.Name);
        Assert.Contains("no free connection", await ToldAsync(admin, HttpMethod.Get, "/api/v1/audit"));
        using (var ready = await anonymous.GetAsync("/readyz"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("storeBusy", await ready.Content.ReadAsStringAsync());
        }
        await cluster.RunAsync($"ALTER ROLE {role.Name} CONNECTION LIMIT -1");
        using var answer = await admin.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_store_that_became_read_only_is_not_ready_and_well_at_once_afterwards()
    {
        var role = await PostgresRole.MakeAsync(cluster);
        await using var app = await ConfiguredApp.StartAsync(role.Settings);
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        await cluster.RunAsync($"ALTER ROLE {role.Name} SET default_transaction_read_only = on");
        await EndSessionsOfAsync(role.Name);
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
        await cluster.RunAsync($"ALTER ROLE {role.Name} RESET default_transaction_read_only");
        using var write = await admin.PostAsJsonAsync("/api/v1/dispatch/stop", new { reason = "tried" });
        Assert.True(write.IsSuccessStatusCode, await write.Content.ReadAsStringAsync());
        using var well = await anonymous.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.OK, well.StatusCode);
    }

    [Fact]
    public async Task A_connection_that_dies_between_begin_and_commit_leaves_neither_the_row_nor_what_it_tells_of()
    {
        await using var app = await ConfiguredApp.StartAsync(
            ("Storage:Postgres", await StoreTemplate.DatabaseAsync(cluster))
        );
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
            await cluster.RunAsync($"SELECT pg_terminate_backend({session}, 60000)");
            return new ChainMark("cut", 1, "hash");
        }
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
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var answer = await client.SendAsync(request, patience.Token);
        var told = await answer.Content.ReadAsStringAsync(patience.Token);
        Assert.True(answer.StatusCode == HttpStatusCode.ServiceUnavailable, $"{path}: {answer.StatusCode} {told}");
        Assert.Contains("database", told);
        Assert.NotNull(answer.Headers.RetryAfter);
        return JsonElement.Parse(told).GetProperty("detail").GetString()!;
    }

    private Task EndSessionsAsync(string database) =>
        cluster.RunAsync(
            $"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = '{new NpgsqlConnectionStringBuilder(database).Database}'"
        );

    private Task EndSessionsOfAsync(string role) =>
        cluster.RunAsync($"SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE usename = '{role}'");
}
