using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>What the record tells of is there, or its absence is noticed: whole chains, not only rows of one.</summary>
public abstract class TakenAwayTests : AppOnAStore
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proposal_that_is_gone_with_everything_of_it_is_noticed(bool andAskedAgain)
    {
        await using var app = new ConfiguredApp(await NewStoreAsync());
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var id = await ProposeAsync(app);
        Assert.True(await VerifyAsync(admin, null), "It holds as long as nothing was taken away.");
        await using (var store = await StoreOf(app))
        {
            await UnguardAsync(store, "ProposalEvents", "ProposalDecisions");
            foreach (var table in new[] { "ProposalEvents", "ProposalDecisions", "ProposalClaims", "Notices" })
            {
                await RunAsync(store, $"DELETE FROM \"{table}\" WHERE \"ProposalId\" = '{id}'");
            }
            await RunAsync(store, $"DELETE FROM \"Proposals\" WHERE \"Id\" = '{id}'");
        }
        if (andAskedAgain)
        {
            Assert.NotEqual(id, await ProposeAsync(app));
        }
        Assert.False(await VerifyAsync(admin, id));
    }

    [Fact]
    public async Task A_proposal_put_back_to_an_earlier_honest_state_is_noticed()
    {
        await using var app = new ConfiguredApp(await NewStoreAsync());
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var id = await ProposeAsync(app);
        await using var store = await StoreOf(app);
        await RunAsync(store, $"CREATE TABLE \"Kept\" AS SELECT * FROM \"Proposals\" WHERE \"Id\" = '{id}'");
        using var operators = await app.ApiAsAsync("operator");
        using var withdrawn = await operators.PostAsync($"/api/v1/proposals/{id}/withdraw", null);
        Assert.Equal(HttpStatusCode.OK, withdrawn.StatusCode);
        Assert.True(await VerifyAsync(admin, null), "It holds as long as nothing was put back.");
        await UnguardAsync(store, "ProposalEvents");
        await RunAsync(store, $"DELETE FROM \"ProposalEvents\" WHERE \"ProposalId\" = '{id}' AND \"Id\" > 1");
        foreach (
            var column in new[] { "State", "EndedAt", "TouchedAt", "LastEvent", "EventsHash", "EventsSeal", "Version" }
        )
        {
            await RunAsync(
                store,
                $"UPDATE \"Proposals\" SET \"{column}\" = (SELECT \"{column}\" FROM \"Kept\") WHERE \"Id\" = '{id}'"
            );
        }
        var put = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/proposals/{id}");
        Assert.Equal("proposed", put.GetProperty("state").GetString());
        Assert.False(await VerifyAsync(admin, $"{id}/2"));
    }

    [Fact]
    public async Task A_state_that_no_event_bears_out_is_noticed()
    {
        await using var app = new ConfiguredApp(await NewStoreAsync());
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var id = await ProposeAsync(app);
        Assert.True(await VerifyAsync(admin, null));
        await using var store = await StoreOf(app);
        await RunAsync(store, $"UPDATE \"Proposals\" SET \"State\" = 'Rejected' WHERE \"Id\" = '{id}'");
        Assert.False(await VerifyAsync(admin, "says that it is rejected"));
    }

    [Theory]
    [InlineData("DELETE FROM \"ProposalDecisions\" WHERE \"ProposalId\" = '{0}'")]
    [InlineData("UPDATE \"ProposalDecisions\" SET \"ByName\" = 'Somebody else' WHERE \"ProposalId\" = '{0}'")]
    [InlineData(
        "INSERT INTO \"ProposalDecisions\" (\"ProposalId\", \"ById\", \"ByName\", \"Verdict\", \"At\", \"Counts\") SELECT \"ProposalId\", 'x', 'X', 'approve', \"At\", \"Counts\" FROM \"ProposalDecisions\" WHERE \"ProposalId\" = '{0}'"
    )]
    public async Task Decisions_that_are_not_those_that_were_made_are_noticed(string change)
    {
        await using var app = new ConfiguredApp(await NewStoreAsync());
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var id = await ProposeAsync(app);
        using var approver = await app.ApiAsAsync("approver");
        using var rejected = await approver.PostAsJsonAsync($"/api/v1/proposals/{id}/reject", new { reason = "no" });
        Assert.Equal(HttpStatusCode.OK, rejected.StatusCode);
        Assert.True(await VerifyAsync(admin, null));
        await using var store = await StoreOf(app);
        foreach (var guard in store.Database.IsSqlite() ? new[] { "no_DELETE", "no_UPDATE" } : ["append_only"])
        {
            await RunAsync(
                store,
                $"DROP TRIGGER \"ProposalDecisions_{guard}\""
                    + (store.Database.IsSqlite() ? "" : " ON \"ProposalDecisions\"")
            );
        }
        await RunAsync(store, string.Format(CultureInfo.InvariantCulture, change, id));
        Assert.False(await VerifyAsync(admin, id));
    }

    [Fact]
    public async Task Releases_of_a_host_that_are_gone_with_their_end_are_noticed()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        using var admin = await app.ApiAsAsync("admin");
        var releases = app.Services.GetRequiredService<ReleaseStore>();
        await releases.AddAsync([Row("a", 1), Row("b", 2)], default);
        Assert.True(await VerifyAsync(admin, null));
        await using (var store = await StoreOf(app))
        {
            await UnguardAsync(store, "Releases");
            await RunAsync(store, "DELETE FROM \"Releases\" WHERE \"HostId\" = 'h'");
            await RunAsync(store, "DELETE FROM \"ReleaseChains\" WHERE \"HostId\" = 'h'");
        }
        Assert.False(await VerifyAsync(admin, "h/1"));
        // Others put in their place are not those that were told of.
        await releases.AddAsync([Row("c", 1), Row("d", 2), Row("e", 3)], default);
        Assert.False(await VerifyAsync(admin, null));
    }

    [Fact]
    public async Task Releases_taken_back_to_an_earlier_honest_end_are_noticed()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        using var admin = await app.ApiAsAsync("admin");
        var releases = app.Services.GetRequiredService<ReleaseStore>();
        await releases.AddAsync([Row("a", 1)], default);
        await using var store = await StoreOf(app);
        await RunAsync(store, "CREATE TABLE \"Kept\" AS SELECT * FROM \"ReleaseChains\" WHERE \"HostId\" = 'h'");
        await releases.AddAsync([Row("b", 2)], default);
        Assert.True(await VerifyAsync(admin, null));
        await UnguardAsync(store, "Releases");
        await RunAsync(store, "DELETE FROM \"Releases\" WHERE \"Id\" = 'b'");
        await RunAsync(store, "DELETE FROM \"ReleaseChains\" WHERE \"HostId\" = 'h'");
        await RunAsync(store, "INSERT INTO \"ReleaseChains\" SELECT * FROM \"Kept\"");
        Assert.False(await VerifyAsync(admin, "h/2"));
    }

    [Fact]
    public async Task Releases_that_many_tell_at_once_make_one_chain_and_are_told_of_once()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        using var admin = await app.ApiAsAsync("admin");
        var releases = app.Services.GetRequiredService<ReleaseStore>();
        await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(number => releases.AddAsync([Row($"r{number / 2}", number / 2 + 1)], default))
        );
        Assert.True(await VerifyAsync(admin, null));
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=release.told&limit=500");
        Assert.Equal(
            10,
            rows.GetProperty("items")
                .EnumerateArray()
                .Count(row => row.GetProperty("actor").GetProperty("id").GetString() == "h")
        );
    }

    private static async Task<string> ProposeAsync(SandboxApp app)
    {
        using var operators = await app.ApiAsAsync("operator");
        using var asked = await operators.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "api",
                reason = "it leaks",
            }
        );
        Assert.True(asked.StatusCode == HttpStatusCode.Created, await asked.Content.ReadAsStringAsync());
        return (await asked.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <param name="named">What a complaint names; null when that does not matter.</param>
    private static async Task<bool> VerifyAsync(HttpClient admin, string? named)
    {
        var verified = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit/verify");
        if (named is not null)
        {
            Assert.Contains(named, verified.GetProperty("reason").GetString());
        }
        return verified.GetProperty("valid").GetBoolean();
    }

    private static ReleaseRow Row(string id, long sequence) =>
        new()
        {
            Id = id,
            Tenant = "rentguy",
            Service = "api",
            HostId = "h",
            Host = "vps-h",
            Sequence = sequence,
            At = DateTimeOffset.UnixEpoch.AddHours(sequence),
            ToldAt = DateTimeOffset.UnixEpoch.AddHours(sequence),
            Fingerprint = id,
            ImageDigest = "",
            ConfigHash = "",
            By = "somebody",
            Cause = "unknown",
            Why = null,
            ActionId = null,
            Recorded = false,
            Containers = "[]",
        };

    private static Task<Store> StoreOf(SandboxApp app) =>
        app.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync();

    private static async Task UnguardAsync(Store store, params string[] tables)
    {
        foreach (var table in tables)
        {
            await RunAsync(
                store,
                store.Database.IsSqlite()
                    ? $"DROP TRIGGER \"{table}_no_DELETE\""
                    : $"DROP TRIGGER \"{table}_append_only\" ON \"{table}\""
            );
        }
    }

    private static Task RunAsync(Store store, string sql) => store.Database.ExecuteSqlRawAsync(sql);
}

public class SqliteTakenAwayTests : TakenAwayTests;

public class PostgresTakenAwayTests(PostgresCluster cluster) : TakenAwayTests, IClassFixture<PostgresCluster>
{
    protected override Task<(string Key, string Value)[]> NewStoreAsync() => NewStoreAsync(cluster);
}
