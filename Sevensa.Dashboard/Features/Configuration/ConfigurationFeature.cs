using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Configuration;

/// <summary>The configuration as one file: what each feature says that its part is, compared and applied.</summary>
internal static class ConfigurationFeature
{
    public static void AddConfigurationFile(this WebApplicationBuilder builder)
    {
        builder.Services.AddScoped<ConfigurationDesk>();
        builder.Services.AddSingleton<IProblemSource, ConfigurationProblems>();
    }

    public static void MapConfigurationFile(this IEndpointRouteBuilder app) => ConfigurationApi.Map(app);
}
