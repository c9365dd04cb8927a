using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// PostgreSQL stops while an action runs on a real engine: open pages say that the database can't be reached, the action ends on
/// its host, and both go on by themselves when PostgreSQL is back.
/// </summary>
[TakesLong(70)]
public sealed class TheStoreGoesAway : IAsyncLifetime
{
    private const string Container = "rentguy-api-1";
    private const string Reason = "PostgreSQL stops meanwhile";
    private const string Image = "rentguy/api:2.4.0";
    private readonly PostgresCluster cluster = new();
    private readonly DockerEngine engine = new();
    private readonly string gate = Workspace.NewFolder("gate");
    private DashboardProcess dashboard = null!;
    private RunnerProcess runner = null!;

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        await engine.InitializeAsync();
        await engine.ImageAsync(Image);
        await engine.ContainerAsync(
            Container,
            Image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "api" },
            // Between TERM and the end lies what the test does meanwhile.
            [
                "sh",
                "-c",
                "trap 'while ! test -e /gate/open; do sleep 0.2; done; exit 0' TERM; while :; do sleep 1 & wait $!; done",
            ],
            request => request["HostConfig"]!["Binds"] = new JsonArray($"{gate}:/gate")
        );
        dashboard = new DashboardProcess(
            new Dictionary<string, string?>
            {
                ["Docker:Endpoint"] = "none",
                ["Storage:Postgres"] = await cluster.DatabaseAsync("dashboard"),
                ["Actions:SweepEvery"] = "00:00:00.500",
                ["Releases:WatchFor"] = "00:00:00",
            }
        );
        await dashboard.StartAsync();
        using var admin = await dashboard.ClientOfAsync("admin");
        using var issued = await admin.PostAsJsonAsync("/api/v1/hosts/enrolment-tokens", new { });
        var token = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!["token"]!.GetValue<string>();
        runner = new RunnerProcess(
            dashboard.Url,
            token,
            new Dictionary<string, string?>
            {
                ["Runner:Name"] = "vps-away",
                ["Runner:Docker"] = engine.Endpoint,
                ["Runner:Metrics"] = "none",
            }
        );
        await runner.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await runner.DisposeAsync();
        await dashboard.DisposeAsync();
        await engine.DisposeAsync();
        Directory.Delete(gate, recursive: true);
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task What_ran_meanwhile_is_told_afterwards_and_open_pages_go_on_by_themselves()
    {
        using var asks = await dashboard.ClientOfAsync("operator");
        using var decides = await dashboard.ClientOfAsync("approver");
        await Eventually.TrueAsync(
            "the host to tell what runs there",
            async token =>
                (await asks.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Count == 1
        );
        using var asked = await asks.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = Container,
                parameters = new { graceSeconds = 300 },
                reason = Reason,
            }
        );
        var proposal = JsonNode.Parse(await asked.Content.ReadAsStringAsync())!;
        Assert.True(asked.IsSuccessStatusCode, proposal.ToString());
        var id = proposal["id"]!.GetValue<string>();
        var title = proposal["title"]!.GetValue<string>();
        using var session = await LoadSession.SignInAsync(dashboard.Url, "approver");
        await using var circuit = await Circuit.OpenAsync(session, "/approvals");
        await circuit.SeesAsync(title);
        var before = await engine.StartedAtAsync(Container);
        using (
            var approved = await decides.PostAsJsonAsync(
                $"/api/v1/proposals/{id}/approve",
                new { planHash = proposal["planHash"]!.GetValue<string>() }
            )
        )
        {
            Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
        }
        await Eventually.TrueAsync(
            "the action to run",
            async token =>
                (await asks.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))!["state"]!.GetValue<string>()
                == "running"
        );

        await cluster.StopAsync();
        await circuit.NavigateAsync($"/approvals/{id}");
        await circuit.SeesAsync("The database can't be reached");
        await Eventually.TrueAsync(
            "readiness to name the store",
            async token =>
            {
                using var ready = await dashboard.Http.GetAsync(new Uri("/readyz", UriKind.Relative), token);
                var words = await ready.Content.ReadAsStringAsync(token);
                return ready.StatusCode == HttpStatusCode.ServiceUnavailable
                    && words.Contains("storeUnavailable", StringComparison.Ordinal);
            }
        );
        Assert.Equal(before, await engine.StartedAtAsync(Container));
        await File.WriteAllTextAsync(Path.Combine(gate, "open"), "");
        await Eventually.TrueAsync(
            "the container to be restarted while the store is away",
            async _ => await engine.StartedAtAsync(Container) != before
        );

        Assert.False(circuit.Saw(Reason), "What can't be read can't be shown.");
        await cluster.StartAsync();
        // By itself: nobody asks for anything in the page.
        await circuit.SeesAsync(Reason);
        Assert.Null(circuit.Error);
        await Eventually.TrueAsync(
            "what ran meanwhile to be told",
            async token =>
                (await asks.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}", token))!["state"]!.GetValue<string>()
                == "succeeded",
            because: () => runner.Process!.Tail() + dashboard.Process.Tail()
        );
        await Eventually.TrueAsync(
            "readiness to be as before",
            async token =>
            {
                using var well = await dashboard.Http.GetAsync(new Uri("/readyz", UriKind.Relative), token);
                return well.StatusCode == HttpStatusCode.OK;
            }
        );
    }
}
