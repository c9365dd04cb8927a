using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Bench;

/// <summary>Parse, scope and print over the queries of published dashboards, per second of one core.</summary>
internal sealed partial class PromQlRate : IBench
{
    private const double Wanted = 50_000;

    public string Name => "promql";

    public Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        var folder = Environment.GetEnvironmentVariable("SEVENSA_DATASETS") is { Length: > 0 } set
            ? set
            : Path.Combine(Workspace.Root, "..", "shared", "datasets");
        var expressions = File.ReadLines(Path.Combine(folder, "dashboards", "expressions.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("expr").GetString()!)
            .Select(text =>
                Variable()
                    .Replace(
                        text.Replace("$__rate_interval", "5m")
                            .Replace("$__interval", "1m")
                            .Replace("$interval", "1m")
                            .Replace("$__range", "1h"),
                        "value"
                    )
            )
            .Where(text => PromQlParser.TryParse(text, out _, out _))
            .ToList();
        var scope = SelectorScope.For("tenant", ["rentguy"]);
        Pass(20);
        var rates = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            Pass(100);
            rates.Add(100 * expressions.Count / (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }
        var bound = new Bound("≥ baseline", (ours, wanted) => ours >= wanted);
        return Task.FromResult<IReadOnlyList<Measure>>([
            new Measure(
                $"PromQL parse, scope and print of {expressions.Count} dashboard queries, against what is wanted",
                "1/s",
                rates,
                [Wanted],
                bound
            ),
        ]);

        void Pass(int times)
        {
            for (var time = 0; time < times; time++)
            {
                foreach (var text in expressions)
                {
                    _ = scope.Apply(text).Text;
                }
            }
        }
    }

    [GeneratedRegex(@"\$\{?[A-Za-z_]+(:[a-z]+)?\}?")]
    private static partial Regex Variable();
}
