using System.Diagnostics;
using System.Net;

namespace Sevensa.Dashboard.Bench;

/// <summary>How many tokens a second the token endpoint gives to a program with a secret, each kept in the store as ever.</summary>
internal sealed class TokenRate : IBench
{
    private const int AtOnce = 8;
    private const double Wanted = 300;
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(5);

    public string Name => "token";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false
        );
        using var client = new HttpClient { BaseAddress = dashboard.Url };
        var rates = new List<double>();
        for (var round = -1; round < rounds; round++)
        {
            var rate = await RateAsync(client);
            if (round >= 0)
                rates.Add(rate);
        }
        return
        [
            new Measure(
                $"tokens of /connect/token by client credentials, {AtOnce} at once, against what is wanted",
                "1/s",
                rates,
                [Wanted],
                new Bound("≥ baseline", (ours, wanted) => ours >= wanted)
            ),
        ];
    }

    private static async Task<double> RateAsync(HttpClient client)
    {
        var given = 0;
        var from = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(WorkAsync)));
        return given / Stopwatch.GetElapsedTime(from).TotalSeconds;

        async Task WorkAsync()
        {
            while (Stopwatch.GetElapsedTime(from) < Lasting)
            {
                using var form = new FormUrlEncodedContent([
                    new("grant_type", "client_credentials"),
                    new("client_id", "sandbox-automation"),
                    new("client_secret", "sandbox-automation"),
                ]);
                using var answer = await client.PostAsync(new Uri("/connect/token", UriKind.Relative), form);
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    throw new InvalidOperationException(
                        $"The token endpoint said {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}"
                    );
                }
                Interlocked.Increment(ref given);
            }
        }
    }
}
