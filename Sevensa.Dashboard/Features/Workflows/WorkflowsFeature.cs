using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Features.Workflows.Running;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>Workflows that n8n runs beside the platform: whose they are, how their runs end, and running one on approval.</summary>
internal static class WorkflowsFeature
{
    public static void AddWorkflows(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        if (builder.Environment.IsSandbox())
        {
            builder.AddCheckedOptions<SandboxN8nOptions>("N8n");
            services.PostConfigure<N8nOptions>(options => options.SandboxKey = builder.Configuration["N8n:Key"]);
            services.AddOptions<N8nOptions>().BindConfiguration("N8n");
        }
        else
        {
            builder.AddCheckedOptions<N8nOptions>("N8n");
        }
        Direct(services.AddHttpClient<N8nClient>(Configure));
        Direct(services.AddHttpClient<N8nStart>(Configure));
        // A client is for one use: singletons take one each time.
        services.AddSingleton<Func<N8nClient>>(provider => provider.GetRequiredService<N8nClient>);
        services.AddSingleton<Func<N8nStart>>(provider => provider.GetRequiredService<N8nStart>);
        if (!string.IsNullOrWhiteSpace(builder.Configuration["N8n:Url"]))
        {
            services.AddSingleton<IUpstreamProbe, N8nProbe>();
        }
        services.AddSingleton<N8nKeys>();
        services.AddSingleton<WorkflowOwners>();
        services.AddSingleton<WorkflowReading>();
        services.AddSingleton<RunWays>();
        services.AddSingleton<WorkflowBook>();
        services.AddSingleton<WorkflowDesk>();
        services.AddSingleton<RunLookup>();
        services.AddSingleton<RunWorkflow>();
        services.AddSingleton<IActionKind>(provider => provider.GetRequiredService<RunWorkflow>());
        services.AddSingleton<IDashboardExecutor, RunWorkflowExecutor>();
        services.AddSingleton<IDashboardReconciler, RunAftermath>();
        services.AddSingleton<IToolSource, WorkflowTools>();
        services.AddSingleton<IProblemSource, WorkflowProblems>();
    }

    public static void MapWorkflows(this IEndpointRouteBuilder app) => WorkflowsApi.Map(app);

    /// <summary>Follows no redirect: it would take the key, or a run, to another place.</summary>
    private static void Direct(IHttpClientBuilder client) =>
        client
            .RedactLoggedHeaders([N8nClient.KeyHeader])
            .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false)
            .AddUpstreamResilience(provider =>
                TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<N8nOptions>>().Value.TimeoutSeconds)
            );

    private static void Configure(IServiceProvider provider, HttpClient http)
    {
        if (provider.GetRequiredService<IOptions<N8nOptions>>().Value is { IsConfigured: true } set)
        {
            http.BaseAddress = new Uri(set.Url!.TrimEnd('/') + "/");
        }
    }
}
