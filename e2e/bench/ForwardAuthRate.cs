using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// What a decision of <c>/forward-auth</c> costs beside an empty endpoint of the same program that asks for the same token and a
/// policy, and how late the latest come when many are asked for and the program has one core.
/// </summary>
internal sealed class ForwardAuthRate : IBench
{
    private const int Batch = 500;
    private const int Connections = 16;

    /// <summary>Decisions a second that are asked for, whether the last ones were answered or not.</summary>
    private const int Pace = 5_000;
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(10);

    public string Name => "forward-auth";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: true,
            isOnOneCore: true,
            ("ProtectedServices:0:Name", "Grafana"),
            ("ProtectedServices:0:Host", "grafana.example.org"),
            ("ProtectedServices:0:Roles:0", "Operator"),
            ("ProtectedServices:0:Programs", "Read")
        );
        using var client = await dashboard.ClientOfAsync("operator");
        await CheckAsync(client);
        var (ours, empty, late) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -2; round < rounds; round++)
        {
            var bare = await MedianAsync(client, BarePassThrough.EmptyPath);
            var decided = await MedianAsync(client, "/forward-auth");
            var last = await PacedAsync(client);
            if (round >= 0)
            {
                empty.Add(bare);
                ours.Add(decided);
                late.Add(last);
            }
        }
        return
        [
            new Measure(
                "a decision of /forward-auth, p50, against an empty authenticated endpoint",
                "ms",
                ours,
                empty,
                Bound.Ratio(1.3)
            ),
            new Measure(
                $"the same, p99 at {Pace} decisions a second on one core, against what is wanted",
                "ms",
                late,
                [5],
                new Bound("≤ baseline", (p99, wanted) => p99 <= wanted)
            ),
        ];
    }

    /// <summary>That it is decisions that are measured: a yes with who it is, and a no for a host that nothing names.</summary>
    private static async Task CheckAsync(HttpClient client)
    {
        using var yes = await client.SendAsync(Asked("/forward-auth"));
        using var stranger = Asked("/forward-auth");
        stranger.Headers.Remove("X-Forwarded-Host");
        stranger.Headers.Add("X-Forwarded-Host", "elsewhere.example.org");
        using var no = await client.SendAsync(stranger);
        using var bare = await client.SendAsync(Asked(BarePassThrough.EmptyPath));
        if (
            (yes.StatusCode, no.StatusCode, bare.StatusCode)
                != (HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.OK)
            || !yes.Headers.Any(header => header.Key.StartsWith("X-Auth", StringComparison.OrdinalIgnoreCase))
        )
        {
            throw new InvalidOperationException(
                $"/forward-auth said {(int)yes.StatusCode} and {(int)no.StatusCode}, the empty endpoint {(int)bare.StatusCode}."
            );
        }
    }

    private static async Task<double> MedianAsync(HttpClient client, string path)
    {
        var times = new List<double>(Batch);
        for (var asked = 0; asked < Batch; asked++)
        {
            var from = Stopwatch.GetTimestamp();
            using var request = Asked(path);
            using var answer = await client.SendAsync(request);
            times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }
        return Measure.Median(times);
    }

    /// <summary>p99 from when each was due, not from when there was time to ask: one that is late makes the next ones late too.</summary>
    private static async Task<double> PacedAsync(HttpClient client)
    {
        var times = new ConcurrentBag<double>();
        var (begin, all) = (Stopwatch.GetTimestamp(), (int)(Pace * Lasting.TotalSeconds));
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(WorkAsync)));
        return Bound.Percentile([.. times], 0.99);

        async Task WorkAsync()
        {
            for (var mine = Interlocked.Increment(ref next); mine < all; mine = Interlocked.Increment(ref next))
            {
                var due = begin + (long)(mine * (double)Stopwatch.Frequency / Pace);
                while (Stopwatch.GetTimestamp() is var now && now < due)
                {
                    if (due - now > Stopwatch.Frequency / 500)
                        await Task.Delay(1);
                    else
                        await Task.Yield();
                }
                using var request = Asked("/forward-auth");
                using var answer = await client.SendAsync(request);
                times.Add(Stopwatch.GetElapsedTime(due).TotalMilliseconds);
            }
        }
    }

    /// <summary>As Traefik asks about a page of the service.</summary>
    private static HttpRequestMessage Asked(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Forwarded-Method", "GET");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "grafana.example.org");
        request.Headers.Add("X-Forwarded-Uri", "/d/abc/overview?orgId=1&from=now-6h");
        request.Headers.Add("X-Forwarded-For", "192.0.2.7");
        return request;
    }
}
