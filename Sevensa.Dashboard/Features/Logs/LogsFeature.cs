using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs;

public static class LogsFeature
{
    public static void AddLogs(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<LogsOptions>(LogsOptions.Section);
        var services = builder.Services;
        services
            .AddHttpClient(LokiException.Loki, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(
                (handler, _) =>
                {
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                    handler.AutomaticDecompression = System.Net.DecompressionMethods.All;
                    handler.AllowAutoRedirect = false;
                }
            )
            .AddStandardResilienceHandler()
            .Configure(
                (resilience, provider) =>
                {
                    // Everything asked of Loki is a read, so all of it may be asked again.
                    var timeout = provider.GetRequiredService<IOptions<LogsOptions>>().Value.Timeout;
                    resilience.AttemptTimeout.Timeout = timeout;
                    resilience.TotalRequestTimeout.Timeout = timeout;
                    resilience.CircuitBreaker.SamplingDuration = timeout * 2;
                    resilience.Retry.MaxRetryAttempts = 2;
                    resilience.Retry.Delay = TimeSpan.FromMilliseconds(200);
                    // Limits do not go away in a moment; Loki's words about them are worth more than a wait.
                    resilience.Retry.ShouldHandle = outcome =>
                        ValueTask.FromResult(
                            outcome.Outcome.Exception is HttpRequestException
                                || (int?)outcome.Outcome.Result?.StatusCode is 502 or 503 or 504
                        );
                }
            );
        services.AddSingleton(provider => new LokiClient(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(LokiException.Loki),
            provider.GetRequiredService<IOptions<LogsOptions>>(),
            provider.GetRequiredService<Upstreams>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<ILogs, ScopedLogs>();
        services.AddHostedService<LokiProbe>();
    }

    public static void MapLogs(this WebApplication app) { }
}
