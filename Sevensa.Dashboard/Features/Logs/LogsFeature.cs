using System.Net;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Kinds;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Logs.Searches;
using Sevensa.Dashboard.Features.Logs.Tail;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs;

internal static class LogsFeature
{
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<LogsOptions>(LogsOptions.Section);
        var services = builder.Services;
        services
            .AddHttpClient(LokiException.Loki)
            .UseSocketsHttpHandler(
                (handler, _) =>
                {
                    handler.AutomaticDecompression = DecompressionMethods.All;
                    handler.AllowAutoRedirect = false;
                }
            )
            .AddUpstreamResilience(provider => provider.GetRequiredService<IOptions<LogsOptions>>().Value.Timeout);
        services.AddSingleton(provider => new LokiClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(LokiException.Loki),
            provider.GetRequiredService<IOptions<LogsOptions>>(),
            provider.GetRequiredService<Upstreams>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<ILogs, ScopedLogs>();
        services.AddSingleton<ILogCounts, ScopedLogCounts>();
        services.AddSingleton<IUpstreamProbe, LokiProbe>();
        services.AddSingleton<LiveTails>();
        services.AddSingleton<FrameTails>();
        services.AddScoped<LokiPassage>();
        services.AddScoped<TailPassage>();
        services.AddSingleton<LogDownload>();
        services.AddSingleton<LogKinds>();
        services.AddSingleton<INewLogKinds, NewLogKinds>();
        services.AddSingleton<LogInquiries>();
        services.AddSingleton<LogVolumes>();
        services.AddSingleton<LogMoments>();
        services.AddSingleton<SavedSearchStore>();
        services.AddSingleton<SavedSearches>();
        services.AddSingleton<IConfigurationPart, ConfiguredSearches>();
        services.AddSingleton<IProblemSource, SearchProblems>();
        services.AddSingleton<IToolSource, LogTools>();
        services.AddSingleton<IProblemSource, LogProblemSource>();
    }

    public static void MapLogs(this IEndpointRouteBuilder app)
    {
        app.MapLokiApi();
        app.MapLogDownload();
        app.MapSavedSearches();
    }
}
