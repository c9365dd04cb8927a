using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Automation.Backtests;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Automation.Enforcing;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Policies: from a sentence to an action within a budget, tried on the past and watched in shadow first.</summary>
internal static class AutomationFeature
{
    public static void AddAutomation(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<AutomationOptions>("Policies");
        AddAutomation(builder.Services);
        builder.Services.AddHostedService(provider => provider.GetRequiredService<PolicyEngine>());
        builder.Services.AddSingleton<IProblemSource, PolicyProblems>();
    }

    internal static void AddAutomation(IServiceCollection services)
    {
        services.AddSingleton<PolicyStore>();
        services.AddSingleton<PolicyNews>();
        services.AddSingleton<PolicyStages>();
        services.AddSingleton<PolicyFiling>();
        services.AddTransient<SentenceReader>();
        services.AddSingleton<ReadyPolicies>();
        services.AddTransient<PolicyHistory>();
        services.AddTransient<PolicyBacktest>();
        services.AddTransient<PolicyAccess>();
        services.AddTransient<PolicyShown>();
        services.AddTransient<PolicyDesk>();
        services.AddSingleton<EffectStore>();
        services.AddTransient<EffectDesk>();
        services.AddTransient<PolicyDrafts>();
        services.AddSingleton<PolicySchema>();
        services.AddSingleton<PolicyText>();
        services.AddTransient<PolicyArrivals>();
        services.AddTransient<PolicyExchange>();
        services.AddSingleton<VersionStore>();
        services.AddTransient<PolicyVersions>();
        services.AddSingleton<IConfigurationPart, ConfiguredPolicies>();
        services.AddTransient<PolicyCourse>();
        services.AddTransient<PolicyBrake>();
        services.AddSingleton<SteadyTime>();
        services.AddSingleton<ContainerReading>();
        services.AddSingleton<WatchReading>();
        services.AddSingleton<HostReading>();
        services.AddSingleton<MetricReading>();
        services.AddForecasts();
        services.AddSingleton<TriggerReader>();
        services.AddSingleton<PolicyObjections>();
        services.AddSingleton<PolicyAsking>();
        services.AddSingleton<PolicyDeeds>();
        services.AddSingleton<PolicyOutcomes>();
        services.AddSingleton<ShadowComparison>();
        services.AddSingleton<PolicyBlindness>();
        services.AddSingleton<PolicyEngine>();
        services.AddSingleton<IActionKind, EnforcePolicy>();
        services.AddSingleton<IActionKind, DraftPolicy>();
        services.AddSingleton<DraftPolicyExecutor>();
        services.AddSingleton<IDashboardExecutor>(provider => provider.GetRequiredService<DraftPolicyExecutor>());
        services.AddSingleton<IDashboardReconciler>(provider => provider.GetRequiredService<DraftPolicyExecutor>());
        services.AddSingleton<IActionKind, ChangePolicy>();
        services.AddSingleton<ChangePolicyExecutor>();
        services.AddSingleton<IDashboardExecutor>(provider => provider.GetRequiredService<ChangePolicyExecutor>());
        services.AddSingleton<IDashboardReconciler>(provider => provider.GetRequiredService<ChangePolicyExecutor>());
        services.AddSingleton<IToolSource, PolicyTools>();
        services.AddSingleton<EnforcePolicyExecutor>();
        services.AddSingleton<IDashboardExecutor>(provider => provider.GetRequiredService<EnforcePolicyExecutor>());
        services.AddSingleton<IDashboardReconciler>(provider => provider.GetRequiredService<EnforcePolicyExecutor>());
        services.AddSingleton<IAuditNames, PolicyNames>();
        services.AddSingleton<IOutlivedRows, OutlivedEvaluations>();
    }

    public static void MapAutomation(this IEndpointRouteBuilder app) => PoliciesApi.Map(app);

    private sealed class OutlivedEvaluations(PolicyStore store, IOptions<AutomationOptions> options, TimeProvider time)
        : IOutlivedRows
    {
        public Task RemoveAsync(CancellationToken cancellation) =>
            store.ForgetAsync(time.GetUtcNow().AddDays(-options.Value.KeepDays), cancellation);
    }
}
