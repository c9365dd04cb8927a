using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Mcp;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Chat: model, tools, evidence, proposals; the same tools over MCP.</summary>
internal static class AssistantFeature
{
    public static void AddAssistant(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<OllamaOptions>("Ollama");
        builder.AddCheckedOptions<AssistantOptions>("Assistant");
        var services = builder.Services;
        // No time-out of its own: an answer streams as long as the model speaks; silence is what ends it.
        services.AddHttpClient(ChatModel.Client, http => http.Timeout = Timeout.InfiniteTimeSpan).KeepsConnections();
        services.AddSingleton<ChatModel>();
        services.AddSingleton<IUpstreamProbe, ChatModelProbe>();
        services.AddSingleton<ConversationStore>();
        services.AddScoped<ProposeTool>();
        services.AddScoped<TurnTools>();
        services.AddScoped<PlainAnswers>();
        services.AddScoped<Answering>();
        services.AddScoped<Conversations>();
        services.AddSingleton<IEvidenceAgain, EvidenceAgain>();
        services.AddMcpDoor();
    }

    public static void MapAssistant(this IEndpointRouteBuilder app)
    {
        app.MapAssistantApi();
        var mcp = app.MapMcp("/mcp").RequireAuthorization(Policies.Read);
        mcp.Finally(endpoint =>
        {
            if (endpoint.RequestDelegate is { } handle)
            {
                endpoint.RequestDelegate = new McpGuard(handle).InvokeAsync;
            }
        });
    }
}
