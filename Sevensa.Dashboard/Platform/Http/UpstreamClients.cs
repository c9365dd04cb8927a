using Microsoft.Extensions.Http.Resilience;
using Polly;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Telemetry;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>One shape for all upstream clients: time-out, retry on reads that may be repeated, circuit breaker.</summary>
public static class UpstreamClients
{
    /// <summary>Marks a request as safe to repeat although it is a POST (Prometheus' and Loki's form queries).</summary>
    public static readonly HttpRequestOptionsKey<bool> MayRepeat = new("sevensa.may-repeat");

    /// <summary>
    /// One handler for as long as the program runs: its connections are renewed every few minutes, so that a name that has got
    /// another address is followed, and looked after every half minute instead of every few seconds.
    /// </summary>
    public static IHttpClientBuilder KeepsConnections(this IHttpClientBuilder client) =>
        client
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(
                (handler, provider) =>
                {
                    if (!TelemetrySetup.SendsTraces(provider.GetService<IConfiguration>()))
                    {
                        // An upstream's part of a trace that is sent nowhere.
                        handler.ActivityHeadersPropagator = null;
                    }
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                    handler.PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2);
                }
            );

    /// <param name="timeout">One try; the whole takes at most three of them.</param>
    public static IHttpClientBuilder AddUpstreamResilience(
        this IHttpClientBuilder client,
        Func<IServiceProvider, TimeSpan> timeout
    )
    {
        client.ConfigureHttpClient(http => http.Timeout = Timeout.InfiniteTimeSpan);
        client.KeepsConnections();
        // How each upstream does is told by its state; lines and scopes for each request would be made and thrown away.
        client.RemoveAllLoggers();
        client.AddResilienceHandler(
            "upstream",
            (pipeline, context) =>
            {
                var oneTry = timeout(context.ServiceProvider);
                // How each upstream does is told by its state: nobody reads what Polly would note of each try.
                pipeline.TelemetryListener = null;
                pipeline
                    .AddRetry(
                        new HttpRetryStrategyOptions
                        {
                            MaxRetryAttempts = 1,
                            Delay = TimeSpan.FromMilliseconds(150),
                            UseJitter = true,
                            ShouldHandle = arguments =>
                                ValueTask.FromResult(
                                    arguments.Outcome.Exception is HttpRequestException
                                        && arguments.Context.GetRequestMessage() is { } request
                                        && (
                                            request.Method == HttpMethod.Get
                                            || request.Options.TryGetValue(MayRepeat, out var may) && may
                                        )
                                ),
                        }
                    )
                    .AddCircuitBreaker(
                        new HttpCircuitBreakerStrategyOptions
                        {
                            FailureRatio = 0.9,
                            MinimumThroughput = 20,
                            SamplingDuration = TimeSpan.FromSeconds(20),
                            BreakDuration = TimeSpan.FromSeconds(3),
                            ShouldHandle = arguments =>
                                ValueTask.FromResult(
                                    arguments.Outcome.Exception
                                        is HttpRequestException
                                            or Polly.Timeout.TimeoutRejectedException
                                ),
                        }
                    )
                    .AddTimeout(oneTry);
            }
        );
        return client
            .AddHttpMessageHandler(services => new AnswersInTime(
                timeout(services),
                services.GetService<TimeProvider>() ?? TimeProvider.System
            ))
            .AddHttpMessageHandler(services => new UnsaidSecrets(services.GetService<KnownSecrets>()));
    }
}
