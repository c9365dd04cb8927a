using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Sevensa.Dashboard.E2E.Fixtures;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>What lies in docker/ does in the real servers what it says.</summary>
public sealed class StackConfiguration
{
    private static string Read(string path) => File.ReadAllText(Path.Combine(Workspace.Root, "docker", path));

    [Fact]
    public async Task PrometheusGivesEverySeriesItsTenantAndService()
    {
        await using var traefik = await FixedMetrics.StartAsync(
            """
            # TYPE traefik_service_requests_total counter
            traefik_service_requests_total{code="200",method="GET",protocol="http",service="rentguy-api@file"} 5
            traefik_service_requests_total{code="200",method="GET",protocol="http",service="psra-ltsd-certificate-worker@file"} 7
            traefik_service_requests_total{code="200",method="GET",protocol="http",service="stranger@docker"} 9
            traefik_service_requests_total{code="200",method="GET",protocol="http",service="web-shop-psra-ltsd@docker"} 11
            # TYPE traefik_router_requests_total counter
            traefik_router_requests_total{code="200",router="witcom-psra-api@docker",service="api@internal"} 2
            traefik_router_requests_total{code="200",router="websecure-rentguy-api@file",service="weighted@file"} 3
            traefik_router_requests_total{code="200",router="web-api-rentguy@docker",service="api@internal"} 4
            traefik_router_requests_total{code="200",router="websecure-conflicted-rentguy-web@file",service="weighted@file"} 5
            # TYPE traefik_entrypoint_requests_total counter
            traefik_entrypoint_requests_total{code="200",entrypoint="websecure",method="GET",protocol="http"} 21

            """
        );
        await using var runner = await FixedMetrics.StartAsync(
            """
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{id="/docker/4f2a",name="rentguy-api",tenant="rentguy",service="api"} 12
            # TYPE process_cpu_seconds_total counter
            process_cpu_seconds_total 3

            """
        );
        await using var cadvisor = await FixedMetrics.StartAsync(
            """
            # TYPE container_cpu_usage_seconds_total counter
            container_cpu_usage_seconds_total{id="/docker/1",name="a",image="x",container_label_sevensa_tenant="witcom",container_label_sevensa_service="psra-api",container_label_com_docker_compose_project="rentguy",container_label_com_docker_compose_service="other"} 1
            container_cpu_usage_seconds_total{id="/docker/2",name="b",image="x",container_label_com_docker_compose_project="psra-ltsd",container_label_com_docker_compose_service="api"} 1
            container_cpu_usage_seconds_total{id="/docker/3",name="c",image="x",container_label_com_docker_compose_project="somebody"} 1
            container_cpu_usage_seconds_total{id="/system.slice",name="",image=""} 1
            # TYPE machine_cpu_cores gauge
            machine_cpu_cores 4

            """
        );
        await using var service = await FixedMetrics.StartAsync(
            """
            # TYPE http_server_request_duration_seconds histogram
            http_server_request_duration_seconds_bucket{http_response_status_code="500",tenant="witcom",le="+Inf"} 3
            http_server_request_duration_seconds_count{http_response_status_code="500",tenant="witcom"} 3
            # TYPE http_server_requests_seconds_count counter
            http_server_requests_seconds_count{status="200",outcome="SUCCESS"} 9

            """
        );
        var targets = Workspace.NewFolder("targets");
        await File.WriteAllTextAsync(Path.Combine(targets, "cadvisor.yml"), $"- targets: ['{cadvisor.Address}']\n");
        await File.WriteAllTextAsync(
            Path.Combine(targets, "services.yml"),
            $"- targets: ['{service.Address}']\n  labels: {{ tenant: rentguy, service: api }}\n"
        );
        var text = Read("prometheus/prometheus.yml")
            .Replace("targets/", targets + "/", StringComparison.Ordinal)
            .Replace("traefik:8082", traefik.Address, StringComparison.Ordinal)
            .Replace("runner:9464", runner.Address, StringComparison.Ordinal);
        var token = Path.GetTempFileName();
        await File.WriteAllTextAsync(token, "token");
        text = text.Replace("/run/secrets/runner_metrics_token", token, StringComparison.Ordinal);
        text = Regex.Replace(text, @"(?m)^\s+scrape_(interval|timeout): .*\n", "");
        text = text.Replace(
            "global:\n",
            "global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\n",
            StringComparison.Ordinal
        );
        text = text.Replace("rule_files: [rules/*.yml, rules.d/*.yml]\n", "", StringComparison.Ordinal);

        await using var prometheus = new PrometheusServer { Configuration = text };
        await prometheus.InitializeAsync();
        using var http = new HttpClient { BaseAddress = prometheus.Url };

        Assert.Equal(
            ["platform/stranger@docker", "psra-ltsd/certificate-worker", "psra-ltsd/web-shop", "rentguy/api"],
            await TenantsAndServicesAsync(http, "traefik_service_requests_total", 4)
        );
        Assert.Equal(
            ["rentguy/api", "rentguy/api", "rentguy/web", "witcom/psra-api"],
            await TenantsAndServicesAsync(http, "traefik_router_requests_total", 4)
        );
        Assert.Equal(["platform/traefik"], await TenantsAndServicesAsync(http, "traefik_entrypoint_requests_total", 1));
        Assert.Equal(
            ["rentguy/api"],
            await TenantsAndServicesAsync(http, "container_cpu_usage_seconds_total{job='runner'}", 1)
        );
        // A container's own label before its project's name; what is nobody's is the platform's; cgroups are left out.
        Assert.Equal(
            ["platform/c", "psra-ltsd/api", "witcom/psra-api"],
            await TenantsAndServicesAsync(http, "container_cpu_usage_seconds_total{job='cadvisor'}", 3)
        );
        Assert.Equal(["platform/"], await TenantsAndServicesAsync(http, "machine_cpu_cores", 1));
        // One name for the histograms of several libraries, one label for the status, and the target's word for whose it is.
        Assert.Equal(
            ["rentguy/api", "rentguy/api"],
            await TenantsAndServicesAsync(http, "http_request_duration_seconds_count", 2)
        );
        Assert.Equal(
            ["rentguy/api"],
            await TenantsAndServicesAsync(http, "http_request_duration_seconds_count{code='500'}", 1)
        );
        Assert.Equal(
            ["rentguy/api"],
            await TenantsAndServicesAsync(
                http,
                "http_request_duration_seconds_bucket{code='500',exported_tenant=''}",
                1
            )
        );
        Assert.Equal(["platform/"], await TenantsAndServicesAsync(http, "process_cpu_seconds_total{job='runner'}", 1));
        File.Delete(token);
        Directory.Delete(targets, recursive: true);
    }

    [Fact]
    public async Task PostgresAdmitsTheDashboardToItsDatabaseAndNobodyElse()
    {
        await using var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        const string Password = "it's a \"password\"";
        var folder = Workspace.NewFolder("init");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "password"), Password);
            var script = Path.Combine(folder, "10-dashboard.sql");
            await File.WriteAllTextAsync(
                script,
                Read("postgres/init/10-dashboard.sql")
                    .Replace(
                        "/run/secrets/dashboard_db_password",
                        Path.Combine(folder, "password"),
                        StringComparison.Ordinal
                    )
            );
            await cluster.RunScriptAsync(script);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        await cluster.AdmitAsync(Read("postgres/pg_hba.conf"));

        var dashboard = new NpgsqlConnectionStringBuilder(cluster.ConnectionString)
        {
            Username = "dashboard",
            Password = Password,
            Database = "dashboard",
            Pooling = false,
        };
        await Eventually.TrueAsync(
            "the dashboard may create what it needs",
            async token =>
            {
                await using var connection = new NpgsqlConnection(dashboard.ConnectionString);
                await connection.OpenAsync(token);
                await using var table = new NpgsqlCommand("create table if not exists t (n int)", connection);
                await table.ExecuteNonQueryAsync(token);
                return true;
            }
        );
        dashboard.Database = "postgres";
        Assert.Equal(
            PostgresErrorCodes.InvalidAuthorizationSpecification,
            await RefusedAsync(dashboard.ConnectionString)
        );
        Assert.Equal(
            PostgresErrorCodes.InvalidAuthorizationSpecification,
            await RefusedAsync(cluster.ConnectionString + ";Pooling=false")
        );
    }

    [Fact]
    public async Task TheDashboardUnderstandsEverySettingThatTheStackGivesIt()
    {
        await using var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        var folder = Workspace.NewFolder("stack");
        try
        {
            var environment = new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Workspace.FreePort()}",
                ["Storage__Folder"] = Path.Combine(folder, "data"),
            };
            foreach (var (key, value) in EnvironmentOf("dashboard"))
            {
                var text = Regex.Replace(value, @"\$\{(\w+):\?[^}]*\}", "$1");
                text = Regex.Replace(text, @"\$\{\w+:-([^}]*)\}", "$1");
                if (text.StartsWith("/run/secrets/", StringComparison.Ordinal))
                {
                    text = Path.Combine(folder, text["/run/secrets/".Length..]);
                    await File.WriteAllTextAsync(text, "a secret");
                }
                environment[key] = text;
            }
            var store = new NpgsqlConnectionStringBuilder(await cluster.DatabaseAsync("dashboard"));
            await File.WriteAllTextAsync(environment["Storage__PostgresPasswordFile"]!, store.Password);
            store.Password = null;
            environment["Storage__Postgres"] = store.ConnectionString;
            environment.Remove("SSL_CERT_FILE");

            await using var dashboard = ServerProcess.Start(
                "dashboard",
                "dotnet",
                [Workspace.DashboardAssembly],
                environment,
                folder
            );
            // It prints every setting that it does not know, and ends, before it would listen.
            await dashboard.LineAsync("Now listening on");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Key, string Value)> EnvironmentOf(string service)
    {
        var parser = new MergingParser(new Parser(new StringReader(Read("compose.yaml"))));
        var root = (IDictionary<object, object>)new DeserializerBuilder().Build().Deserialize(parser)!;
        var services = (IDictionary<object, object>)root["services"];
        var environment = (IDictionary<object, object>)((IDictionary<object, object>)services[service])["environment"];
        return environment.Select(pair => ((string)pair.Key, (string)pair.Value));
    }

    private static async Task<string> RefusedAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        return (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync())).SqlState;
    }

    private static Task<string[]> TenantsAndServicesAsync(HttpClient http, string query, int count) =>
        Eventually.GetAsync(
            $"{count} series of {query}",
            async token =>
            {
                var answer = await http.GetFromJsonAsync<JsonNode>(
                    new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative),
                    token
                );
                var result = (JsonArray)answer!["data"]!["result"]!;
                return result.Count < count
                    ? null
                    : result
                        .Select(s => $"{s!["metric"]!["tenant"]}/{s["metric"]!["service"]}")
                        .Order(StringComparer.Ordinal)
                        .ToArray();
            }
        );
}
