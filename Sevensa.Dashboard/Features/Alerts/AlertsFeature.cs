using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Incidents;
using Sevensa.Dashboard.Features.Alerts.Intake;
using Sevensa.Dashboard.Features.Alerts.Objectives;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Alerts and who hears of them, rules of one's own, service levels, incidents and maintenance.</summary>
internal static class AlertsFeature
{
    public static void AddAlerts(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<AlertmanagerOptions>("Alertmanager");
        builder.AddCheckedOptions<AlertsOptions>("Alerts");
        var services = builder.Services;
        services
            .AddHttpClient<AlertmanagerClient>(Configure)
            .AddUpstreamResilience(provider =>
                TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<AlertmanagerOptions>>().Value.TimeoutSeconds)
            );
        // A client is for one use: singletons take one each time.
        services.AddSingleton<Func<AlertmanagerClient>>(provider => provider.GetRequiredService<AlertmanagerClient>);
        services.AddSingleton<IUpstreamProbe, AlertmanagerProbe>();
        services.AddSingleton<AlertsStore>();
        services.AddSingleton<AlertNews>();
        services.AddSingleton<IStartStep, AlertsElsewhere>();
        services.AddSingleton<IUnassignedAlerts, UnassignedAlerts>();
        services.AddSingleton<IAlertFeed, AlertFeed>();
        services.AddSingleton<AlertIntake>();
        services.AddTransient<AlertEnding>();
        services.AddSingleton<IOwnAlerts, OwnAlerts>();
        services.AddHostedService<HostAlarms>();
        services.AddSingleton<IConnections, HookConnections>();
        services.AddSingleton<WebhookSecret>();
        services.AddSingleton<AlertWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<AlertWatch>());
        services.AddTransient<FiringAlerts>();
        services.AddTransient<IFiringAlerts>(provider => provider.GetRequiredService<FiringAlerts>());
        services.AddTransient<IOpenAlerts>(provider => provider.GetRequiredService<FiringAlerts>());
        services.AddSingleton<SilencesStore>();
        services.AddSingleton<SilenceMemory>();
        services.AddTransient<SilenceDesk>();
        services.AddSingleton<IActionKind, CreateSilence>();
        services.AddSingleton<IDashboardExecutor, CreateSilenceExecutor>();
        services.AddSingleton<IDashboardReconciler, SilenceAftermath>();
        services.AddSingleton<ExpireSilence>();
        services.AddSingleton<IActionKind>(provider => provider.GetRequiredService<ExpireSilence>());
        services.AddSingleton<IDashboardExecutor>(provider => provider.GetRequiredService<ExpireSilence>());
        AddRules(services);
        services.AddSingleton<ObjectivesStore>();
        services.AddTransient<ServiceLevels>();
        services.AddTransient<IServiceLevels>(provider => provider.GetRequiredService<ServiceLevels>());
        services.AddTransient<ObjectiveDesk>();
        services.AddSingleton<IncidentsStore>();
        services.AddTransient<IncidentDesk>();
        services.AddTransient<IIncidents>(provider => provider.GetRequiredService<IncidentDesk>());
        services.AddTransient<IChartNotes, IncidentNotes>();
        services.AddSingleton<IStartStep, AlertSeed>();
        services.AddSingleton<IToolSource, AlertTools>();
        services.AddSingleton<IProblemSource, AlertProblems>();
    }

    internal static void AddRules(IServiceCollection services)
    {
        services.AddSingleton<RuleFiles>();
        services.AddSingleton<RuleFileWatch>();
        services.AddTransient<TenantRules>();
        services.AddTransient<DraftReplay>();
        services.AddSingleton<IActionKind, SaveRule>();
        services.AddSingleton<IActionKind, RemoveRule>();
        foreach (var kind in (string[])[RulePlan.Save, RulePlan.Remove])
        {
            services.AddSingleton<IDashboardExecutor>(provider =>
                ActivatorUtilities.CreateInstance<RuleFileExecutor>(provider, kind)
            );
            services.AddSingleton<IDashboardReconciler>(provider =>
                ActivatorUtilities.CreateInstance<RuleAftermath>(provider, kind)
            );
        }
    }

    public static void MapAlerts(this IEndpointRouteBuilder app)
    {
        app.MapAlertsApi();
        app.MapRulesApi();
        app.MapObjectivesApi();
        app.MapIncidentsApi();
        app.MapWebhooks();
    }

    private static void Configure(IServiceProvider provider, HttpClient http)
    {
        var options = provider.GetRequiredService<IOptions<AlertmanagerOptions>>().Value;
        if (!options.IsConfigured)
        {
            return;
        }
        http.BaseAddress = new Uri(options.Url!.TrimEnd('/') + "/");
        if (options.TokenFile is { Length: > 0 } token)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                File.ReadAllText(token).Trim()
            );
        }
        else if (options.Username is { Length: > 0 } name)
        {
            var password = options.PasswordFile is { Length: > 0 } file ? File.ReadAllText(file).Trim() : "";
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic",
                Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"))
            );
        }
    }
}
