using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sevensa.Dashboard.Features.Assistant.Mcp;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>The assistant's read tools, <c>propose</c> and <c>get_proposal</c> over the Model Context Protocol, in the scope of the token that calls.</summary>
internal static class McpDoor
{
    public static void AddMcpDoor(this IServiceCollection services)
    {
        services.AddSingleton<McpCalls>();
        services.AddSingleton<McpOnce>();
        services.AddScoped<McpProposals>();
        services
            .AddMcpServer(server =>
                server.ServerInfo = new Implementation { Name = "sevensa-dashboard", Version = "1" }
            )
            .WithHttpTransport(transport => transport.Stateless = true)
            .WithListToolsHandler(
                async (request, cancellation) =>
                    new ListToolsResult
                    {
                        Tools = [.. (await ToolsAsync(request.Services!, cancellation)).Select(Told)],
                    }
            )
            .WithCallToolHandler((request, cancellation) => CallAsync(request.Services!, request.Params, cancellation));
    }

    private static Tool Told(AIFunction tool)
    {
        var title = McpProposals.TitleOf(tool.Name);
        var proposes = tool.Name == ProposeTool.Name;
        return new Tool
        {
            Name = tool.Name,
            Title = title,
            Description = tool.Description,
            InputSchema = tool.JsonSchema,
            // A proposal changes nothing; it waits for a person.
            Annotations = new ToolAnnotations
            {
                Title = title,
                ReadOnlyHint = !proposes,
                DestructiveHint = false,
                IdempotentHint = true,
                OpenWorldHint = false,
            },
        };
    }

    private static async ValueTask<CallToolResult> CallAsync(
        IServiceProvider services,
        CallToolRequestParams? asked,
        CancellationToken cancellation
    )
    {
        // Whoever hung up, or took the question back, waits for nothing any more; nor does what was asked for it.
        var gone = services.GetRequiredService<IHttpContextAccessor>().HttpContext?.RequestAborted ?? default;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, gone);
        var tool =
            (await ToolsAsync(services, either.Token)).FirstOrDefault(found => found.Name == asked?.Name)
            ?? throw new McpProtocolException($"There is no tool \"{asked?.Name}\".", McpErrorCode.InvalidParams);
        try
        {
            var arguments = ToolArguments.Read(
                tool,
                asked?.Arguments?.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value)) ?? []
            );
            return Answer(
                services,
                tool.Name == ProposeTool.Name
                    ? await services.GetRequiredService<McpProposals>().ProposeAsync(tool, arguments, either.Token)
                    : await tool.InvokeAsync(arguments, either.Token)
            );
        }
        catch (Exception exception) when (TurnTools.InWords(exception) is { } words)
        {
            return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = words }] };
        }
    }

    /// <summary>Without white space, in the words and forms of the API.</summary>
    private static CallToolResult Answer(IServiceProvider services, object? result)
    {
        var json = services.GetRequiredService<IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>>().Value;
        var answer = JsonSerializer.SerializeToNode(result, json.SerializerOptions);
        if (services.GetRequiredService<IHttpContextAccessor>().HttpContext?.Request is { } request)
        {
            MakeLinksWhole(answer, services.GetRequiredService<PublicAddress>().BaseFor(request));
        }
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = answer?.ToJsonString(json.SerializerOptions) ?? "null" }],
        };
    }

    /// <summary>Links of our own, which begin with a slash, get the address in front, so that they lead somewhere outside of our pages too.</summary>
    private static void MakeLinksWhole(JsonNode? node, string address)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list)
                {
                    MakeLinksWhole(item, address);
                }
                break;
            case JsonObject named:
                foreach (var (name, value) in named.ToList())
                {
                    if (
                        name == "link"
                        && value is JsonValue text
                        && text.TryGetValue<string>(out var path)
                        && path.StartsWith('/')
                    )
                    {
                        named[name] = address + path;
                    }
                    else
                    {
                        MakeLinksWhole(value, address);
                    }
                }
                break;
            default:
                break;
        }
    }

    private static async Task<IReadOnlyList<AIFunction>> ToolsAsync(
        IServiceProvider services,
        CancellationToken cancellation
    )
    {
        var caller = await services.GetRequiredService<ICurrentCaller>().GetAsync(cancellation);
        var tools = services.GetServices<IToolSource>().SelectMany(source => source.ToolsFor(caller)).ToList();
        tools.AddRange(services.GetRequiredService<McpProposals>().ToolsFor(caller));
        return tools;
    }
}
