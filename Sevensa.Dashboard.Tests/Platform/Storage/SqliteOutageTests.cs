using System.Data.Common;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>Another program that holds SQLite's write lock, and disks that take no more.</summary>
public sealed class SqliteOutageTests
{
    [Fact]
    public async Task A_locked_store_is_one_clear_503_everywhere_and_reading_goes_on()
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        using (await WriteLock.HoldAsync(app))
        {
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
                await WriteLock.SaysLockedAsync(answer);
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

    /// <summary>Longer than one writer waits, with another waiting behind it.</summary>
    [Fact]
    public async Task After_a_lock_that_outlasted_a_writer_everything_works_again()
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var anonymous = app.Anonymous();
        using (await WriteLock.HoldAsync(app))
        {
            var held = Task.Delay(TimeSpan.FromSeconds(6.5));
            using var refused = await admin.PostAsJsonAsync("/api/v1/conversations", new { });
            await WriteLock.SaysLockedAsync(refused);
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
    public async Task A_session_and_a_token_are_good_while_their_use_can_t_be_noted()
    {
        await using var app = await ConfiguredApp.StartAsync();
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
        using (await WriteLock.HoldAsync(app))
        {
            using var read = await holder.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.OK, read.StatusCode);
            using var page = await browser.GetAsync("/settings");
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
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
}
