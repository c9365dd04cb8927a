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

    /// <summary>Whatever is taken out of a file changes the manifests or what is said to be lost; else it would have been lost in silence.</summary>
    [Fact]
    public void Nothing_of_a_file_vanishes_unsaid()
    {
        var files = Directory
            .GetFiles(Path.Combine(Recorded.Datasets(), "compose"), "*_compose.y*ml")
            .Select(File.ReadAllText)
            .Append(Wide);
        foreach (var text in files)
        {
            var (root, _) = ComposeText.Read(text, nothing);
            var whole = Seen(root);
            foreach (var path in Leaves(root, []).ToList())
            {
                var without = (JsonObject)root.DeepClone();
                Remove(without, path);
                if (!MeansNothing(root, path))
                {
                    Assert.True(Seen(without) != whole, $"{string.Join('.', path)} makes no difference");
                }
            }
        }
    }

    [Fact]
    public void Ports_and_places_in_memory_keep_what_a_cluster_knows_of_them()
    {
        var report = ComposeMove.Of(Wide, "shop", nothing);
        var objects = ManifestForm.Read(report.Manifests);
        Assert.Empty(ManifestForm.Mistakes(objects));
        Assert.Contains("protocol: SCTP", report.Manifests, StringComparison.Ordinal);
        Assert.Contains("sizeLimit: 64Mi", report.Manifests, StringComparison.Ordinal);
        Assert.Contains("sizeLimit: 16Mi", report.Manifests, StringComparison.Ordinal);
        var losses = report
            .Losses.Where(loss => loss.Service == "web")
            .ToLookup(loss => loss.Where, loss => loss.Words);
        Assert.Contains("127.0.0.1:8080 for 80", losses["ports.published"].Single(), StringComparison.Ordinal);
        Assert.Contains("shop-web", losses["networks.front.aliases"].Single(), StringComparison.Ordinal);
    }

    /// <summary>Options within the fields that are carried over, as the Compose specification names them.</summary>
    private const string Wide = """
        services:
          web:
            image: web:1
            restart: always
            user: "1000:staff"
            entrypoint: []
            ports:
              - 127.0.0.1:8080:80
              - { target: 90, published: "9090", protocol: sctp, host_ip: 10.0.0.1, mode: host, name: admin, app_protocol: http }
            volumes:
              - data:/data:z,nocopy
              - { type: volume, source: data, target: /more, volume: { nocopy: "true", subpath: a } }
              - { type: tmpfs, target: /fast, tmpfs: { size: 16m, mode: "1777" } }
              - { type: bind, source: /srv, target: /srv, bind: { propagation: rshared, selinux: z } }
            tmpfs: "/tmp:size=64m,mode=1777"
            healthcheck: { test: [CMD, ok], interval: 5s, timeout: 2s, retries: 4, start_period: 20s, start_interval: 1s }
            stop_grace_period: 40s
            stop_signal: SIGQUIT
            mem_limit: 1g
            cpus: "0.5"
            mem_reservation: 64m
            deploy:
              mode: replicated
              replicas: 2
              labels: { a: b }
              update_config: { parallelism: 1 }
              placement: { constraints: [node.role == worker] }
              restart_policy: { condition: any }
              resources:
                limits: { memory: 512m, pids: 100 }
                reservations: { cpus: "0.25", devices: [{ capabilities: [gpu] }] }
            scale: 3
            logging: { driver: json-file, options: { max-size: 10m } }
            ulimits: { nofile: { soft: 1, hard: 2 } }
            networks: { front: { aliases: [shop-web], ipv4_address: 10.0.0.7 } }
            secrets: [{ source: key, target: key.pem, uid: "103", mode: "0440" }]
            configs: [{ source: http, target: /etc/http }]
            depends_on: { db: { condition: service_healthy, restart: "true", required: "false" } }
            env_file: [{ path: web.env, required: "false" }]
            profiles: [late]
            extends: { service: db }
            pull_policy: always
            security_opt: [no-new-privileges:true, apparmor:web]
            environment: { A: b, LATER: }
            labels: { traefik.http.routers.web.rule: Host(`a.example`), other: words }
          db:
            image: db:1
            expose: ["5432"]
        volumes: { data: { driver: local, external: "true" }, spare: }
        networks: { front: { internal: "true" } }
        secrets: { key: { file: ./key } }
        configs: { http: { file: ./http } }
        """;

    /// <summary>All that a report tells but the name, with the losses of fields that hold others by their fields alone.</summary>
    private static string Seen(JsonObject root)
    {
        var report = ComposeMove.Of(
            (JsonObject)root.DeepClone(),
            "shop",
            [],
            new Dictionary<string, IReadOnlyList<string>>()
        );
        return report.Manifests
            + string.Join('\n', report.Losses)
            + string.Join('\n', report.Services.Select(service => service.Name + service.Kind + service.Readiness));
    }

    private static IEnumerable<string[]> Leaves(JsonNode? node, string[] path) =>
        node switch
        {
            JsonObject map when map.Count > 0 => map.SelectMany(pair => Leaves(pair.Value, [.. path, pair.Key])),
            JsonArray list when list.Count > 0 => list.SelectMany(
                (one, at) => Leaves(one, [.. path, at.ToString(System.Globalization.CultureInfo.InvariantCulture)])
            ),
            _ => [path],
        };

    private static void Remove(JsonNode root, string[] path)
    {
        var at = root;
        foreach (var step in path[..^1])
        {
            at = Step(at, step)!;
        }
        if (at is JsonArray list)
        {
            list.RemoveAt(int.Parse(path[^1], System.Globalization.CultureInfo.InvariantCulture));
        }
        else
        {
            ((JsonObject)at).Remove(path[^1]);
        }
    }

    private static JsonNode? Step(JsonNode node, string step) =>
        node is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : node[step];

    /// <summary>
    /// What is said to be lost by the field above it (its options are the file's own to read there), and what says the same as if
    /// it were not there.
    /// </summary>
    private static bool MeansNothing(JsonObject root, string[] path)
    {
        if (path is ["name"] or ["services", _] or ["volumes", _])
        {
            return true;
        }
        var field = path is ["services", _, var of, ..] ? of : path[0];
        string[] whole =
        [
            "build",
            "logging",
            "ulimits",
            "configs",
            "env_file",
            "extends",
            "profiles",
            "networks",
            "devices",
            "sysctls",
            "extra_hosts",
            "x-common",
            "include",
            "dns",
        ];
        if (field == "deploy" && path is [_, _, _, not ("resources" or "replicas"), _, ..])
        {
            return true;
        }
        if (field == "deploy" && path.Contains("devices"))
        {
            return true;
        }
        // What the field's words repeat is held by the other tests; its options are not told one by one.
        if (whole.Contains(field) && path.Length > (path[0] == "services" ? 3 : 1) && !path.Contains("aliases"))
        {
            return true;
        }
        var said = path.Aggregate((JsonNode?)root, (node, step) => node is null ? null : Step(node, step));
        return (field, said?.ToString()) is ("healthcheck", "30s" or "3" or "0s") or ("ports", "tcp" or "ingress")
            || (field == "volumes" && said?.ToString() is "false" or "bind");
    }

    [Fact]
    public void What_an_Ingress_can_not_say_becomes_Traefiks_own_objects()
    {
        const string file = """
            services:
              web:
                image: web:2
                restart: always
                expose: ["8080"]
                labels:
                  traefik.enable: "true"
                  traefik.http.routers.web.rule: Host(`a.example`) || Host(`b.example`)
                  traefik.http.routers.web.entrypoints: websecure
                  traefik.http.routers.web.tls.certresolver: letsencrypt
                  traefik.http.routers.web.middlewares: strip@docker,door,elsewhere@file
                  traefik.http.middlewares.strip.stripprefix.prefixes: /a,/b
                  traefik.http.middlewares.door.basicauth.users: olga:$$apr1$$made-up
                  traefik.http.middlewares.head.headers.customresponseheaders.X-Robots-Tag: none
                  traefik.http.middlewares.head.headers.stsseconds: "31536000"
                  traefik.http.middlewares.head.headers.customrequestheaders.Authorization: made-up-word
                  traefik.http.middlewares.odd.grpcweb.alloworigins: "*"
                  traefik.tcp.routers.db.rule: HostSNI(`*`)
            """;
        var report = ComposeMove.Of(file, "shop", nothing);
        var objects = ManifestForm.Read(report.Manifests);
        Assert.Empty(ManifestForm.Mistakes(objects));
        JsonNode One(string kind, string name) =>
            Assert.Single(
                objects,
                one => one["kind"]!.ToString() == kind && one["metadata"]!["name"]!.ToString() == name
            )["spec"]!;
        var route = One("IngressRoute", "web");
        Assert.Equal("Host(`a.example`) || Host(`b.example`)", route["routes"]![0]!["match"]!.ToString());
        Assert.Equal(8080, route["routes"]![0]!["services"]![0]!["port"]!.GetValue<int>());
        Assert.Equal(
            ["strip", "door", "elsewhere"],
            ((JsonArray)route["routes"]![0]!["middlewares"]!).Select(one => one!["name"]!.ToString())
        );
        Assert.Equal("letsencrypt", route["tls"]!["certResolver"]!.ToString());
        Assert.Equal("/b", One("Middleware", "strip")["stripPrefix"]!["prefixes"]![1]!.ToString());
        Assert.Equal("door-users", One("Middleware", "door")["basicAuth"]!["secret"]!.ToString());
        Assert.Equal(31536000, One("Middleware", "head")["headers"]!["stsSeconds"]!.GetValue<int>());
        Assert.DoesNotContain("made-up", report.Manifests + string.Join(' ', report.Losses), StringComparison.Ordinal);
        Assert.DoesNotContain(objects, one => one["kind"]!.ToString() == "Ingress");
        // Nothing is served past a check that is not there: the name stays, and what is missing has to be decided.
        Assert.Equal(
            5,
            report.Losses.Count(loss => loss.Blocks && loss.Where.StartsWith("traefik.", StringComparison.Ordinal))
        );
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
