using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Overview;

/// <summary>Every way in and out is told with how it stands, to those whom it concerns.</summary>
public sealed class ConnectionsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<List<Connection>> SeenAsync(Role role)
    {
        var caller = new Caller("1", "Somebody", role, true, TenantSet.All, ApiScopes.All);
        var all = new List<Connection>();
        foreach (var some in app.Services.GetServices<IConnections>())
        {
            all.AddRange(await some.ForAsync(caller, Stop));
        }
        return all;
    }

    [Fact]
    public async Task A_sender_of_alerts_works_once_something_came_from_it()
    {
        var before = await SeenAsync(Role.Viewer);
        Assert.Equal(
            ["Alertmanager", "Grafana", "Uptime Kuma"],
            before.Where(one => one.Kind == "Alerts in").Select(one => one.Name)
        );
        var grafana = before.Single(one => one.Name == "Grafana");
        Assert.Equal((ConnectionState.Waits, null), (grafana.State, grafana.LastGoodAt));
        Assert.Contains("/api/v1/hooks/grafana", grafana.Remedy, StringComparison.Ordinal);

        using var hook = app.WithToken("sandbox");
        await SandboxApp.GoodAsync(
            hook.PostAsJsonAsync(
                "/api/v1/hooks/grafana",
                new
                {
                    version = "1",
                    status = "firing",
                    alerts = Array.Empty<object>(),
                },
                Stop
            )
        );
        var after = (await SeenAsync(Role.Viewer)).Single(one => one.Name == "Grafana");
        Assert.Equal(ConnectionState.Works, after.State);
        Assert.NotNull(after.LastGoodAt);
    }

    [Fact]
    public async Task A_receiver_is_told_to_administrators_alone_and_troubled_while_it_is_told_nothing()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/receivers",
            new { name = "Nobody at home", url = "http://127.0.0.1:9/hook" },
            Stop
        );
        var id = (await made.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("id").GetString();
        Assert.NotEqual(ConnectionState.Troubled, Of(await SeenAsync(Role.Admin))!.State);
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/receivers/{id}/pause", null, Stop));
        var paused = Of(await SeenAsync(Role.Admin))!;
        Assert.Equal((ConnectionState.Troubled, "/receivers"), (paused.State, paused.Link));
        Assert.Null(Of(await SeenAsync(Role.Operator)));
        Assert.Empty(await SeenAsync(Role.Client));

        static Connection? Of(List<Connection> all) => all.Find(one => one.Name == "Nobody at home");
    }

    [Fact]
    public async Task The_door_for_programs_works_once_one_called()
    {
        Assert.Equal(ConnectionState.Waits, Door(await SeenAsync(Role.Viewer)).State);
        using var viewer = await app.ApiAsAsync("viewer");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(
                new
                {
                    jsonrpc = "2.0",
                    id = 1,
                    method = "tools/list",
                }
            ),
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        await SandboxApp.GoodAsync(viewer.SendAsync(request, Stop));
        Assert.Equal(ConnectionState.Works, Door(await SeenAsync(Role.Viewer)).State);

        static Connection Door(List<Connection> all) => all.Single(one => one.Name == "MCP");
    }
}
