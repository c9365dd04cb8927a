using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Two hundred tenants in schemas of one database: how long a look at all of their 10,000 tables takes, and how long it takes
/// to prove them apart with each one's own credentials.
/// </summary>
internal sealed class InstanceLooks : IBench
{
    private const int Tenants = 200;
    private const int Tables = 50;

    public string Name => "databases";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        await using var instance = new BenchInstance("shared");
        await instance.StartAsync();
        await instance.PlaceAsync(Tenants, Tables);
        List<double> looks = [],
            proofs = [];
        for (var round = 0; round < Math.Min(rounds, 3); round++)
        {
            await using var dashboard = await BenchDashboard.StartAsync(
                program,
                beside: false,
                [.. instance.Settings(0), .. instance.Placements(Tenants)]
            );
            using var client = await dashboard.ClientOfAsync("admin", patience: TimeSpan.FromMinutes(5));
            // What is compiled and signed in to once is nobody's cost; the picture is fifteen seconds old at most.
            await LookAsync(client);
            await Task.Delay(TimeSpan.FromSeconds(16));
            looks.Add(await LookAsync(client));
            proofs.Add(await ProveAsync(client));
        }
        return
        [
            new Measure("a look at 200 schemas of 50 tables", "s", looks, [2], Bound.AtMost(2)),
            new Measure("a proof with 200 tenants", "s", proofs, [60], Bound.AtMost(60)),
        ];
    }

    private static async Task<double> LookAsync(HttpClient client)
    {
        var clock = Stopwatch.StartNew();
        var seen = await client.GetFromJsonAsync<JsonNode>("/api/v1/databases/shared");
        var taken = clock.Elapsed.TotalSeconds;
        var schemas = seen!["databases"]!.AsArray().Sum(one => one!["schemas"]!.AsArray().Count);
        return schemas >= Tenants ? taken : throw new InvalidOperationException($"{schemas} schemas were seen");
    }

    private static async Task<double> ProveAsync(HttpClient client)
    {
        var clock = Stopwatch.StartNew();
        var begun = await PolicyLooks.PostAsync(client, "/api/v1/databases/shared/proof", new { });
        var proof = await Eventually.GetAsync(
            "the proof to end",
            async stop =>
                await client.GetFromJsonAsync<JsonNode>($"/api/v1/databases/shared/proofs/{begun["id"]}", stop)
                    is { } one
                && one["state"]!.GetValue<string>() != "running"
                    ? one
                    : null,
            TimeSpan.FromMinutes(10)
        );
        return proof["state"]!.GetValue<string>() == "ended" && proof["leaks"]!.GetValue<int>() == 0
            ? clock.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"{proof["state"]}, {proof["leaks"]} leaks: {proof["note"]}");
    }
}
