using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>The real servers that the other stories stand on come up, answer, and leave nothing behind.</summary>
public sealed class RealPartsStart
{
    [Fact]
    public async Task DockerRunsLabelledContainersAndLeavesNothing()
    {
        string socket;
        await using (var engine = new DockerEngine())
        {
            await engine.InitializeAsync();
            socket = engine.SocketPath;
            var older = await engine.ImageAsync("rentguy/api:2.4.0");
            var newer = await engine.ImageAsync("rentguy/api:2.4.1");
            Assert.NotEqual(older, newer);
            await engine.NetworkAsync("rentguy");
            var id = await engine.ContainerAsync(
                "rentguy-api",
                "rentguy/api:2.4.0",
                new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "api" },
                adjust: request => request["HostConfig"]!["NetworkMode"] = "rentguy"
            );

            var listed = Assert.Single(await engine.ContainersAsync())!;
            Assert.Equal(id, listed["Id"]!.GetValue<string>());
            Assert.Equal("running", listed["State"]!.GetValue<string>());
            Assert.Equal(older, listed["ImageID"]!.GetValue<string>());
            Assert.Equal("rentguy", listed["Labels"]!["sevensa.tenant"]!.GetValue<string>());

            var before = await engine.StartedAtAsync(id);
            await engine.PostAsync($"containers/{id}/restart?t=10");
            Assert.NotEqual(before, await engine.StartedAtAsync(id));
            Assert.Equal(0, (await engine.InspectAsync(id))["State"]!["ExitCode"]!.GetValue<int>());
        }
        Assert.False(Directory.Exists(Path.GetDirectoryName(socket)));
        Assert.DoesNotContain(
            Path.GetDirectoryName(socket)!,
            await File.ReadAllTextAsync("/proc/self/mounts"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task DockerComesBackAfterAnOutageWithItsContainers()
    {
        await using var engine = new DockerEngine();
        await engine.InitializeAsync();
        await engine.ImageAsync("witcom/psra-api:1.0.0");
        var id = await engine.ContainerAsync("psra-api", "witcom/psra-api:1.0.0");
        await engine.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => engine.InspectAsync(id));
        await engine.StartAsync();
        Assert.Equal("exited", (await engine.InspectAsync(id))["State"]!["Status"]!.GetValue<string>());
    }

    [Fact]
    public async Task PrometheusScrapesWhatItIsGiven()
    {
        await using var prometheus = new PrometheusServer();
        await prometheus.InitializeAsync();
        await prometheus.ScrapeAsync(new ScrapeTarget("again", prometheus.Url.Authority));
        using var http = new HttpClient { BaseAddress = prometheus.Url };
        var up = await Eventually.GetAsync(
            "the target is scraped",
            async token =>
            {
                var answer = await http.GetFromJsonAsync<JsonNode>(
                    new Uri("/api/v1/query?query=up{job='again'}", UriKind.Relative),
                    token
                );
                var result = (JsonArray)answer!["data"]!["result"]!;
                return result.Count == 1 ? result[0]!["value"]![1]!.GetValue<string>() : null;
            }
        );
        Assert.Equal("1", up);
    }

    [Fact]
    public async Task PostgresAnswersAndKeepsItsDataOverARestart()
    {
        await using var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        var database = await cluster.DatabaseAsync("dashboard");
        await using (var source = NpgsqlDataSource.Create(database))
        {
            await using var one = source.CreateCommand("select 1");
            Assert.Equal(1, await one.ExecuteScalarAsync());
            await using var table = source.CreateCommand("create table kept as select 7 as n");
            await table.ExecuteNonQueryAsync();
        }
        await cluster.StopAsync();
        await cluster.StartAsync();
        await using (var source = NpgsqlDataSource.Create(database))
        {
            await using var kept = source.CreateCommand("select n from kept");
            Assert.Equal(7, await kept.ExecuteScalarAsync());
        }
    }

    [Fact]
    public void APartThatIsMissingEndsTheTestThatUsesItWithTheReason()
    {
        var needs = new NeededParts();
        Exception? ended = null;
        try
        {
            needs.Executable("nothing", "/nonexistent/program");
        }
        catch (Exception exception)
        {
            ended = exception;
        }
        Assert.NotNull(ended);
        Assert.Contains(
            "/nonexistent/program is missing: install Debian's package nothing",
            ended.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(Missing.InContinuousIntegration, ended is Xunit.Sdk.FailException);
        Assert.False(needs.Complete);
    }

    [Fact]
    public async Task ChromiumOpensAPage()
    {
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        var page = await pages.OpenAsync(new Uri("http://127.0.0.1"));
        await page.GoToAsync("about:blank");
        await page.SetContentAsync("<main>well</main>");
        Assert.Equal("well", await page.Locator("main").InnerTextAsync());
        Assert.StartsWith(
            "Mozilla/5.0",
            await page.EvaluateAsync<string>("navigator.userAgent"),
            StringComparison.Ordinal
        );
    }
}
