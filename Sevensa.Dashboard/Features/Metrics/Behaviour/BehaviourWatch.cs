using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Metrics.Behaviour;

/// <summary>Looks at how services behave, now and again beside the requests.</summary>
internal sealed class BehaviourWatch(
    IServiceScopeFactory scopes,
    StartWork start,
    IOptions<BehaviourOptions> options,
    TimeProvider time,
    ILogger<BehaviourWatch> log
) : BackgroundService
{
    /// <summary>The start has enough to do.</summary>
    private static readonly TimeSpan first = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.EveryMinutes == 0 || !await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await Task.Delay(first, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LastingWork.RunAsync(
            "Looking at how services behave",
            async stopping =>
            {
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<BehaviourLook>().TakeAsync(stopping);
            },
            rest => Task.Delay(TimeSpan.FromMinutes(options.Value.EveryMinutes), time, rest),
            log,
            time,
            stoppingToken
        );
    }
}

internal static class BehaviourSetup
{
    public static void AddBehaviour(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<BehaviourOptions>("Metrics:Behaviour");
        builder.Services.AddSingleton<BehaviourBook>();
        builder.Services.AddSingleton<Identity.Contracts.IServiceBehaviour>(provider =>
            provider.GetRequiredService<BehaviourBook>()
        );
        builder.Services.AddTransient<BehaviourLook>();
        builder.Services.AddHostedService<BehaviourWatch>();
    }
}
