using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Asks the program's API about alerts, as its tests do.</summary>
internal static class AlertsApi
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<JsonNode> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public static async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        object? body = null
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        using var answer = await client.SendAsync(request, Stop);
        var text = await answer.Content.ReadAsStringAsync(Stop);
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }

    public static async Task<JsonNode> HistoryAsync(HttpClient client, string tenant, string name) =>
        (
            await GetAsync(
                client,
                $"/api/v1/tenants/{tenant}/alerts/history?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&limit=500"
            )
        )["items"]!
            .AsArray()
            .First(item => (string?)item!["name"] == name)!;

    public static async Task<int> CountAsync(HttpClient client, string tenant, string name) =>
        (
            await GetAsync(
                client,
                $"/api/v1/tenants/{tenant}/alerts/history?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&limit=500"
            )
        )["items"]!
            .AsArray()
            .Count(item => (string?)item!["name"] == name);

    public static async Task<JsonNode> ProposeAsync(
        HttpClient client,
        string kind,
        string tenant,
        string target,
        object parameters
    )
    {
        var (status, proposal) = await SendAsync(
            client,
            HttpMethod.Post,
            "/api/v1/proposals",
            new
            {
                kind,
                tenant,
                target,
                parameters,
                reason = "a test",
                evidence = Array.Empty<object>(),
            }
        );
        Assert.True(status == HttpStatusCode.Created, proposal?.ToJsonString());
        return proposal!;
    }

    public static async Task<JsonNode> ApproveAsync(SandboxApp app, JsonNode proposal)
    {
        using var approver = await app.ApiAsAsync("approver");
        var id = (string)proposal["id"]!;
        var (status, body) = await SendAsync(
            approver,
            HttpMethod.Post,
            $"/api/v1/proposals/{id}/approve",
            new { planHash = (string)proposal["planHash"]!, comment = "" }
        );
        Assert.True(status == HttpStatusCode.OK, body?.ToJsonString());
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(Patience.Usual);
        using var stream = await approver.GetStreamAsync($"/api/v1/proposals/{id}/events", patience.Token);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(patience.Token) is not null) { }
        return await GetAsync(approver, $"/api/v1/proposals/{id}");
    }
}
