using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Sandbox.Alertmanager;
using Sevensa.Dashboard.Sandbox.Docker;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Loki;
using Sevensa.Dashboard.Sandbox.Ollama;
using Sevensa.Dashboard.Sandbox.Prometheus;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Sandbox.Vault;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>All stand-ins over one fleet, whose clock stands at half past twelve (UTC) and moves when told to.</summary>
internal sealed class StandIns : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 30, 0, TimeSpan.Zero);
    private readonly StandInServer _server;

    private StandIns(FakeTimeProvider clock, SimulatedFleet fleet, StandInServer server)
    {
        Clock = clock;
        Fleet = fleet;
        _server = server;
    }

    public FakeTimeProvider Clock { get; }
    public SimulatedFleet Fleet { get; }
    public required VaultStandIn OpenBao { get; init; }
    public HttpClient Http { get; } = new();

    public static async Task<StandIns> StartAsync(DateTimeOffset? now = null)
    {
        var clock = new FakeTimeProvider(now ?? Noon);
        var fleet = new SimulatedFleet(clock);
        var metrics = new CurrentMetrics(fleet);
        var bao = new VaultStandIn(fleet, VaultManner.OpenBao);
        var server = await StandInServer.StartAsync(
            new Dictionary<string, IStandIn>
            {
                ["prometheus"] = new PrometheusStandIn(fleet, metrics, PrometheusManner.Older),
                ["prometheus-newest"] = new PrometheusStandIn(fleet, metrics, PrometheusManner.Newest),
                ["alertmanager"] = new AlertmanagerStandIn(fleet, metrics, AlertmanagerManner.Older),
                ["alertmanager-newest"] = new AlertmanagerStandIn(fleet, metrics, AlertmanagerManner.Newest),
                ["loki"] = new LokiStandIn(fleet),
                ["vault"] = new VaultStandIn(fleet),
                ["openbao"] = bao,
                ["openbao-standby"] = bao.Standby(TimeSpan.FromSeconds(0.2)),
                ["ollama"] = new OllamaStandIn(fleet),
                ["llama"] = new LlamaStandIn(fleet),
                ["llama-small"] = new LlamaStandIn(fleet, 1024),
                ["llama-loading"] = new LlamaStandIn(fleet) { IsLoading = true },
                ["vps-1"] = new DockerStandIn(fleet, "vps-1"),
                ["vps-2"] = new DockerStandIn(fleet, "vps-2"),
            },
            TestContext.Current.CancellationToken
        );
        return new StandIns(clock, fleet, server) { OpenBao = bao };
    }

    public string Address(string name) => _server.AddressOf(name);

    public async Task<(int Status, string Type, string Body)> SendAsync(
        string name,
        string method,
        string path,
        string? body = null,
        IReadOnlyDictionary<string, string>? headers = null
    )
    {
        // The path goes out as it is, double slashes and escapes included.
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            new Uri(
                Address(name) + path,
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        );
        if (body is not null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        foreach (var (header, value) in headers ?? new Dictionary<string, string>())
        {
            if (header == "Content-Type")
            {
                request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(header, value);
            }
        }
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType ?? "",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }

    public async Task<JsonNode> JsonAsync(
        string name,
        string path,
        string method = "GET",
        string? body = null,
        IReadOnlyDictionary<string, string>? headers = null
    )
    {
        var (status, _, text) = await SendAsync(name, method, path, body, headers);
        Assert.True(status is >= 200 and < 300, $"{method} {path} → {status} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The values of an instant query by one label, or by nothing.</summary>
    public async Task<IReadOnlyDictionary<string, double>> QueryAsync(
        string query,
        string by = "service",
        DateTimeOffset? at = null
    )
    {
        var path =
            $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={(at ?? Clock.GetUtcNow()).ToUnixTimeSeconds()}";
        var answer = await JsonAsync("prometheus", path);
        return answer["data"]!["result"]!
            .AsArray()
            .ToDictionary(
                r => (string?)r!["metric"]![by] ?? "",
                r => double.Parse((string)r!["value"]![1]!, System.Globalization.CultureInfo.InvariantCulture)
            );
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _server.DisposeAsync();
    }
}

/// <summary>Whether two pieces of JSON have the same shape: kinds and members, not values.</summary>
internal static class JsonShape
{
    /// <summary>What is missing or of another kind in <paramref name="actual"/>; more members are no fault.</summary>
    public static IEnumerable<string> Faults(JsonNode? expected, JsonNode? actual, string path = "$")
    {
        if (expected is null || actual is null)
        {
            yield break;
        }
        if (Kind(expected) != Kind(actual))
        {
            yield return $"{path} is {Kind(actual)}, recorded {Kind(expected)}";
            yield break;
        }
        switch (expected)
        {
            case JsonObject members when IsMap(members):
                break;
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    if (!actual.AsObject().ContainsKey(name))
                    {
                        yield return $"{path}.{name} is missing";
                        continue;
                    }
                    foreach (var fault in Faults(value, actual[name], $"{path}.{name}"))
                    {
                        yield return fault;
                    }
                }
                break;
            case JsonArray { Count: > 0 } items when actual.AsArray().Count > 0:
                foreach (var fault in Faults(items[0], actual[0], path + "[0]"))
                {
                    yield return fault;
                }
                break;
        }
    }

    private static JsonValueKind Kind(JsonNode node) =>
        node.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? JsonValueKind.True : node.GetValueKind();

    /// <summary>Labels, versions, options: the names are data.</summary>
    private static bool IsMap(JsonObject json) =>
        json.GetPath() is var path
        && (
            path.EndsWith("metric", StringComparison.Ordinal)
            || path.EndsWith("stream", StringComparison.Ordinal)
            || path.EndsWith("abels", StringComparison.Ordinal)
            || path.EndsWith("versions", StringComparison.Ordinal)
            || path.EndsWith("ounts", StringComparison.Ordinal)
            || path.EndsWith("Networks", StringComparison.Ordinal)
            || path.EndsWith("Containers", StringComparison.Ordinal)
            || path.EndsWith("Attributes", StringComparison.Ordinal)
            || path.EndsWith("annotations", StringComparison.Ordinal)
            || path.EndsWith("Ports", StringComparison.Ordinal)
            || path.EndsWith("PortBindings", StringComparison.Ordinal)
        );
}
