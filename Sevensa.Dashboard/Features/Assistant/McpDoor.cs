using Microsoft.Extensions.AI;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sevensa.Dashboard.Features.Assistant.Mcp;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>The assistant's read tools, <c>propose</c> and <c>get_proposal</c> over the Model Context Protocol, in the scope of the token that calls.</summary>
internal static class McpDoor
{
    public static void AddMcpDoor(this IServiceCollection services)
    {
        services.AddSingleton<McpCalls>();
        services.AddSingleton<McpToolHomes>();
        services.AddSingleton<McpOnce>();
        services.AddSingleton<McpAnswers>();
        services.AddScoped<McpProposals>();
        services
            .AddMcpServer(server =>
                server.ServerInfo = new Implementation { Name = "sevensa-dashboard", Version = "1" }
            )
            .WithHttpTransport(transport => transport.Stateless = true)
            .WithListToolsHandler(
                async (request, cancellation) =>
                {
                    var answers = request.Services!.GetRequiredService<McpAnswers>();
                    var tools = ToolsFor(request.Services!, await CallerAsync(request.Services!, cancellation));
                    return new ListToolsResult { Tools = [.. tools.Select(tool => Told(tool, answers))] };
                }
            )
            .WithCallToolHandler((request, cancellation) => CallAsync(request.Services!, request.Params, cancellation));
    }

    private static Tool Told(AIFunction tool, McpAnswers answers)
    {
        var title = McpProposals.TitleOf(tool.Name);
        var proposes = tool.Name == ProposeTool.Name;
        return new Tool
        {
            Name = tool.Name,
            Title = title,
            Description = tool.Description,
            InputSchema = tool.JsonSchema,
            OutputSchema = answers.SchemaOf(tool),
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
        var caller = await CallerAsync(services, either.Token);
        var tool =
            services.GetRequiredService<McpToolHomes>().Find(asked?.Name, name => ToolsFor(services, caller, name))
            ?? throw new McpProtocolException($"There is no tool \"{asked?.Name}\".", McpErrorCode.InvalidParams);
        try
        {
            var arguments = ToolArguments.Read(
                tool,
                asked?.Arguments?.Select(pair => KeyValuePair.Create(pair.Key, (object?)pair.Value)) ?? []
            );
            return services
                .GetRequiredService<McpAnswers>()
                .Of(
                    tool.Name == ProposeTool.Name
                        ? await services.GetRequiredService<McpProposals>().ProposeAsync(tool, arguments, either.Token)
                        : await tool.InvokeAsync(arguments, either.Token),
                    caller.Tenants
                );
        }
        catch (Exception exception) when (TurnTools.InWords(exception) is { } words)
        {
            return new CallToolResult
            {
                IsError = true,
                Content =
                [
                    new TextContentBlock { Text = services.GetRequiredService<Redaction>().Of(words, caller.Tenants) },
                ],
            };
        }
        catch (Exception exception) when (exception is not (McpException or OperationCanceledException))
        {
            // The protocol's library logs what a caller mistakes at the same level, so it is not listened to.
            services
                .GetRequiredService<ILogger<McpServerTool>>()
                .LogError(exception, "The tool {Tool} ended with an error nobody foresaw", tool.Name);
            throw;
        }
    }

    private static ValueTask<Caller> CallerAsync(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<ICurrentCaller>().GetAsync(cancellation);

    private static IReadOnlyList<AIFunction> ToolsFor(IServiceProvider services, Caller caller) =>
        [.. ToolsFor(services, caller, home: null).SelectMany(home => home.Tools)];

    /// <param name="home">The source that is wanted; null for all of them.</param>
    private static IEnumerable<(Type Home, IEnumerable<AIFunction> Tools)> ToolsFor(
        IServiceProvider services,
        Caller caller,
        Type? home
    )
    {
        foreach (var source in services.GetServices<IToolSource>())
        {
            if (home is null || source.GetType() == home)
            {
                yield return (source.GetType(), source.ToolsFor(caller));
            }
        }
        if (home is null || home == typeof(McpProposals))
        {
            yield return (typeof(McpProposals), services.GetRequiredService<McpProposals>().ToolsFor(caller));
        }
    }
}
