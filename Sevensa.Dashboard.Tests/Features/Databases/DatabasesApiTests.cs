using System.Net;
using System.Text.Json;
using Npgsql;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Instances and placements over the API, from a real PostgreSQL.</summary>
public sealed class DatabasesApiTests(DatabasesApiTests.Company company) : IClassFixture<DatabasesApiTests.Company>
{
    private const string Odd = "Odd \"name\", of 'it'";

    [Fact]
    public async Task A_tenant_sees_its_schema_roles_and_rights_and_nothing_of_others()
    {
        var one = Assert.Single(await ItemsAsync("viewer", "/api/v1/tenants/rentguy/databases"));
        Assert.Equal("connected", Text(one, "state"));
        Assert.StartsWith("15.", Text(one, "version"), StringComparison.Ordinal);
        Assert.True(one.GetProperty("shared").GetBoolean());
        var database = Assert.Single(one.GetProperty("databases").EnumerateArray());
        Assert.Equal(SharedInstance.Database, Text(database, "name"));
        Assert.False(database.GetProperty("openToAll").GetBoolean());
        var schema = Assert.Single(database.GetProperty("schemas").EnumerateArray());
        Assert.Equal(("rentguy", 1), (Text(schema, "name"), schema.GetProperty("tables").GetInt32()));
        Assert.Contains(
            schema.GetProperty("grants").EnumerateArray(),
            grant =>
                Text(grant, "on") == "table"
                && Text(grant, "to") == "rentguy_app"
                && Text(grant, "rights").Contains("SELECT", StringComparison.Ordinal)
        );
        Assert.Contains(
            schema.GetProperty("defaultPrivileges").EnumerateArray(),
            grant => Text(grant, "madeBy") == "rentguy_owner" && Text(grant, "on") == "tables"
        );
        Assert.Equal(
            ["rentguy_app", "rentguy_owner"],
            one.GetProperty("roles").EnumerateArray().Select(role => Text(role, "name"))
        );
        Assert.DoesNotContain("witcom", one.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("Odd", one.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, one.GetProperty("admission").ValueKind);
    }

    [Fact]
    public async Task Names_that_need_quotes_are_read_and_labels_place_what_no_setting_does()
    {
        var one = Assert.Single(await ItemsAsync("admin", "/api/v1/tenants/psra-ltsd/databases"));
        var database = Assert.Single(one.GetProperty("databases").EnumerateArray());
        Assert.Equal(Odd, Text(database, "name"));
        Assert.True(database.GetProperty("sizeBytes").GetInt64() > 0);
        Assert.Equal("2026-11-28T01:30:00.000Z", Text(database, "backupAt"));
        Assert.Contains(
            database.GetProperty("schemas").EnumerateArray(),
            schema => Text(schema, "name") == "Some.Schema\"" && schema.GetProperty("tables").GetInt32() == 1
        );
    }

    [Fact]
    public async Task Whoever_sees_everything_sees_what_is_nobodys_too()
    {
        var one = Assert.Single(await ItemsAsync("admin", "/api/v1/databases"));
        Assert.Contains(
            one.GetProperty("databases").EnumerateArray(),
            database => Text(database, "name") == "postgres"
        );
        Assert.Contains(one.GetProperty("roles").EnumerateArray(), role => Text(role, "name") == "postgres");
        Assert.Equal(
            ["psra-ltsd", "rentguy", "witcom"],
            one.GetProperty("placements").EnumerateArray().Select(placed => Text(placed, "tenant")).Order()
        );
        Assert.DoesNotContain("of rentguy, and", one.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_somebody_elses_instance_nothing_is_known()
    {
        var (_, program) = await company.App.ProgramAsync("operator", ["platform"], "read");
        using (program)
        {
            using var list = await program.GetAsync("/api/v1/databases");
            Assert.Empty((await Json(list)).GetProperty("items").EnumerateArray());
            using var one = await program.GetAsync("/api/v1/databases/shared");
            using var none = await program.GetAsync("/api/v1/databases/nothing");
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (one.StatusCode, none.StatusCode));
            Assert.Equal(
                Text(await Json(one), "detail").Replace("shared", "*", StringComparison.Ordinal),
                Text(await Json(none), "detail").Replace("nothing", "*", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public async Task A_wrong_password_is_a_state_with_what_to_do()
    {
        var file = Path.Combine(company.App.Folder, "wrong");
        await File.WriteAllTextAsync(file, "wrong", TestContext.Current.CancellationToken);
        await using var app = await company.AnotherAsync(("Databases:Instances:0:PasswordFile", file));
        var one = await InstanceAsync(app);
        Assert.Equal("degraded", Text(one, "state"));
        Assert.Contains("28P01", Text(one, "reason"), StringComparison.Ordinal);
        Assert.Contains("PasswordFile", Text(one, "remedy"), StringComparison.Ordinal);
        Assert.NotEmpty(one.GetProperty("placements").EnumerateArray());
    }

    [Fact]
    public async Task A_role_without_rights_is_told_what_it_misses_and_hides_nobody()
    {
        await company.Instance.Cluster.RunAsync(
            "create role weak login password 'weak'; grant connect on database postgres to weak"
        );
        var file = Path.Combine(company.App.Folder, "weak");
        await File.WriteAllTextAsync(file, "weak", TestContext.Current.CancellationToken);
        await using var someone = await company.OpenAsync("rentguy", SharedInstance.Database);
        await using var app = await company.AnotherAsync(
            ("Databases:Instances:0:PasswordFile", file),
            ("Databases:Instances:0:User", "weak")
        );
        var one = await InstanceAsync(app);
        Assert.Equal("connected", Text(one, "state"));
        Assert.Contains(
            one.GetProperty("notes").EnumerateArray(),
            note => note.GetString()!.Contains("grant pg_monitor to \"weak\"", StringComparison.Ordinal)
        );
        var shared = one.GetProperty("databases")
            .EnumerateArray()
            .Single(database => Text(database, "name") == SharedInstance.Database);
        Assert.Contains("grant connect on database", Text(shared, "trouble"), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, shared.GetProperty("sizeBytes").ValueKind);
        var usage = one.GetProperty("usage").EnumerateArray().Single(role => Text(role, "role") == "rentguy_app");
        Assert.True(usage.GetProperty("connections").GetInt32() >= 1);
        Assert.Equal(JsonValueKind.Null, usage.GetProperty("active").ValueKind);
    }

    [Fact]
    public async Task Who_waits_for_whose_lock_is_told_without_naming_another_tenant()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await company.Instance.RunAsync(
            SharedInstance.Database,
            "create table public.both (id int); grant usage on schema public to rentguy_app, witcom_app; grant all on public.both to rentguy_app, witcom_app"
        );
        await using var holder = await company.OpenAsync("witcom", SharedInstance.Database);
        await using var locking = new NpgsqlCommand("begin; lock table public.both", holder);
        await locking.ExecuteNonQueryAsync(cancellation);
        await using var waiter = await company.OpenAsync("rentguy", SharedInstance.Database);
        await using var waiting = new NpgsqlCommand("select * from public.both", waiter);
        var waits = waiting.ExecuteNonQueryAsync(cancellation);
        JsonElement wait = default;
        await Eventually.TrueAsync(
            "the wait is seen",
            async _ =>
            {
                await using var app = await company.AnotherAsync();
                using var client = await app.ApiAsAsync("admin");
                using var answer = await client.GetAsync("/api/v1/tenants/rentguy/databases", cancellation);
                var all = (await Json(answer)).GetProperty("items")[0].GetProperty("waits").EnumerateArray().ToList();
                wait = all.FirstOrDefault();
                return all.Count == 1;
            }
        );
        await using var ending = new NpgsqlCommand("rollback", holder);
        await ending.ExecuteNonQueryAsync(cancellation);
        await waits;
        Assert.Equal("rentguy_app", Text(wait, "role"));
        Assert.Equal(
            ["another tenant's role"],
            wait.GetProperty("blockedBy").EnumerateArray().Select(by => by.GetString())
        );
        await company.Instance.RunAsync(
            SharedInstance.Database,
            "drop table public.both; revoke usage on schema public from rentguy_app, witcom_app"
        );
    }

    private async Task<List<JsonElement>> ItemsAsync(string who, string path)
    {
        using var client = await company.App.ApiAsAsync(who);
        using var answer = await client.GetAsync(path);
        return [.. (await Json(answer)).GetProperty("items").EnumerateArray()];
    }

    private static async Task<JsonElement> InstanceAsync(SandboxApp app)
    {
        using var client = await app.ApiAsAsync("admin");
        using var answer = await client.GetAsync("/api/v1/databases/shared");
        return await Json(answer);
    }

    internal static async Task<JsonElement> Json(HttpResponseMessage answer)
    {
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    /// <summary>Two tenants by settings and one by labels, on one instance.</summary>
    public sealed class Company : IAsyncLifetime
    {
        public SharedInstance Instance { get; } = new();
        public SandboxApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await Instance.InitializeAsync();
            await Instance.PlaceAsync("rentguy");
            await Instance.PlaceAsync("witcom");
            await Instance.MakeDatabaseAsync(Odd);
            await Instance.RunAsync(
                Odd,
                $"comment on database {SharedInstance.Quoted(Odd)} is 'theirs, sevensa.tenant=psra-ltsd sevensa.backup=2026-11-28T01:30:00Z'; "
                    + "create schema \"Some.Schema\"\"\"; create table \"Some.Schema\"\"\".\"T 1\" (id int)"
            );
            App = await AnotherAsync();
        }

        public async Task<SandboxApp> AnotherAsync(params (string Key, string Value)[] other) =>
            await ConfiguredApp.StartAsync([
                .. Instance
                    .Settings()
                    .Concat(Instance.Placed(0, "rentguy"))
                    .Concat(Instance.Placed(1, "witcom"))
                    .Where(one => !other.Any(instead => instead.Key == one.Key)),
                .. other,
            ]);

        /// <summary>Signs in as a tenant's login.</summary>
        public async Task<NpgsqlConnection> OpenAsync(string tenant, string database)
        {
            var to = new NpgsqlConnectionStringBuilder(Instance.Cluster.ConnectionString)
            {
                Database = database,
                Username = $"{tenant}_app",
                Password = SharedInstance.PasswordOf(tenant),
                Pooling = false,
            };
            var connection = new NpgsqlConnection(to.ToString());
            await connection.OpenAsync();
            return connection;
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await Instance.DisposeAsync();
        }
    }
}
