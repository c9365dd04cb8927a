using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// The posture of five hundred containers, and who could reach whom among three hundred services of one tenant in networks of
/// thirty with one that all are in: how long each answer takes.
/// </summary>
internal sealed class PostureAndReach : IBench
{
    private const int Hosts = 5;
    private const int Containers = 100;
    private const int Services = 300;
    private const int InOneNetwork = 30;
    private const string Tenant = "psra-ltsd";

    private static readonly ContainerSettings Plain = new(false, "bridge", "", "private", [], [], [], 0, 0, 0, []);

    public string Name => "posture-reach";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        var posture = await PostureAsync(program, rounds);
        var (all, one) = await ReachAsync(program, rounds);
        return
        [
            new("posture of 500 containers", "ms", posture, [1000], Bound.AtMost(1000)),
            new("reachability of 300 services", "ms", all, [1000], Bound.AtMost(1000)),
            new("  and of what one of them could reach", "ms", one, [1000], Bound.AtMost(1000)),
        ];
    }

    private static async Task<List<double>> PostureAsync(string program, int rounds)
    {
        await using var dashboard = Dashboard(program);
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        await using var hosts = new Runners();
        for (var number = 1; number <= Hosts; number++)
        {
            await hosts.AddAsync(dashboard.Url, admin, $"vps-{number}", Containers, Isolated);
        }
        return await TimesAsync(admin, "/api/v1/posture", rounds);
    }

    private static async Task<(List<double> All, List<double> One)> ReachAsync(string program, int rounds)
    {
        await using var dashboard = Dashboard(program);
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        await using var hosts = new Runners();
        await hosts.AddAsync(
            dashboard.Url,
            admin,
            "vps-1",
            Services,
            (facts, number) => Isolated(facts, number) with { Tenant = Tenant, Networks = ["shared", Network(number)] }
        );
        var path = $"/api/v1/tenants/{Tenant}/reachability";
        var sheet = await admin.GetFromJsonAsync<JsonNode>(path);
        if (sheet!["services"]!.AsArray().Count != Services)
        {
            throw new InvalidOperationException("The services are not all there");
        }
        return (await TimesAsync(admin, path, rounds), await TimesAsync(admin, $"{path}?from=vps-1-svc-1", rounds));
    }

    /// <summary>The first answers compile what makes them.</summary>
    private static async Task<List<double>> TimesAsync(HttpClient client, string path, int rounds)
    {
        List<double> times = [];
        for (var round = -3; round < rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            using var answer = await client.GetAsync(path);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync();
            if (round >= 0)
            {
                times.Add(clock.Elapsed.TotalMilliseconds);
            }
        }
        return times;
    }

    private static string Network(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"net-{number / InOneNetwork}");

    private static ContainerFacts Isolated(ContainerFacts facts, int number) =>
        facts with
        {
            Settings = Plain,
            Isolation = new ContainerIsolation(
                ["NET_ADMIN"],
                [],
                [],
                "docker-default",
                "",
                "",
                "",
                number % 2 * 200,
                0,
                [],
                [],
                number % 3 == 0,
                ["8080/tcp", "9090/tcp"],
                [new MountedPlace("volume", "data", "/data", true, "")],
                [Endpoint("shared"), Endpoint(Network(number))]
            ),
        };

    private static NetworkEndpoint Endpoint(string network) =>
        new(network, $"id-{network}", [], "172.20.0.2", "bridge", false, true);

    /// <summary>As it ships; its stand-ins would be measured too, so they are away.</summary>
    private static DashboardProcess Dashboard(string program)
    {
        var nobody = $"http://127.0.0.1:{Workspace.FreePort()}";
        return DashboardProcess.With(
            [
                new("Docker:Endpoint", "none"),
                .. new[] { "Prometheus:Url", "Alertmanager:Url", "Loki:Url", "Vault:Address", "Ollama:Url" }.Select(
                    setting => new KeyValuePair<string, string?>(setting, nobody)
                ),
            ],
            program
        );
    }

    private sealed class Runners : IAsyncDisposable
    {
        private readonly List<ProtocolRunner> all = [];

        public async Task AddAsync(
            Uri dashboard,
            HttpClient admin,
            string name,
            int containers,
            Func<ContainerFacts, int, ContainerFacts> shape
        ) => all.Add(await ProtocolRunner.StartAsync(dashboard, admin, name, containers, shape));

        public async ValueTask DisposeAsync()
        {
            foreach (var runner in all)
            {
                await runner.DisposeAsync();
            }
        }
    }
}
