using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Workloads.Moving;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

/// <summary>A Compose project as manifests: the form is the server's, no value of a secret is in it, nothing is lost in silence.</summary>
public sealed class ComposeMoveTests
{
    private static readonly Dictionary<string, string> nothing = [];

    [Fact]
    public void Every_published_file_converts_in_the_servers_form_and_shows_no_secret()
    {
        var files = Directory.GetFiles(Path.Combine(Recorded.Datasets(), "compose"), "*_compose.y*ml");
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var report = ComposeMove.Of(File.ReadAllText(file), Path.GetFileName(file), nothing);
            var mistakes = ManifestForm.Mistakes(ManifestForm.Read(report.Manifests));
            Assert.True(mistakes.Count == 0, $"{file}:\n{string.Join("\n", mistakes)}");
            var all = report.Manifests + string.Join("\n", report.Losses.Select(loss => loss.Words));
            Assert.DoesNotContain("example_123", all, StringComparison.Ordinal);
            Assert.DoesNotContain("whalehello", all, StringComparison.Ordinal);
            Assert.NotEmpty(report.CutOver);
        }
    }

    [Fact]
    public void What_does_not_go_along_is_named_by_its_field()
    {
        const string file = """
            x-common: &common { restart: always, cpus: "0.5" }
            include: [other.yaml]
            services:
              odd:
                <<: *common
                image: odd:1
                privileged: true
                network_mode: service:db
                devices: [/dev/kvm]
                ulimits: { nofile: 1000 }
                extra_hosts: [a:1.2.3.4]
                profiles: [late]
                env_file: .env
                extends: { service: db }
                sysctls: { net.core.somaxconn: 1024 }
                links: [db]
                build: .
                x-mine: yes
                volumes: [./here:/there]
                depends_on: { db: { condition: service_healthy } }
              db:
                image: postgres:17
                restart: "no"
                mem_limit: 1024m
                volumes: [data:/var/lib/postgresql/data]
            volumes: { data: }
            """;
        var report = ComposeMove.Of(file, "shop", nothing);
        string[] fields =
        [
            "privileged",
            "network_mode",
            "devices",
            "ulimits",
            "extra_hosts",
            "profiles",
            "env_file",
            "extends",
            "sysctls",
            "links",
            "build",
            "x-mine",
            "volumes",
            "depends_on",
        ];
        Assert.Empty(fields.Except(report.Losses.Where(loss => loss.Service == "odd").Select(loss => loss.Where)));
        Assert.Contains(report.Losses, loss => loss is { Service: "db", Where: "restart" });
        Assert.Contains(report.Losses, loss => loss is { Service: null, Where: "include", Blocks: true });
        Assert.Equal(["blocked", "look"], report.Services.Select(service => service.Readiness));
        Assert.Equal(["Deployment", "StatefulSet"], report.Services.Select(service => service.Kind));
        Assert.Contains("cpu: 500m", report.Manifests, StringComparison.Ordinal);
        Assert.Contains("memory: 1Gi", report.Manifests, StringComparison.Ordinal);
        Assert.Empty(ManifestForm.Mistakes(ManifestForm.Read(report.Manifests)));
    }

    [Fact]
    public void A_route_an_autoscaler_a_probe_and_a_declared_flow_become_objects()
    {
        const string file = """
            services:
              web:
                image: web:${TAG:-2}
                restart: always
                expose: [8080]
                depends_on: [api]
                healthcheck: { test: [CMD, check, $$HOME], interval: 5s, start_period: 12s }
                labels:
                  sevensa.autoscale: 2-6
                  traefik.http.routers.web.rule: Host(`shop.example`) && PathPrefix(`/a`)
                  traefik.http.routers.web.tls: "true"
              api: { image: api, expose: ["9000"] }
            """;
        var objects = ManifestForm.Read(ComposeMove.Of(file, "shop", nothing).Manifests);
        Assert.Empty(ManifestForm.Mistakes(objects));
        JsonObject One(string kind, string name) =>
            Assert.Single(
                objects,
                one => one["kind"]!.ToString() == kind && one["metadata"]!["name"]!.ToString() == name
            );
        var container = One("Deployment", "web")["spec"]!["template"]!["spec"]!["containers"]![0]!;
        Assert.Equal("web:2", container["image"]!.ToString());
        Assert.Equal("$HOME", container["readinessProbe"]!["exec"]!["command"]![1]!.ToString());
        Assert.Equal(6, container["startupProbe"]!["failureThreshold"]!.GetValue<int>());
        Assert.Null(One("Deployment", "web")["spec"]!["replicas"]);
        Assert.Equal(6, One("HorizontalPodAutoscaler", "web")["spec"]!["maxReplicas"]!.GetValue<int>());
        Assert.Equal("shop.example", One("Ingress", "web")["spec"]!["rules"]![0]!["host"]!.ToString());
        var peer = One("NetworkPolicy", "api")["spec"]!["ingress"]![0]!["from"]![0]!["podSelector"]!["matchLabels"]!;
        Assert.Equal("web", peer["app.kubernetes.io/name"]!.ToString());
    }

    [Theory]
    [InlineData("a: &a [*a]")]
    [InlineData("services: 7")]
    [InlineData("services: { a: }")]
    [InlineData("services: { a.b: { image: x }, a-b: { image: y } }")]
    [InlineData("{")]
    [InlineData("")]
    public void What_is_no_compose_file_is_refused_in_words(string text) =>
        Assert.NotEmpty(Assert.Throws<UnreadableComposeException>(() => ComposeMove.Of(text, null, nothing)).Message);

    [Fact]
    public void A_file_nested_without_end_is_refused_before_it_is_built() =>
        Assert.Throws<UnreadableComposeException>(() => ComposeMove.Of(new string('[', 100_000), null, nothing));
}

/// <summary>The move by HTTP.</summary>
public sealed class ComposeMoveApiTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task A_file_is_answered_with_manifests_and_losses_and_another_tenant_is_not_there()
    {
        var body = new { compose = "services: { web: { image: web:1, ports: [8080:80] } }", project = "shop" };
        using var operators = await app.ApiAsAsync("operator");
        using var answer = await operators.PostAsJsonAsync(
            "/api/v1/tenants/rentguy/workloads/move",
            body,
            Xunit.TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var told = await answer.Content.ReadAsStringAsync(Xunit.TestContext.Current.CancellationToken);
        Assert.Contains("kind: Deployment", told, StringComparison.Ordinal);
        using var client = await app.ApiAsAsync("client-rentguy");
        using var refused = await client.PostAsJsonAsync(
            "/api/v1/tenants/witcom/workloads/move",
            body,
            Xunit.TestContext.Current.CancellationToken
        );
        Assert.False(refused.IsSuccessStatusCode);
        using var unread = await operators.PostAsJsonAsync(
            "/api/v1/tenants/rentguy/workloads/move",
            new { compose = "{" },
            Xunit.TestContext.Current.CancellationToken
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unread.StatusCode);
    }
}
