using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Sevensa.Dashboard.Bench;

/// <summary>A runner as the dashboard sees it, without a host: it enrols, says hello, and tells of containers that are not there.</summary>
internal sealed class ProtocolRunner : IAsyncDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ContainerFacts[] containers;
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Seldom = TimeSpan.FromMinutes(5);

    private HubConnection connection = null!;
    private DateTimeOffset lookedAtUntil;
    private bool isAsked;

    private ProtocolRunner(string name, int count, Func<ContainerFacts, int, ContainerFacts>? shape)
    {
        Name = name;
        containers =
        [
            .. Enumerable
                .Range(1, count)
                .Select(number => (number, facts: Container(name, number)))
                .Select(one => shape?.Invoke(one.facts, one.number) ?? one.facts),
        ];
    }

    public string Name { get; }

    /// <param name="shape">What a container is, by its number from 1; null for one that asks for nothing.</param>
    public static async Task<ProtocolRunner> StartAsync(
        Uri dashboard,
        HttpClient admin,
        string name,
        int containers,
        Func<ContainerFacts, int, ContainerFacts>? shape = null
    )
    {
        var runner = new ProtocolRunner(name, containers, shape);
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        issued.EnsureSuccessStatusCode();
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
        Enrolled enrolled;
        await using (var enrolling = Build(dashboard, () => token))
        {
            await enrolling.StartAsync();
            enrolled = await enrolling.InvokeAsync<Enrolled>(
                nameof(IRunnerHub.Enrol),
                new EnrolRequest(token, runner.key.ExportSubjectPublicKeyInfo(), runner.Facts())
            );
        }
        runner.connection = Build(
            dashboard,
            () => RunnerToken.Make(enrolled.HostId, runner.key, TimeProvider.System.GetUtcNow())
        );
        runner.connection.On<int, bool>(
            nameof(IRunnerClient.Measure),
            seconds =>
            {
                runner.lookedAtUntil = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
                return Task.FromResult(true);
            }
        );
        await runner.connection.StartAsync();
        var welcome = await runner.connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), runner.Facts());
        runner.isAsked = welcome.AsksForUse;
        await runner.connection.InvokeAsync(nameof(IRunnerHub.Inventory), runner.containers);
        return runner;
    }

    /// <summary>Tells what its containers use as often as a runner does: all the time to a dashboard that does not say when somebody looks.</summary>
    public async Task TellAsync(CancellationToken stop)
    {
        try
        {
            for (var told = DateTimeOffset.MinValue; ; await Task.Delay(Often, stop))
            {
                var now = TimeProvider.System.GetUtcNow();
                if (isAsked && now >= lookedAtUntil && now - told < Seldom)
                    continue;
                await UsageAsync();
                told = now;
            }
        }
        catch (OperationCanceledException)
        {
            // Measured.
        }
    }

    /// <summary>One reading of every container, as a runner sends every few seconds.</summary>
    public Task UsageAsync()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var usage = containers
            .Select(container => new ContainerUsage(container.Id, now, 3.5, 90 << 20, 256 << 20, 1, 2, 3, 4, 12))
            .ToArray();
        return connection.InvokeAsync(nameof(IRunnerHub.Usage), usage);
    }

    /// <summary>One container is another image now.</summary>
    public Task ChangeAsync(int number, string image)
    {
        containers[number] = containers[number] with { Image = image };
        return connection.InvokeAsync(nameof(IRunnerHub.Changed), new[] { containers[number] }, Array.Empty<string>());
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        key.Dispose();
    }

    private HostFacts Facts() =>
        new(
            Name,
            "0.1.0",
            RunnerProtocol.Current,
            "20.10.24",
            "1.41",
            "Debian GNU/Linux 12",
            "6.1.0",
            "x86_64",
            4,
            8L << 30,
            "overlay2",
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            ["container.restart", "container.stop", "container.start"]
        );

    private static HubConnection Build(Uri dashboard, Func<string> token) =>
        new HubConnectionBuilder()
            .WithUrl(
                new Uri(dashboard, "/hubs/runner"),
                options =>
                {
                    options.Transports = HttpTransportType.WebSockets;
                    options.SkipNegotiation = true;
                    options.AccessTokenProvider = () => Task.FromResult<string?>(token());
                }
            )
            .AddMessagePackProtocol()
            .Build();

    private static ContainerFacts Container(string host, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{host}-svc-{number}");
        return new ContainerFacts(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
            name,
            number % 10 == 0 ? "witcom" : "psra-ltsd",
            name,
            host,
            "registry.example.org/team/service:1.0.0",
            "sha256:1111111111111111111111111111111111111111111111111111111111111111",
            "registry.example.org/team/service@sha256:2222222222222222222222222222222222222222222222222222222222222222",
            "3333333333333333333333333333333333333333333333333333333333333333",
            "running",
            "healthy",
            null,
            false,
            0,
            "unless-stopped",
            1_700_000_000_000,
            1_700_000_100_000,
            0,
            256 << 20,
            0.5,
            "1000",
            false,
            true,
            [$"{host}_default"],
            ["127.0.0.1:8080->80/tcp"],
            [$"{host}_data:/data"],
            ["DB_PASSWORD", "LOG_LEVEL", "TZ"],
            new Dictionary<string, string>
            {
                ["sevensa.tenant"] = "psra-ltsd",
                ["com.docker.compose.project"] = host,
                ["com.docker.compose.service"] = name,
            },
            null
        );
    }
}
