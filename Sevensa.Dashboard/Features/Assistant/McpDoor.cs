using System.Text.Json;
using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>The assistant's read tools and <c>propose</c> over the Model Context Protocol, in the scope of the token that calls.</summary>
public static class McpDoor
{
    public static void AddMcpDoor(this IServiceCollection services) =>
        services
            .AddMcpServer(server =>
                server.ServerInfo = new Implementation { Name = "sevensa-dashboard", Version = "1" }
            )
            .WithHttpTransport(transport => transport.Stateless = true)
            .WithListToolsHandler(
                async (request, cancellation) =>
                    new ListToolsResult
                    {
                        Tools =
                        [
                            .. (await ToolsAsync(request.Services!, cancellation)).Select(tool => new Tool
                            {
                                Name = tool.Name,
                                Description = tool.Description,
                                InputSchema = tool.JsonSchema,
                            }),
                        ],
                    }
            )
            .WithCallToolHandler(
                async (request, cancellation) =>
                {
                    var wanted = request.Params?.Name;
                    var tool =
                        (await ToolsAsync(request.Services!, cancellation)).FirstOrDefault(found =>
                            found.Name == wanted
                        )
                        ?? throw new McpProtocolException(
                            $"There is no tool \"{wanted}\".",
                            McpErrorCode.InvalidParams
                        );
                    var arguments = new AIFunctionArguments(
                        request.Params?.Arguments?.ToDictionary(pair => pair.Key, pair => (object?)pair.Value) ?? []
                    );
                    try
                    {
                        var result = await tool.InvokeAsync(arguments, cancellation);
                        var text = result is JsonElement element
                            ? element.GetRawText()
                            : JsonSerializer.Serialize(result, KeptEvent.Json);
                        return new CallToolResult { Content = [new TextContentBlock { Text = text }] };
                    }
                    catch (Exception exception) when (TurnTools.InWords(exception) is { } words)
                    {
                        return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = words }] };
                    }
                }
            );

    private static async Task<IReadOnlyList<AIFunction>> ToolsAsync(
        IServiceProvider services,
        CancellationToken cancellation
    )
    {
        var caller = await services.GetRequiredService<ICurrentCaller>().GetAsync(cancellation);
        var tools = services.GetServices<IToolSource>().SelectMany(source => source.ToolsFor(caller)).ToList();
        if (caller.MayPropose)
        {
            tools.Add(services.GetRequiredService<ProposeTool>().Function(caller, "mcp", () => [], _ => { }));
        }
        return tools;
    }
}
