using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

[Collection(SandboxCollection.Name)]
public class IdempotencyAndTicketTests(SandboxApp app)
{
    [Fact]
    public async Task The_same_key_gives_the_same_answer_and_with_another_body_422()
    {
        using var client = await app.ApiAsAsync("operator");
        await app.FleetIsKnownAsync();
        var key = Guid.NewGuid().ToString("n");
        var first = await ProposeAsync(client, key, "first");
        var again = await ProposeAsync(client, key, "first");
        Assert.Equal(HttpStatusCode.Created, again.Status);
        Assert.Equal(first.Body.GetProperty("id").GetString(), again.Body.GetProperty("id").GetString());
        var other = await ProposeAsync(client, key, "second");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.False(string.IsNullOrEmpty(other.Body.GetProperty("traceId").GetString()));
        // Another caller's key is another key.
        using var admin = await app.ApiAsAsync("admin");
        var others = await ProposeAsync(admin, key, "first", graceSeconds: 42);
        Assert.Equal(HttpStatusCode.Created, others.Status);
        Assert.NotEqual(first.Body.GetProperty("id").GetString(), others.Body.GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_ticket_opens_one_web_socket_once()
    {
        using var client = await app.ApiAsAsync("viewer");
        using var issued = await client.PostAsJsonAsync("/api/v1/tickets", new { });
        var ticket = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString();
        var tail = new UriBuilder(app.Address)
        {
            Scheme = "ws",
            Path = "/api/v1/tenants/rentguy/loki/api/v1/tail",
            Query = $"query={Uri.EscapeDataString("{service=\"api\"}")}&ticket={ticket}",
        }.Uri;
        using var patience = new CancellationTokenSource(Patience.Usual);
        using (var socket = new ClientWebSocket())
        {
            await socket.ConnectAsync(tail, patience.Token);
            Assert.Equal(WebSocketState.Open, socket.State);
        }
        using var second = new ClientWebSocket();
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => second.ConnectAsync(tail, patience.Token));
        Assert.Contains("401", refused.Message);
        // Nor is it a token for anything else.
        using var stranger = app.Anonymous();
        using var plain = await stranger.GetAsync($"/api/v1/tenants?ticket={ticket}");
        Assert.Equal(HttpStatusCode.Unauthorized, plain.StatusCode);
    }

    [Fact]
    public async Task A_ticket_opens_the_tail_it_was_made_for_and_without_one_no_more_than_a_tail_of_its_owners()
    {
        using var client = await app.ApiAsAsync("viewer");
        const string path = "/api/v1/tenants/rentguy/loki/api/v1/tail?query=%7Bservice%3D%22api%22%7D";
        Assert.Equal(WebSocketState.Open, await OpenAsync(await TicketAsync(client, path), path));
        Assert.Null(await OpenAsync(await TicketAsync(client, path), path.Replace("api%22", "web%22")));
        Assert.Null(await OpenAsync(await TicketAsync(client, path), path.Replace("rentguy", "witcom")));
        // Its owner's own right holds, and it reads nothing in another way.
        using var portal = await app.ApiAsAsync("client-rentguy");
        Assert.Null(await OpenAsync(await TicketAsync(portal, null), path.Replace("rentguy", "witcom")));
        using var stranger = app.Anonymous();
        foreach (var other in new[] { "loki/api/v1/labels", "containers", "health", "secrets" })
        {
            using var plain = await stranger.GetAsync(
                $"/api/v1/tenants/rentguy/{other}?ticket={await TicketAsync(client, null)}"
            );
            Assert.Equal(HttpStatusCode.Unauthorized, plain.StatusCode);
        }
    }

    private static async Task<string> TicketAsync(HttpClient client, string? path)
    {
        using var issued = await client.PostAsJsonAsync("/api/v1/tickets", new { path });
        return (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString()!;
    }

    /// <summary>Null when it was refused.</summary>
    private async Task<WebSocketState?> OpenAsync(string ticket, string path)
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        using var socket = new ClientWebSocket();
        try
        {
            await socket.ConnectAsync(new Uri($"ws://{app.Address.Authority}{path}&ticket={ticket}"), patience.Token);
            return socket.State;
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> ProposeAsync(
        HttpClient client,
        string key,
        string reason,
        int graceSeconds = 41
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/proposals")
        {
            Content = JsonContent.Create(
                new
                {
                    kind = "container.restart",
                    tenant = "rentguy",
                    target = "web",
                    parameters = new { graceSeconds },
                    reason,
                    evidence = Array.Empty<object>(),
                }
            ),
        };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
