using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>Tenants' PostgreSQL: what is whose, who takes what, and whether everybody is kept apart.</summary>
internal static class DatabasesFeature
{
    public static void AddDatabases(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<DatabasesSection>("Databases");
        builder.AddCheckedList<InstanceOptions>(InstanceOptions.Section);
        builder.AddCheckedList<PlacementOptions>(PlacementOptions.Section);
        builder.AddCheckedOptions<ProofOptions>("Databases:Proof");
        AddDatabases(builder.Services);
        foreach (var instance in builder.Configuration.GetSection(InstanceOptions.Section).GetChildren())
        {
            if (instance["Name"] is { Length: > 0 } name)
            {
                builder.Services.AddSingleton<IUpstreamProbe>(provider =>
                    ActivatorUtilities.CreateInstance<DatabaseProbe>(provider, name)
                );
            }
        }
    }

    internal static void AddDatabases(IServiceCollection services)
    {
        services.AddSingleton<InstanceRegistry>();
        services.AddSingleton<PostgresDoor>();
        services.AddSingleton<InstanceSurvey>();
        services.AddSingleton<DatabaseCatalogue>();
        services.AddSingleton<IsolationProver>();
        services.AddSingleton<ProofStore>();
        services.AddSingleton<ProofResults>();
        services.AddSingleton<ProofDesk>();
        services.AddSingleton<IIsolationEvidence>(provider => provider.GetRequiredService<ProofDesk>());
        services.AddHostedService(provider => provider.GetRequiredService<ProofDesk>());
        services.AddHostedService<NightlyProofs>();
        services.AddSingleton<IToolSource, DatabaseTools>();
        services.AddSingleton<IProblemSource, DatabaseProblems>();
    }

    public static void MapDatabases(this IEndpointRouteBuilder app) => app.MapDatabasesApi();
}
