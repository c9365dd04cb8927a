using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets.Accesses;
using Sevensa.Dashboard.Features.Secrets.Exposures;
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
        services.AddHostedService(provider => provider.GetRequiredService<RotationClock>());
        AddSecrets(services);
    }

    internal static void AddSecrets(IServiceCollection services)
    {
        // A client is for one use: singletons take one each time.
        services.AddSingleton<Func<VaultClient>>(provider => provider.GetRequiredService<VaultClient>);
        services.AddSingleton<SecretCatalogue>();
        services.AddSingleton<LeaseCatalogue>();
        services.AddSingleton<IActionKind, RotateSecret>();
        services.AddSingleton<IDashboardExecutor, RotateSecretExecutor>();
        services.AddSingleton<IDashboardReconciler, RotationAftermath>();
        services.AddSingleton<IToolSource, SecretTools>();
        services.AddSingleton<IVaultedPasswords, VaultedPasswords>();
        services.AddSingleton<AccessRecord>();
        services.AddSingleton<ExposedSecrets>();
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<ScheduleDesk>();
        services.AddSingleton<RotationCalendar>();
        services.AddSingleton<RotationClock>();
        services.AddSingleton<IProblemSource, ScheduleProblems>();
    }

    public static void MapSecrets(this IEndpointRouteBuilder app) => app.MapSecretsApi();
}
