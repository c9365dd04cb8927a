using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The official C# client at the program: it lists the tools, looks, proposes, and is told what stands in its way.</summary>
[Collection(SandboxCollection.Name)]
public sealed class McpClientTests(SandboxApp app)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_official_client_lists_looks_and_proposes()
    {
        await app.FleetIsKnownAsync();
        using var http = await app.ApiAsAsync("operator");
        await using var client = await ConnectAsync(http);

        var tools = await client.ListToolsAsync(cancellationToken: Cancel);
        Assert.Contains(tools, tool => tool.Name == "compare_metric");
        Assert.Contains(tools, tool => tool.Name == "propose");

        var hosts = await CallAsync(client, "list_hosts", ("tenant", "rentguy"));
        Assert.NotEqual(true, hosts.IsError);
        Assert.Equal("vps-1", hosts.StructuredContent!.Value.GetProperty("hosts")[0].GetProperty("name").GetString());

        var proposed = await CallAsync(
            client,
            "propose",
            ("kind", "container.restart"),
            ("tenant", "rentguy"),
            ("target", "rentguy-web-1"),
            ("reason", "The official client asks for it")
        );
        Assert.NotEqual(true, proposed.IsError);
        Assert.Equal("proposed", proposed.StructuredContent!.Value.GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_official_client_is_told_what_stands_in_its_way()
    {
        using var http = await app.ApiAsAsync("operator");
        await using var client = await ConnectAsync(http);
        var refused = await CallAsync(client, "list_containers", ("tenant", "nobody"));
        Assert.True(refused.IsError);
        Assert.Contains(
            "nobody",
            Assert.IsType<TextContentBlock>(Assert.Single(refused.Content)).Text,
            StringComparison.Ordinal
        );
    }

    private static Task<McpClient> ConnectAsync(HttpClient http) =>
        McpClient.CreateAsync(
            new HttpClientTransport(
                new HttpClientTransportOptions
                {
                    Endpoint = new Uri(http.BaseAddress!, "/mcp"),
                    TransportMode = HttpTransportMode.StreamableHttp,
                },
                http
            ),
            cancellationToken: Cancel
        );

    private static async Task<CallToolResult> CallAsync(
        McpClient client,
        string tool,
        params (string Name, string Value)[] arguments
    ) =>
        await client.CallToolAsync(
            tool,
            arguments.ToDictionary(one => one.Name, one => (object?)one.Value),
            cancellationToken: Cancel
        );
}
