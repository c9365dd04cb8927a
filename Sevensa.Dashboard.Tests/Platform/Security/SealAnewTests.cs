using System.Net;
using System.Net.Http.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Identity.Tokens.Keys;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Platform.Backups;

namespace Sevensa.Dashboard.Tests.Platform.Security;

/// <summary>The key file's key is changed by a command, and what is in the store goes with it.</summary>
public sealed class SealAnewTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-anew-").FullName;

    private string KeyFile => Path.Combine(folder, "store.key");

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Everything_in_the_store_is_sealed_under_the_new_key_and_the_old_one_can_be_forgotten()
    {
        HttpClient browser;
        await using (var app = await StartAsync())
        {
            browser = await app.BrowserAsAsync("viewer");
            await UseAsync(app);
        }
        SqliteConnection.ClearAllPools();
        var old = await File.ReadAllTextAsync(KeyFile);

        var output = await Runbook.RunAsync("Another key", [("Storage__Folder", folder)]);
        Assert.Contains("Data Protection keys: 1 of 1 sealed anew", output);
        Assert.Matches(@"signing keys: ([1-9]\d*) of \1 sealed anew", output);
        Assert.Contains("secrets of receivers: 1 of 1 sealed anew", output);
        Assert.Matches(@"seals of proposals: ([1-9]\d*) of \1 sealed anew", output);
        Assert.Contains("The audit record holds", output);
        Assert.DoesNotContain("no key here", output);
        Assert.EndsWith(old.Trim(), await File.ReadAllTextAsync(KeyFile));

        // Nothing is left for the old one, and backups of before are told of.
        Assert.Contains("keep their file", await GoodAsync("seal-anew", "--forget"));
        var now = await File.ReadAllTextAsync(KeyFile);
        Assert.DoesNotContain(old.Trim(), now);
        Assert.Contains("there is nothing to forget", await RefusedAsync("seal-anew", "--forget"));

        await using (var again = await StartAsync())
        {
            using (var me = await browser.GetAsync(new Uri(again.Address, "/me")))
            {
                Assert.Equal(HttpStatusCode.OK, me.StatusCode);
            }
            using var admin = await again.ApiAsAsync("admin");
            Assert.Contains("\"valid\":true", await admin.GetStringAsync("/api/v1/audit/verify"));
            Assert.Contains("store.sealedAnew", await admin.GetStringAsync("/api/v1/audit?action=store.*"));
        }
        browser.Dispose();
        SqliteConnection.ClearAllPools();
        await File.WriteAllTextAsync(KeyFile, old);
        Assert.Contains("sealed under another key", await RefusedAsync());
        Assert.Contains("sealed under another key", await RefusedAsync("seal-anew"));
        Assert.Equal(old, await File.ReadAllTextAsync(KeyFile));
    }

    [Fact]
    public async Task A_dashboard_that_runs_has_to_know_the_key_first_and_goes_on_then()
    {
        await using var app = await StartAsync();
        await UseAsync(app);
        var person = await MadePerson.MakeAsync(app, "goes-on", "viewer", "rentguy");
        var given = await person.LetAppActAsync("openid offline_access read");
        var old = await File.ReadAllTextAsync(KeyFile);
        Assert.Contains("--prepare", await RefusedAsync("seal-anew"));
        Assert.Equal(old, await File.ReadAllTextAsync(KeyFile));

        await GoodAsync("seal-anew", "--prepare");
        Assert.Contains("next key already", await RefusedAsync("seal-anew", "--prepare"));
        Assert.Contains("a minute ago", await RefusedAsync("seal-anew"));
        // As after half a minute, and more than one.
        File.SetLastWriteTimeUtc(KeyFile, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-2));
        await app.Services.GetRequiredService<SigningKeys>().LookAsync(default);
        await GoodAsync("seal-anew");

        // It has not looked since, and opens what the command has sealed.
        using (var me = await person.Browser.GetAsync("/me"))
        {
            Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        }
        await UseAsync(app, "later", 12);
        await app.Services.GetRequiredService<SigningKeys>().LookAsync(default);
        var held = HeldKeys.Parse(await File.ReadAllTextAsync(KeyFile))!;
        Assert.Equal(held.Text, app.Services.GetRequiredService<StoreKey>().Held().Text);
        Assert.DoesNotContain(Convert.ToBase64String(held.Current), old);
        // What was encrypted by the former key is read, and what it leads to is encrypted by the new one.
        var renewed = await person.RefreshAsync(given.GetProperty("refresh_token").GetString()!);
        Assert.True(renewed.TryGetProperty("refresh_token", out var token), renewed.ToString());
        Assert.True((await person.RefreshAsync(token.GetString()!)).TryGetProperty("access_token", out _));
        using var admin = await app.ApiAsAsync("admin");
        Assert.Contains("\"valid\":true", await admin.GetStringAsync("/api/v1/audit/verify"));
        person.Browser.Dispose();
    }

    /// <summary>Leaves something of each kind that is sealed.</summary>
    private static async Task UseAsync(SandboxApp app, string name = "told", int graceSeconds = 11)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var receiver = await admin.PostAsJsonAsync(
            "/api/v1/receivers",
            new
            {
                name,
                url = "https://example.org/hook",
                kinds = new[] { "alert.*" },
            }
        );
        Assert.True(receiver.IsSuccessStatusCode, await receiver.Content.ReadAsStringAsync());
        await app.FleetIsKnownAsync();
        using var proposal = await admin.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "api",
                parameters = new { graceSeconds },
                reason = $"It is {name}",
            }
        );
        Assert.True(proposal.IsSuccessStatusCode, await proposal.Content.ReadAsStringAsync());
    }

    private async Task<ConfiguredApp> StartAsync()
    {
        var app = new ConfiguredApp(("Storage:Folder", folder));
        await app.InitializeAsync();
        return app;
    }

    private async Task<string> GoodAsync(params string[] line)
    {
        var (code, output) = await ProgramRun.ToEndAsync(line, [("Storage__Folder", folder)]);
        Assert.True(code == 0, output);
        return output;
    }

    private async Task<string> RefusedAsync(params string[] line)
    {
        var (code, output) = await ProgramRun.ToEndAsync(line, [("Storage__Folder", folder)]);
        Assert.True(code == 1, output);
        Assert.DoesNotContain("   at ", output);
        return output;
    }
}

/// <summary>The same on PostgreSQL, where nothing of a file says who has it open.</summary>
public sealed class PostgresSealAnewTests(PostgresCluster cluster) : IClassFixture<PostgresCluster>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-anew-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_dashboard_that_runs_is_seen_and_one_that_is_gone_holds_nothing_up()
    {
        var database = await cluster.DatabaseAsync();
        var file = Path.Combine(folder, "store.key");
        await using (
            var app = await ConfiguredApp.StartAsync(("Storage:Postgres", database), ("Security:KeyFile", file))
        )
        {
            var (refused, why) = await RunAsync();
            Assert.True(refused == 1, why);
            Assert.Contains("--prepare", why);
        }
        var (code, output) = await RunAsync();
        Assert.True(code == 0, output);
        Assert.Contains("Data Protection keys: 1 of 1 sealed anew", output);
        Assert.Contains("The audit record holds", output);

        Task<(int Code, string Output)> RunAsync() =>
            ProgramRun.ToEndAsync(
                ["seal-anew"],
                [("Storage__Postgres", database), ("Security__KeyFile", file), ("Storage__Folder", folder)]
            );
    }
}
