using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Classes with it run one after another on one instance.</summary>
[CollectionDefinition(Name)]
public sealed class ProvisionedCollection : ICollectionFixture<ProvisionedInstance>
{
    public const string Name = "provisioned instance";
}

/// <summary>A real PostgreSQL with an administrative role that is no superuser: two tenants with places of their own, and a third that has none yet.</summary>
public sealed class ProvisionedInstance : IAsyncLifetime
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;
    private IEnumerable<(string, string)> administered = [];

    public SharedInstance Instance { get; } = new();
    public SandboxApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Instance.InitializeAsync();
        await Instance.PlaceAsync("rentguy");
        await Instance.PlaceAsync("witcom");
        administered = await Instance.AdministeredAsync();
        App = await AnotherAsync();
    }

    public async Task<SandboxApp> AnotherAsync(params (string Key, string Value)[] other) =>
        await ConfiguredApp.StartAsync([
            .. Instance
                .Settings()
                .Concat(administered)
                .Concat(Instance.Placed(0, "rentguy"))
                .Concat(Instance.Placed(1, "witcom")),
            .. other,
        ]);

    public Task<(HttpStatusCode, JsonNode?)> TryProposeAsync(
        HttpClient client,
        string kind,
        string tenant,
        string target,
        object parameters
    ) =>
        AlertsApi.SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/proposals",
            new
            {
                kind,
                tenant,
                target,
                parameters,
                reason = "a place of its own",
                evidence = Array.Empty<object>(),
            }
        );

    /// <summary>Proves, and returns what leaks.</summary>
    public async Task<List<JsonNode>> ProveAsync(HttpClient client, params string[] tenants)
    {
        var (_, begun) = await AlertsApi.SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/databases/shared/proof",
            new { tenants }
        );
        var path = $"/api/v1/databases/shared/proofs/{(string)begun!["id"]!}";
        JsonNode? proof = null;
        await Eventually.TrueAsync(
            "the proof has ended",
            async _ => (string?)(proof = await AlertsApi.GetAsync(client, path))["state"] == "ended"
        );
        return [.. proof!["attempts"]!.AsArray().Where(one => (string?)one!["outcome"] == "leak").Select(one => one!)];
    }

    public async Task<JsonNode> SecretAsync(string path)
    {
        var vault = App.Services.GetRequiredService<Func<Sevensa.Dashboard.Features.Secrets.Vault.VaultClient>>()();
        var full = $"psra-ltsd/{path}";
        var version = (await vault.MetadataAsync(full, Stop))!.CurrentVersion;
        return JsonSerializer.SerializeToNode(await vault.DataAsync(full, version, Stop))!;
    }

    public async Task WriteSecretAsync(string path)
    {
        var vault = App.Services.GetRequiredService<Func<Sevensa.Dashboard.Features.Secrets.Vault.VaultClient>>()();
        Assert.NotNull(
            await vault.WriteAsync(
                $"psra-ltsd/{path}",
                new Dictionary<string, JsonElement> { ["a"] = JsonSerializer.SerializeToElement("b") },
                0,
                Stop
            )
        );
    }

    public async Task RunAsAsync(JsonNode secret, string sql)
    {
        var to = new NpgsqlConnectionStringBuilder
        {
            Host = (string)secret["host"]!,
            Port = int.Parse((string)secret["port"]!, System.Globalization.CultureInfo.InvariantCulture),
            Database = (string)secret["database"]!,
            Username = (string)secret["username"]!,
            Password = (string)secret["password"]!,
            Pooling = false,
        };
        await using var source = NpgsqlDataSource.Create(to.ToString());
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Stop);
    }

    public async Task<string> AskAsync(string database, string sql)
    {
        var to = new NpgsqlConnectionStringBuilder(Instance.Cluster.ConnectionString)
        {
            Database = database,
            Pooling = false,
        };
        await using var source = NpgsqlDataSource.Create(to.ToString());
        await using var command = source.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Stop))!.ToString()!;
    }

    /// <summary>Databases, schemas, roles and memberships.</summary>
    public Task<string> PictureAsync() =>
        AskAsync(
            "shared",
            """
            select concat_ws('|', (select string_agg(datname || datacl::text, ',' order by datname) from pg_database),
              (select string_agg(nspname, ',' order by 1) from pg_namespace where nspname !~ '^pg_'),
              (select string_agg(rolname, ',' order by 1) from pg_roles),
              (select count(*) from pg_auth_members), (select count(*) from pg_default_acl))
            """
        );

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        await Instance.DisposeAsync();
    }
}
