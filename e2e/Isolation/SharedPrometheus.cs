using System.Globalization;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Isolation;

/// <summary>
/// Several tenants in one real Prometheus, and for two scopes another that holds nothing but theirs. Whatever is asked in a
/// scope, both must answer the same: then nothing of the others is in the answer, nor in anything computed for it.
/// </summary>
public sealed class SharedPrometheus : IAsyncLifetime
{
    /// <summary>The ids of the second scope mean something else when they are read as patterns.</summary>
    public static readonly string[] Odd = ["a.b", "c|d"];

    public const string Own = "rentguy";

    private static readonly string[] Others = ["witcom", "rentguy-eu", "RentGuy", "axb", "a", "c", "d", "x", ""];

    /// <summary>What stands in the series of others only, and in no expression that is made.</summary>
    public static readonly string[] Marks =
    [
        "RentGuy",
        "axb",
        "rentguy-eu",
        "\"i19\"",
        "\"i23\"",
        "\"i29\"",
        "\"i31\"",
        "\"i53\"",
    ];

    private PrometheusHistory? all;
    private PrometheusHistory? own;
    private PrometheusHistory? odd;

    public Uri All => all!.Url;

    public Uri OwnOnly => own!.Url;

    public Uri OddOnly => odd!.Url;

    /// <summary>The moment of the last sample, Unix seconds.</summary>
    public long Now { get; } = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 60 * 60 - 600;

    public const int Step = 15;

    private const int Samples = 120;

    public async ValueTask InitializeAsync()
    {
        var started = await Task.WhenAll(
            PrometheusHistory.StartAsync(Of([Own, .. Odd, .. Others])),
            PrometheusHistory.StartAsync(Of([Own])),
            PrometheusHistory.StartAsync(Of(Odd))
        );
        (all, own, odd) = (started[0], started[1], started[2]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { all, own, odd })
            if (server is not null)
                await server.DisposeAsync();
    }

    private IEnumerable<string> Of(string[] tenants)
    {
        foreach (var (metric, type, series) in Metrics(tenants))
        {
            yield return $"# TYPE {metric} {type}";
            foreach (var (name, labels, value) in series)
                for (var i = Samples - 1; i >= 0; i--)
                    yield return string.Create(
                        CultureInfo.InvariantCulture,
                        $"{name}{{{labels}}} {value(Samples - i)} {Now - i * Step}"
                    );
        }
    }

    private static IEnumerable<(string, string, IEnumerable<(string, string, Func<int, double>)>)> Metrics(
        string[] tenants
    )
    {
        // Every tenant has figures of its own, so that one taken from another changes whatever it enters.
        var known = tenants.Select(tenant => (Label: Labelled(tenant), Prime: Prime(tenant))).ToList();
        yield return (
            "http_requests",
            "counter",
            from tenant in known
            from service in new[] { "api", "web" }
            from code in new[] { "200", "500" }
            select (
                $"http_requests_total",
                $"{tenant.Label}service=\"{service}\",code=\"{code}\"",
                Rising(tenant.Prime * code[0] * service.Length)
            )
        );
        yield return (
            "up",
            "gauge",
            from tenant in known
            from service in new[] { "api", "web", "db" }
            select ("up", $"{tenant.Label}service=\"{service}\",instance=\"{service}:80\"", Waving(tenant.Prime))
        );
        yield return (
            "memory_bytes",
            "gauge",
            from tenant in known
            from service in new[] { "api", "web" }
            select (
                "memory_bytes",
                $"{tenant.Label}service=\"{service}\",image=\"i{tenant.Prime}\"",
                Waving(tenant.Prime * 1000)
            )
        );
        yield return (
            "latency_seconds",
            "histogram",
            from tenant in known
            from bound in new[] { ("0.1", 1), ("0.5", 3), ("1", 4), ("+Inf", 5) }
            select (
                "latency_seconds_bucket",
                $"{tenant.Label}service=\"api\",le=\"{bound.Item1}\"",
                Rising(tenant.Prime * bound.Item2)
            )
        );
        // Names that are words of the language.
        foreach (var word in new[] { "sum", "by", "offset" })
            yield return (
                word,
                "gauge",
                from tenant in known
                select (word, $"{tenant.Label}service=\"api\"", Waving(tenant.Prime + word.Length))
            );
        // Exactly one series for each tenant: what scalar() can take.
        yield return (
            "one",
            "gauge",
            from tenant in known
            select ("one", tenant.Label.TrimEnd(','), Waving(tenant.Prime % 7 + 1))
        );
        // What only some tenants have.
        yield return (
            "secret_of_others",
            "gauge",
            from tenant in known
            where !tenant.Label.Contains($"\"{Own}\"", StringComparison.Ordinal)
            select ("secret_of_others", $"{tenant.Label}service=\"vault\"", Waving(tenant.Prime))
        );
    }

    private static string Labelled(string tenant) => tenant.Length == 0 ? "" : $"tenant=\"{tenant}\",";

    private static int Prime(string tenant) =>
        new[] { 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53 }[Array.IndexOf([Own, .. Odd, .. Others], tenant)];

    private static Func<int, double> Rising(double speed) => i => i * speed;

    private static Func<int, double> Waving(double size) => i => size + i % 7;
}
