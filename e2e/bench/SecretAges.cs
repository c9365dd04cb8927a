using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// The list of 500 secrets with their ages, against a Vault that can scan. Beside it another build when <c>--baseline=FILE</c>
/// names its program, against the same Vault; without one, this build against a Vault that can't scan, which is what an earlier
/// one did of every Vault.
/// </summary>
internal sealed class SecretAges(string? earlier) : IBench
{
    private const int Secrets = 500;
    private const int Requests = 7;
    private const int Warming = 4;

    public string Name => "secret-ages";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var scans = await VaultAsync(canScan: true);
        await using var walks = await VaultAsync(canScan: false);
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        await using var ours = await DashboardAsync(program, scans);
        await using var theirs = await DashboardAsync(earlier ?? program, earlier is null ? walks : scans);
        using var product = await ours.ClientOfAsync("operator");
        using var before = await theirs.ClientOfAsync("operator");
        using var raw = new HttpClient { BaseAddress = new Uri(scans.Urls.Single()) };
        List<double> one = [],
            many = [],
            asked = [];
        for (var round = -Warming; round < rounds; round++)
        {
            var a = await MedianAsync(product, "/api/v1/tenants/rentguy/secrets?limit=500");
            var b = await MedianAsync(before, "/api/v1/tenants/rentguy/secrets?limit=500");
            var c = await MedianAsync(raw, "/v1/secret/detailed-metadata/rentguy/?scan=true");
            if (round >= 0)
            {
                one.Add(a);
                many.Add(b);
                asked.Add(c);
            }
        }
        return
        [
            new Measure(
                earlier is null
                    ? "500 secrets with ages by one request, against one request each"
                    : "500 secrets with ages, against the earlier build",
                "ms",
                one,
                many,
                Bound.Ratio(0.2)
            ),
            new Measure("the same, against the one request itself", "ms", one, asked, Bound.None),
        ];
    }

    private static Task<BenchDashboard> DashboardAsync(string assembly, WebApplication vault) =>
        BenchDashboard.StartAsync(
            assembly,
            beside: false,
            ("Vault:Address", vault.Urls.Single()),
            ("Vault:Token", "bench"),
            ("Vault:Mount", "secret")
        );

    private static async Task<double> MedianAsync(HttpClient http, string path)
    {
        var all = new List<double>(Requests);
        for (var n = 0; n < Requests; n++)
        {
            var clock = Stopwatch.StartNew();
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            var body = await answer.Content.ReadAsByteArrayAsync();
            all.Add(clock.Elapsed.TotalMilliseconds);
            if (!answer.IsSuccessStatusCode || body.Length < Secrets * 100)
                throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}, {body.Length} bytes");
        }
        return Measure.Median(all);
    }

    /// <summary>Five folders of a hundred, three versions each.</summary>
    private static async Task<WebApplication> VaultAsync(bool canScan)
    {
        const string metadata = "/v1/secret/metadata/rentguy/";
        var written = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var secret = new
        {
            cas_required = false,
            created_time = written,
            current_version = 3,
            custom_metadata = new { consumers = "api", due_days = "90" },
            delete_version_after = "0s",
            max_versions = 0,
            oldest_version = 0,
            updated_time = written,
            versions = Enumerable
                .Range(1, 3)
                .ToDictionary(
                    n => n.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    n => new
                    {
                        created_time = written.AddDays(n),
                        deletion_time = "",
                        destroyed = false,
                    }
                ),
        };
        byte[] Data(object data) => JsonSerializer.SerializeToUtf8Bytes(new { data });
        var one = Data(secret);
        var folders = Data(new { keys = Enumerable.Range(0, 5).Select(n => $"f{n}/") });
        var names = Data(new { keys = Enumerable.Range(0, Secrets / 5).Select(n => $"s{n:000}") });
        var tree = Data(
            new
            {
                key_info = Enumerable
                    .Range(0, Secrets)
                    .ToDictionary(n => $"f{n / (Secrets / 5)}/s{n % (Secrets / 5):000}", _ => secret),
            }
        );
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var path = context.Request.Path.Value!;
            var isList = context.Request.Query["list"] == "true";
            var body =
                path == "/v1/secret/detailed-metadata/rentguy/" && canScan ? tree
                : path == metadata && isList ? folders
                : path.StartsWith(metadata, StringComparison.Ordinal)
                    ? isList ? names
                        : one
                : path == "/v1/sys/health"
                    ? "{\"initialized\":true,\"sealed\":false,\"standby\":false,\"version\":\"2.7.2\"}"u8.ToArray()
                : null;
            context.Response.ContentType = "application/json";
            context.Response.StatusCode = body is null ? 404 : 200;
            await context.Response.Body.WriteAsync(body ?? "{\"errors\":[\"unsupported path\"]}"u8.ToArray());
        });
        await app.StartAsync();
        return app;
    }
}
