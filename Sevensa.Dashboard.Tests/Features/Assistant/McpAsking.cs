using System.Net.Http.Json;
using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Asks over MCP as its clients do, and reads what is answered.</summary>
internal static class McpAsking
{
    public static async Task<HttpResponseMessage> PostAsync(
        HttpClient client,
        object message,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = JsonContent.Create(message) };
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }
        return await client.SendAsync(request);
    }

    public static async Task<JsonElement> MessageAsync(HttpResponseMessage answer)
    {
        var body = await answer.Content.ReadAsStringAsync();
        return JsonDocument
            .Parse(
                answer.Content.Headers.ContentType?.MediaType == "text/event-stream"
                    ? body.Split('\n').Last(line => line.StartsWith("data: ", StringComparison.Ordinal))[
                        "data: ".Length..
                    ]
                    : body
            )
            .RootElement;
    }

    public static async Task<(bool IsError, string Text)> CallAsync(HttpClient client, string tool, object arguments)
    {
        using var answer = await PostAsync(
            client,
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/call",
                @params = new { name = tool, arguments },
            }
        );
        var result = (await MessageAsync(answer)).GetProperty("result");
        return (
            result.TryGetProperty("isError", out var error) && error.GetBoolean(),
            result.GetProperty("content")[0].GetProperty("text").GetString()!
        );
    }
}
