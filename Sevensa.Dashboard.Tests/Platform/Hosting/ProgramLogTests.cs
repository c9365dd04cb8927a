using System.Net;
using Npgsql;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

/// <summary>
/// What the program writes where nothing is wrong, and where each upstream refuses: who looks for trouble in the log finds trouble
/// there, and each of it once.
/// </summary>
public sealed class ProgramLogTests : IDisposable
{
    private readonly string folder = Workspace.NewFolder("log");
    private readonly int port = Workspace.FreePort();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("Sandbox")]
    [InlineData("Production")]
    public async Task A_healthy_start_and_stop_complain_of_nothing(string environment) =>
        await HealthyAsync(new() { ["ASPNETCORE_ENVIRONMENT"] = environment });

    [Fact]
    public async Task Nor_do_they_on_PostgreSQL()
    {
        await using var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        var store = new NpgsqlConnectionStringBuilder(await cluster.DatabaseAsync("quiet"));
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, store.Password);
        store.Password = null;
        await HealthyAsync(
            new()
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Storage__Postgres"] = store.ConnectionString,
                ["Storage__PostgresPasswordFile"] = password,
            }
        );
    }

    [Fact]
    public async Task Each_upstream_that_refuses_is_one_line_with_what_to_do()
    {
        var nobody = $"http://127.0.0.1:{Workspace.FreePort()}";
        var token = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(token, "a-token");
        string[] upstreams = ["Prometheus", "Alertmanager", "Loki", "Vault", "Ollama"];
        await using var program = Start(
            new()
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["Prometheus__Url"] = nobody,
                ["Alertmanager__Url"] = nobody,
                ["Loki__Url"] = nobody,
                ["Vault__Address"] = nobody,
                ["Vault__TokenFile"] = token,
                ["Ollama__Url"] = nobody,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = nobody,
                ["Runner__InProcess"] = "true",
                ["Docker__Endpoint"] = $"unix://{folder}/no.sock",
            }
        );
        foreach (var upstream in upstreams)
            Assert.Contains(
                "Connection refused. Check",
                await program.LineAsync($"{upstream} is Unreachable"),
                StringComparison.Ordinal
            );
        Assert.Contains(
            "there is no such socket. Check",
            await program.LineAsync("Docker does not answer"),
            StringComparison.Ordinal
        );
        await StopAsync(program);
        NoTrace(program);
        Assert.All(
            upstreams.Select(upstream => $"{upstream} is Unreachable").Append("Docker does not answer"),
            words => Assert.Single(program.Output, line => line.Contains(words, StringComparison.Ordinal))
        );
    }

    private async Task HealthyAsync(Dictionary<string, string?> settings)
    {
        await using var program = Start(settings);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await program.ReadyAsync(async token =>
            (await client.GetAsync(new Uri("/readyz", UriKind.Relative), token)).StatusCode == HttpStatusCode.OK
        );
        using var page = await client.GetAsync(new Uri("/signin", UriKind.Relative));
        Assert.True(page.StatusCode is HttpStatusCode.OK or HttpStatusCode.Found, page.StatusCode.ToString());
        await StrangerAsync(client);
        await StopAsync(program);
        NoTrace(program);
        Assert.DoesNotContain(program.Output, line => line.StartsWith("warn:", StringComparison.Ordinal));
    }

    /// <summary>Cookies and form tokens that are not this program's: of the one before it at this address, or made up.</summary>
    private static async Task StrangerAsync(HttpClient client)
    {
        var foreign = $"CfDJ8{new string('x', 120)}";
        foreach (var name in new[] { "sevensa.antiforgery", "sevensa.session", "sevensa.unknown" })
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, "/signin");
            asked.Headers.Add("Cookie", $"{name}={foreign}");
            using var page = await client.SendAsync(asked);
            Assert.True(page.StatusCode is HttpStatusCode.OK or HttpStatusCode.Found, page.StatusCode.ToString());
        }
        using var sent = new HttpRequestMessage(HttpMethod.Post, "/signin");
        sent.Headers.Add("Cookie", $"sevensa.antiforgery={foreign}");
        sent.Content = new FormUrlEncodedContent([new("__RequestVerificationToken", foreign), new("_handler", "x")]);
        using var refused = await client.SendAsync(sent);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private ServerProcess Start(Dictionary<string, string?> settings)
    {
        settings["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        settings["Storage__Folder"] = Path.Combine(folder, "data");
        return ServerProcess.Start(
            "dashboard",
            "dotnet",
            [Path.ChangeExtension(typeof(Program).Assembly.Location, ".dll")],
            settings,
            folder
        );
    }

    private static async Task StopAsync(ServerProcess program)
    {
        await program.LineAsync("Application started");
        await program.StopAsync();
        Assert.Equal(0, program.ExitCode);
    }

    private static void NoTrace(ServerProcess program)
    {
        Assert.DoesNotContain(program.Output, line => line.StartsWith("fail:", StringComparison.Ordinal));
        Assert.DoesNotContain(program.Output, line => line.StartsWith("crit:", StringComparison.Ordinal));
        Assert.DoesNotContain(program.Output, line => line.TrimStart().StartsWith("at ", StringComparison.Ordinal));
        Assert.DoesNotContain(program.Output, line => line.Contains("Exception", StringComparison.Ordinal));
    }
}
