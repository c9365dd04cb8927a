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
            builder.AddCheckedOptions<SandboxN8nOptions>(N8nOptions.Section);
            builder.AddCheckedList<SandboxN8nInstanceOptions>(N8nInstanceOptions.List, nameof(N8nInstanceOptions.Name));
            services.AddSingleton(provider => Instances<SandboxN8nOptions, SandboxN8nInstanceOptions>(provider));
        }
        else
        {
            builder.AddCheckedOptions<N8nSection>(N8nOptions.Section);
            builder.AddCheckedList<N8nInstanceOptions>(N8nInstanceOptions.List, nameof(N8nInstanceOptions.Name));
            services.AddSingleton(provider => Instances<N8nSection, N8nInstanceOptions>(provider));
        }
        if (!string.IsNullOrWhiteSpace(builder.Configuration["N8n:Url"]))
        {
            AddInstance(services, null);
        }
        foreach (var instance in builder.Configuration.GetSection(N8nInstanceOptions.List).GetChildren())
        {
            if (instance["Name"] is { Length: > 0 } name)
            {
                AddInstance(services, name);
            }
        }
        services.AddSingleton<WorkflowDesk>();
        services.AddSingleton<RunWorkflow>();
        services.AddSingleton<IActionKind>(provider => provider.GetRequiredService<RunWorkflow>());
        services.AddSingleton<IDashboardExecutor, RunWorkflowExecutor>();
        services.AddSingleton<IDashboardReconciler, RunAftermath>();
        services.AddSingleton<IToolSource, WorkflowTools>();
        services.AddSingleton<IProblemSource, WorkflowProblems>();
    }

    public static void MapWorkflows(this IEndpointRouteBuilder app) => WorkflowsApi.Map(app);

    private static N8nInstances Instances<TSection, TInstance>(IServiceProvider provider)
        where TSection : N8nSection
        where TInstance : N8nInstanceOptions =>
        N8nInstances.Of(
            [
                provider.GetRequiredService<IOptions<TSection>>().Value,
                .. provider.GetRequiredService<IOptions<List<TInstance>>>().Value,
            ],
            provider
        );

    private static void AddInstance(IServiceCollection services, string? name)
    {
        services.AddSingleton<IUpstreamProbe>(provider => new N8nProbe(
            provider.GetRequiredService<N8nInstances>(),
            name
        ));
        var upstream = name is null ? "n8n" : $"n8n {name}";
        foreach (var client in (string[])[upstream, $"{upstream} start"])
        {
            // Follows no redirect: it would take the key, or a run, to another place.
            services
                .AddHttpClient(client)
                .RedactLoggedHeaders([N8nClient.KeyHeader])
                .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false)
                .AddUpstreamResilience(provider =>
                    TimeSpan.FromSeconds(
                        provider.GetRequiredService<N8nInstances>().Find(name)?.Set.TimeoutSeconds ?? 10
                    )
                );
        }
    }
}
