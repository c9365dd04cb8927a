using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>A tool over MCP against the same question over the API: a tenant's containers, from the first byte sent to the last one read.</summary>
internal sealed class McpCalls : IBench
{
    private const int PerRound = 100;
    private const string Path = "/api/v1/tenants/rentguy/containers";

    public string Name => "mcp";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false
        );
        using var client = await dashboard.ClientOfAsync("operator");
        await Eventually.TrueAsync(
            "the hosts to tell",
            async stop => (await ApiAsync(client)).Contains("rentguy-web-1", StringComparison.Ordinal)
        );
        if (await McpAsync(client) is var told && !told.Contains("rentguy-web-1", StringComparison.Ordinal))
            throw new InvalidOperationException($"The tool told something else: {told}");
        List<double> ours = [],
            baseline = [];
        for (var round = -2; round < rounds; round++)
        {
            var (api, mcp) = (await MedianAsync(() => ApiAsync(client)), await MedianAsync(() => McpAsync(client)));
            if (round < 0)
                continue;
            ours.Add(mcp);
            baseline.Add(api);
        }
        return
        [
            new Measure(
                "a tenant's containers by an MCP tool, against the same by the API",
                "ms",
                ours,
                baseline,
                Bound.Ratio(1.2)
            ),
        ];
    }

    private static async Task<double> MedianAsync(Func<Task<string>> call)
    {
        var taken = new List<double>();
        for (var turn = 0; turn < PerRound; turn++)
        {
            var from = Stopwatch.GetTimestamp();
            await call();
            taken.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }
        return Measure.Median(taken);
    }

    private static Task<string> ApiAsync(HttpClient client) => client.GetStringAsync(new Uri(Path, UriKind.Relative));

    private static async Task<string> McpAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method = "tools/call",
                    @params = new { name = "list_containers", arguments = new { tenant = "rentguy" } },
                }
            ),
        };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? text
            : throw new InvalidOperationException($"/mcp said {(int)answer.StatusCode}: {text}");
    }
}
