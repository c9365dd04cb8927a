using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// What an approval waits while twenty receivers are told a thousand events a second, one of them dead and one slow, against the same
/// while nothing is told. The two take turns in one dashboard.
/// </summary>
internal sealed class ReceiverLoad : IBench
{
    private const int Receivers = 20;

    /// <summary>Alerts that begin to fire in a second, of each of which every receiver is told.</summary>
    private const int PerSecond = 50;

    private const int Messages = 5;

    /// <summary>Of receivers that answer at once, in a second.</summary>
    private const int Wanted = (Receivers - 2) * PerSecond;

    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(4);

    private int fired;

    public string Name => "receivers";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var sinks = await Sinks.StartAsync();
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false
        );
        using var admin = await dashboard.ClientOfAsync("admin");
        using var client = await dashboard.ClientOfAsync("operator");
        using var approver = await dashboard.ClientOfAsync("approver");
        using var hook = new HttpClient { BaseAddress = dashboard.Url };
        hook.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sandbox");
        await Eventually.TrueAsync(
            "the hosts to tell",
            async stop =>
                (
                    await client.GetStringAsync(new Uri("/api/v1/tenants/rentguy/containers", UriKind.Relative), stop)
                ).Contains("rentguy-worker-1", StringComparison.Ordinal)
        );
        for (var number = 0; number < Receivers; number++)
            await PolicyLooks.PostAsync(
                admin,
                "/api/v1/receivers",
                new
                {
                    name = string.Create(CultureInfo.InvariantCulture, $"Sink {number}"),
                    url = sinks.UrlOf(number),
                    kinds = new[] { "alert.firing" },
                }
            );
        List<double> told = [],
            quiet = [],
            rates = [];
        for (var round = -1; round < rounds; round++)
        {
            var calm = await ApprovedAsync(client, approver);
            using var over = new CancellationTokenSource();
            var (before, from) = (sinks.Taken, Stopwatch.GetTimestamp());
            var load = FireAsync(hook, over.Token);
            await Task.Delay(Lasting / 2);
            var busy = await ApprovedAsync(client, approver);
            await Task.Delay(Lasting / 2);
            await over.CancelAsync();
            await load;
            var rate = (sinks.Taken - before) / Stopwatch.GetElapsedTime(from).TotalSeconds;
            // What is still on its way belongs to no quiet time.
            await Task.Delay(Lasting / 2);
            if (round < 0)
                continue;
            told.Add(busy);
            quiet.Add(calm);
            rates.Add(rate);
        }
        return
        [
            new Measure(
                $"an approval while {Receivers} receivers are told {Receivers * PerSecond} events a second, one dead, one slow",
                "ms",
                told,
                quiet,
                Bound.Added(5)
            ),
            new Measure(
                "  events that those which answer at once took meanwhile, against what happened for them",
                "1/s",
                rates,
                [Wanted],
                new Bound("≥ 0.95×", (ours, wanted) => ours >= 0.95 * wanted)
            ),
        ];
    }

    /// <summary>The answer to an approval; the action's end is waited for, so that the next is not held up by it.</summary>
    private async Task<double> ApprovedAsync(HttpClient client, HttpClient approver)
    {
        var proposal = await PolicyLooks.PostAsync(
            client,
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "rentguy-worker-1",
                parameters = new { graceSeconds = 1 },
                reason = "It is measured.",
            }
        );
        var url = $"/api/v1/proposals/{proposal["id"]}";
        var body = new { planHash = proposal["planHash"]!.GetValue<string>() };
        var from = Stopwatch.GetTimestamp();
        await PolicyLooks.PostAsync(approver, $"{url}/approve", body);
        var took = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        await Eventually.TrueAsync(
            "the restart to end",
            async stop =>
                JsonNode.Parse(await client.GetStringAsync(new Uri(url, UriKind.Relative), stop))!["outcome"]
                    is not null
        );
        return took;
    }

    private async Task FireAsync(HttpClient hook, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Messages));
        try
        {
            while (await pace.WaitForNextTickAsync(over))
            {
                var alerts = Enumerable
                    .Range(0, PerSecond / Messages)
                    .Select(_ => new
                    {
                        status = "firing",
                        labels = new
                        {
                            alertname = string.Create(CultureInfo.InvariantCulture, $"Measured{++fired}"),
                            tenant = "rentguy",
                            service = "api",
                            severity = "warning",
                        },
                        annotations = new { summary = "It is measured." },
                        startsAt = TimeProvider.System.GetUtcNow(),
                    })
                    .ToList();
                await PolicyLooks.PostAsync(
                    hook,
                    "/api/v1/hooks/alertmanager",
                    new
                    {
                        version = "4",
                        status = "firing",
                        alerts,
                    }
                );
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // It is enough.
        }
    }

    /// <summary>Programs that take events: the first slowly, the second not at all, the others at once.</summary>
    private sealed class Sinks : IAsyncDisposable
    {
        private readonly WebApplication app;
        private readonly int nobody = Workspace.FreePort();
        private int taken;

        private Sinks(WebApplication app) => this.app = app;

        /// <summary>By those that answer at once.</summary>
        public int Taken => Volatile.Read(ref taken);

        public string UrlOf(int number) =>
            number == 1
                ? string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{nobody}/hook")
                : string.Create(CultureInfo.InvariantCulture, $"{app.Urls.Single()}/hook/{number}");

        public static async Task<Sinks> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var sinks = new Sinks(app);
            app.MapPost(
                "/hook/{number:int}",
                async (int number, HttpContext context) =>
                {
                    if (number == 0)
                        await Task.Delay(Slowness, context.RequestAborted);
                    else
                        Interlocked.Increment(ref sinks.taken);
                    return Results.NoContent();
                }
            );
            await app.StartAsync();
            return sinks;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
