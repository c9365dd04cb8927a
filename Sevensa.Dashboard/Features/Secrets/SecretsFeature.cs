using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Accesses;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Features.Secrets.Exposures;
using Sevensa.Dashboard.Features.Secrets.HandOvers;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Rights;
using Sevensa.Dashboard.Features.Secrets.Roots;
using Sevensa.Dashboard.Features.Secrets.Schedules;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>Secrets in Vault: what there is and how old it is, and rotation through approval. Values stay in Vault.</summary>
internal static class SecretsFeature
{
    public static void AddSecrets(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        if (builder.Environment.IsSandbox())
        {
            builder.AddCheckedOptions<SandboxSecretsOptions>("Vault");
            services.PostConfigure<SecretsOptions>(options =>
                options.SandboxToken = builder.Configuration["Vault:Token"]
            );
            services.AddOptions<SecretsOptions>().BindConfiguration("Vault");
        }
        else
        {
            builder.AddCheckedOptions<SecretsOptions>("Vault");
        }
        services
            .AddHttpClient<VaultClient>(
                (provider, http) =>
                {
                    if (provider.GetRequiredService<IOptions<SecretsOptions>>().Value is { IsConfigured: true } set)
                    {
                        http.BaseAddress = new Uri(set.Address!.TrimEnd('/') + "/");
                    }
                }
            )
            .RedactLoggedHeaders(["X-Vault-Token"])
            .AddUpstreamResilience(provider =>
                TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<SecretsOptions>>().Value.TimeoutSeconds)
            );
        services.AddSingleton<VaultSession>();
        services.AddSingleton<IUpstreamProbe, VaultProbe>();
        services.AddHostedService<VaultTokenKeeper>();
        services.AddHostedService<RightsCheck>();
        services.AddSingleton<SeenReaders>();
        services.AddHostedService(provider => provider.GetRequiredService<RotationClock>());
        AddSecrets(services);
    }

    internal static void AddSecrets(IServiceCollection services)
    {
        // A client is for one use: singletons take one each time.
        services.AddSingleton<Func<VaultClient>>(provider => provider.GetRequiredService<VaultClient>);
        services.AddSingleton<SecretCatalogue>();
        services.AddSingleton<LeaseCatalogue>();
        services.AddSingleton<SecretConsumers>();
        services.AddSingleton<AlternationPlan>();
        services.AddSingleton<UsedLogins>();
        services.AddSingleton<LoginSteps>();
        services.AddSingleton<VaultRights>();
        services.AddSingleton<AppRolePlan>();
        services.AddSingleton<ProbeDoor>();
        services.AddSingleton<ProbeStep>();
        services.AddSingleton<EnteredNews>();
        services.AddSingleton<EnteredStep>();
        services.AddSingleton<EnteredValues>();
        services.AddSingleton<IAwaitedDeed, EnteringPlace>();
        services.AddSingleton<SecretDeeds>();
        services.AddSingleton<HandOver>();
        services.AddSingleton<IProblemSource, SecretDeedProblems>();
        services.AddSingleton<IActionKind, RotateRoot>();
        services.AddSingleton<IDashboardExecutor, RotateRootExecutor>();
        services.AddSingleton<IActionKind, RehearseSecret>();
        services.AddSingleton<IDashboardExecutor, RehearseSecretExecutor>();
        services.AddSingleton<IActionKind, EnterSecret>();
        services.AddSingleton<IDashboardExecutor, EnterSecretExecutor>();
        services.AddSingleton<SecretAgeStore>();
        services.AddSingleton<VersionSteps>();
        services.AddSingleton<RotationUndo>();
        services.AddSingleton<RotationDenials>();
        services.AddSingleton<RotationSaga>();
        services.AddSingleton<LeaseLogins>();
        services.AddSingleton<IActionKind, RevokeLease>();
        services.AddSingleton<IDashboardExecutor, LeaseRevocation>();
        services.AddSingleton<IActionKind, RotateSecret>();
        services.AddSingleton<IDashboardExecutor, RotateSecretExecutor>();
        services.AddSingleton<IActionKind, RestoreSecret>();
        services.AddSingleton<IDashboardExecutor, RestoreSecretExecutor>();
        services.AddSingleton<IActionKind, RetireSecretId>();
        services.AddSingleton<IDashboardExecutor, RetireSecretIdExecutor>();
        services.AddSingleton<IDashboardReconciler, RotationAftermath>();
        services.AddSingleton<IToolSource, SecretTools>();
        services.AddSingleton<IVaultedPasswords, VaultedPasswords>();
        services.AddSingleton<IVaultedCredentials, VaultedCredentials>();
        services.AddSingleton<ICredentialUsers, CredentialUsers>();
        services.AddSingleton<AccessRecord>();
        services.AddSingleton<ExposedSecrets>();
        services.AddSingleton<IKeptSecrets, KeptSecrets>();
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<ScheduleDesk>();
        services.AddSingleton<IConfigurationPart, ConfiguredRules>();
        services.AddSingleton<RotationCalendar>();
        services.AddSingleton<LastRotations>();
        services.AddSingleton<FleetSecrets>();
        services.AddSingleton<RotationClock>();
        services.AddSingleton<IProblemSource, ScheduleProblems>();
    }

    public static void MapSecrets(this IEndpointRouteBuilder app) => app.MapSecretsApi();
}
