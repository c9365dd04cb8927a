using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Workloads;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>
/// docker/kubernetes: the objects are in the server's strict form, and every probe, port, path, flag, setting and right that they
/// have is one that the program knows.
/// </summary>
public sealed class KubernetesFilesTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static readonly string folder = Path.Combine(ComposeFile.Folder, "kubernetes");

    private static readonly string[] layers = ["base", "runner", "tenant", "overlays/redis", "overlays/traefik"];

    public static TheoryData<string> Sets => new() { "files", "chart", "chart for one" };

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_object_is_in_the_servers_strict_form(string set)
    {
        var objects = Of(set);

        Assert.Empty(ManifestForm.Mistakes(objects));
        Assert.Contains(objects, one => Kind(one) == "PodDisruptionBudget");
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_pod_is_within_the_restricted_standard(string set) =>
        Assert.All(
            Pods(set),
            pod =>
            {
                var isolation = PodSecurity.Of(Element(pod["spec"]!["template"]!));
                Assert.True(isolation.Level == "restricted", string.Join("; ", isolation.Breaches));
                var container = Container(pod);
                Assert.True(container["securityContext"]!["readOnlyRootFilesystem"]!.GetValue<bool>());
                Assert.NotNull(container["resources"]!["limits"]!["memory"]);
                Assert.NotNull(container["livenessProbe"]);
            }
        );

    [Theory]
    [MemberData(nameof(Sets))]
    public async Task The_dashboard_answers_its_probes_and_its_routes_lead_somewhere(string set)
    {
        var container = Container(Named(set, "StatefulSet", "sevensa-dashboard"));
        Assert.Equal(
            "/healthz /readyz /healthz",
            string.Join(
                ' ',
                new[] { "startupProbe", "readinessProbe", "livenessProbe" }.Select(probe =>
                    container[probe]!["httpGet"]!["path"]!.ToString()
                )
            )
        );
        var paths = Of(set)
            .Where(one => Kind(one) == "Ingress")
            .SelectMany(one => (JsonArray)one["spec"]!["rules"]![0]!["http"]!["paths"]!)
            .Select(path => path!["path"]!.ToString());
        using var client = app.CreateClient();
        foreach (var path in paths.Concat(["/healthz", "/readyz"]))
        {
            using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.NotEqual(HttpStatusCode.NotFound, answer.StatusCode);
        }
        var port = container["ports"]![0]!["containerPort"]!.ToString();
        var image = await File.ReadAllTextAsync(
            Path.Combine(ComposeFile.Folder, "Dockerfile"),
            TestContext.Current.CancellationToken
        );
        Assert.Contains($"ASPNETCORE_HTTP_PORTS={port}", image, StringComparison.Ordinal);
        Assert.Contains("USER 1654:1654", image, StringComparison.Ordinal);
    }

    /// <summary>A dashboard is ready once hosts have told: a Service of ready pods alone would never let them in.</summary>
    [Theory]
    [MemberData(nameof(Sets))]
    public void Runners_reach_a_dashboard_that_is_not_ready(string set)
    {
        var hub = Named(set, "Service", "sevensa-dashboard-hub");
        Assert.True(hub["spec"]!["publishNotReadyAddresses"]!.GetValue<bool>());
        Assert.Contains(
            Arguments(set),
            word => word.StartsWith("--hub=http://sevensa-dashboard-hub:8080", StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_runner_knows_its_flags(string set)
    {
        var command = RunnerCommand.Describe(new RootCommand());
        var line = command.Parse([.. Arguments(set)]);
        Assert.Empty(line.UnmatchedTokens);
        string Given(string flag) =>
            Arguments(set).Single(word => word.StartsWith(flag, StringComparison.Ordinal))[flag.Length..];
        var settings = ClusterSettings.Parse(Given("--kubernetes="), null, null, null, Given("--namespaces="));
        Assert.Equal("rentguy", settings.Tenants["rentguy"]);
        var port = Container(Named(set, "StatefulSet", "sevensa-runner"))["ports"]![0]!["containerPort"]!;
        Assert.EndsWith($":{port}", Given("--metrics="), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_runners_rights_are_all_that_it_asks_for_and_no_secret(string set)
    {
        var rules = Of(set)
            .Where(one => Kind(one) == "Role")
            .SelectMany(one => (JsonArray)one["rules"]!)
            .Select(rule => rule!.DeepClone())
            .ToArray();
        var review = new JsonObject
        {
            ["status"] = new JsonObject { ["incomplete"] = false, ["resourceRules"] = new JsonArray(rules) },
        };
        Assert.Empty(RightsReview.Missing(Element(review), "rentguy", ["traefik.io", "metrics.k8s.io"]));
        var words = rules.SelectMany(rule =>
            ((JsonArray)rule["resources"]!).Concat((JsonArray)rule["verbs"]!).Select(word => word!.ToString())
        );
        Assert.Empty(words.Intersect(["*", "secrets", "configmaps", "pods/exec", "pods/eviction", "update"]));
        var whole = Assert.Single(Of(set), one => Kind(one) == "ClusterRole")["rules"]![0]!;
        Assert.Equal("""["namespaces","nodes"]""", whole["resources"]!.ToJsonString());
        Assert.Equal("""["get","list","watch"]""", whole["verbs"]!.ToJsonString());
    }

    [Fact]
    public void Every_setting_is_in_the_readmes_table_and_every_file_in_the_guide()
    {
        var readme = File.ReadAllText(Path.Combine(ComposeFile.Folder, "..", "README.md"));
        var guide = File.ReadAllText(Path.Combine(ComposeFile.Folder, "..", "docs", "kubernetes.md"));
        foreach (
            var (name, value) in Of("chart")
                .Concat(Of("files"))
                .Where(one => Kind(one) == "ConfigMap")
                .SelectMany(one => (JsonObject)one["data"]!)
        )
        {
            Assert.Contains($"`{name.Replace("__", ":", StringComparison.Ordinal)}`", readme, StringComparison.Ordinal);
            if (value!.ToString() is var path && path.StartsWith("/run/secrets/", StringComparison.Ordinal))
            {
                Assert.Contains($"--from-file={Path.GetFileName(path)}", guide, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Kustomize_finds_what_its_files_name()
    {
        foreach (var layer in layers)
        {
            var here = Path.Combine(folder, layer);
            var told = (JsonObject)YamlText.Read(File.ReadAllText(Path.Combine(here, "kustomization.yaml")))!;
            var named = ((JsonArray)told["resources"]!)
                .Select(one => one!.ToString())
                .Concat((told["patches"] as JsonArray ?? []).Select(one => one!["path"]!.ToString()))
                .Select(name => Path.GetFullPath(Path.Combine(here, name)))
                .ToList();
            Assert.All(named, path => Assert.True(File.Exists(path) || Directory.Exists(path), path));
            Assert.Empty(
                Directory
                    .GetFiles(here)
                    .Except(named)
                    .Where(path => !path.EndsWith("kustomization.yaml", StringComparison.Ordinal))
            );
        }
    }

    [Fact]
    public void The_chart_makes_the_pods_that_the_files_make()
    {
        foreach (var name in new[] { "sevensa-dashboard", "sevensa-runner" })
        {
            var (file, chart) = (
                Container(Named("files", "StatefulSet", name)),
                Container(Named("chart", "StatefulSet", name))
            );
            foreach (
                var field in new[]
                {
                    "image",
                    "startupProbe",
                    "readinessProbe",
                    "livenessProbe",
                    "securityContext",
                    "volumeMounts",
                    "resources",
                }
            )
            {
                Assert.True(JsonNode.DeepEquals(file[field], chart[field]), $"{name}: {field}");
            }
        }
    }

    [Fact]
    public void One_dashboard_needs_no_Redis()
    {
        var data = Named("chart for one", "ConfigMap", "sevensa-dashboard")["data"]!;
        Assert.Null(data["Redis__ConnectionString"]);
        Assert.Equal("http://prometheus:9090", data["Prometheus__Url"]!.ToString());
        Assert.DoesNotContain(Of("chart for one"), one => one["metadata"]!["name"]!.ToString() == "sevensa-redis");
    }

    private static IReadOnlyList<JsonObject> Of(string set) =>
        set switch
        {
            "chart" => ChartText.Objects(Path.Combine(folder, "chart")),
            "chart for one" => ChartText.Objects(
                Path.Combine(folder, "chart"),
                values =>
                {
                    values["dashboard"]!["replicas"] = 1;
                    values["redis"]!["install"] = false;
                    values["redis"]!["address"] = "";
                    values["ingress"]!["traefik"] = false;
                    values["settings"] = new JsonObject { ["Prometheus__Url"] = "http://prometheus:9090" };
                    values["runner"]!["namespaces"]!["rentguy-test"] = "rentguy";
                }
            ),
            // Patches change what is there; they are objects of their own only for kustomize.
            _ =>
            [
                .. layers
                    .SelectMany(layer => Directory.GetFiles(Path.Combine(folder, layer), "*.yaml"))
                    .Where(file =>
                        Path.GetFileName(file) is not ("kustomization.yaml" or "replicas.yaml" or "sticky.yaml")
                    )
                    .Where(file => !file.EndsWith("redis/settings.yaml", StringComparison.Ordinal))
                    .SelectMany(file => ManifestForm.Read(File.ReadAllText(file))),
            ],
        };

    private static IEnumerable<JsonObject> Pods(string set) =>
        Of(set).Where(one => Kind(one) is "StatefulSet" or "Deployment");

    private static JsonObject Named(string set, string kind, string name) =>
        Assert.Single(Of(set), one => Kind(one) == kind && one["metadata"]!["name"]!.ToString() == name);

    private static JsonObject Container(JsonObject pod) =>
        (JsonObject)pod["spec"]!["template"]!["spec"]!["containers"]![0]!;

    private static IEnumerable<string> Arguments(string set) =>
        ((JsonArray)Container(Named(set, "StatefulSet", "sevensa-runner"))["args"]!).Select(word => word!.ToString());

    private static string Kind(JsonObject one) => one["kind"]!.ToString();

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
