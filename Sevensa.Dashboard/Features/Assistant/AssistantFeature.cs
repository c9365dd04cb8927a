using System.CommandLine;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Budgets;
using Sevensa.Dashboard.Features.Assistant.Examination;
using Sevensa.Dashboard.Features.Assistant.Mcp;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Playbooks;
using Sevensa.Dashboard.Features.Assistant.Runs;
using Sevensa.Dashboard.Features.Assistant.Sharing;
using Sevensa.Dashboard.Features.Assistant.Story;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Assistant.Turns;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Chat: model, tools, evidence, proposals; the same tools over MCP.</summary>
internal static class AssistantFeature
{
    public static IReadOnlyList<Command> Commands { get; } = [ExamCommand.Command];

    public static void AddAssistant(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<OllamaOptions>("Ollama");
        builder.AddCheckedList<FurtherModelOptions>(FurtherModelOptions.Section);
        builder.AddCheckedOptions<AssistantOptions>("Assistant");
        var services = builder.Services;
        // No time-out of its own: an answer streams as long as the model speaks; silence is what ends it.
        services.AddHttpClient(ChatModel.Client, http => http.Timeout = Timeout.InfiniteTimeSpan).KeepsConnections();
        services.AddSingleton<ChatModels>();
        services.AddSingleton(provider => provider.GetRequiredService<ChatModels>().Main);
        services.AddSingleton<ModelExamStore>();
        services.AddSingleton<ModelStandings>();
        AddExamination(services);
        services.AddSingleton<IUpstreamProbe, ChatModelProbe>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<ConversationStore>());
        AddBudgets(services);
        AddSharing(services);
        AddPlaybooks(services);
        services.AddSingleton<Redaction>();
        services.AddScoped<ProposeTool>();
        services.AddScoped<TurnTools>();
        services.AddScoped<PlainAnswers>();
        services.AddScoped<Answering>();
        services.AddSingleton<AnswerRuns>();
        services.AddHostedService(provider => provider.GetRequiredService<AnswerRuns>());
        services.AddSingleton<IStartStep, AnswersElsewhere>();
        services.AddScoped<Conversations>();
        services.AddSingleton<IEvidenceAgain, EvidenceAgain>();
        services.AddScoped<StoryTeller>();
        services.AddScoped<ClosingDrafts>();
        services.AddSingleton<IProblemSource, StoryProblems>();
        services.AddMcpDoor();
        services.AddSingleton<McpNews>();
        services.AddSingleton<IConnections, McpConnections>();
    }

    private static void AddBudgets(IServiceCollection services)
    {
        services.AddSingleton<BudgetStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<BudgetStore>());
        services.AddSingleton<BudgetDesk>();
        services.AddSingleton<IProblemSource, BudgetProblems>();
    }

    private static void AddSharing(IServiceCollection services)
    {
        services.AddSingleton<SharingStore>();
        services.AddScoped<SharingDesk>();
        services.AddSingleton<IProblemSource, SharingProblems>();
    }

    private static void AddPlaybooks(IServiceCollection services)
    {
        services.AddSingleton<PlaybookStore>();
        services.AddScoped<PlaybookShelf>();
        services.AddScoped<PlaybookDesk>();
        services.AddSingleton<IToolSource, PlaybookTools>();
        services.AddSingleton<IProblemSource, PlaybookProblems>();
    }

    private static void AddExamination(IServiceCollection services)
    {
        services.AddSingleton<Examiner>();
        services.AddSingleton<ExamDesk>();
        services.AddHostedService(provider => provider.GetRequiredService<ExamDesk>());
        services.AddSingleton<IStartStep, SeededExams>();
        services.AddSingleton<IProgramCommand, ExamCommand>();
        services.AddSingleton<IProblemSource, ModelProblems>();
    }

    public static void MapAssistant(this IEndpointRouteBuilder app)
    {
        app.MapAssistantApi();
        app.MapModelsApi();
        app.MapBudgetsApi();
        app.MapSharingApi();
        app.MapPlaybooksApi();
        app.MapStoryApi();
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
