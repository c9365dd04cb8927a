using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Graphs.Following;
using Sevensa.Dashboard.Features.Graphs.LangGraph;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>Remote graphs: started and followed from here; what they ask for are proposals.</summary>
internal static class GraphsFeature
{
    public static void AddGraphs(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<GraphsOptions>("Graphs");
        builder.AddCheckedList<GraphServerOptions>(GraphServerOptions.Section, nameof(GraphServerOptions.Name));
        var services = builder.Services;
        services.AddSingleton<GraphServers>();
        services.AddSingleton<GraphStore>();
        services.AddSingleton<GraphNews>();
        services.AddSingleton<GraphProposals>();
        services.AddSingleton<GraphRuns>();
        services.AddSingleton<GraphQuestions>();
        services.AddSingleton<GraphWithdrawals>();
        services.AddSingleton<GraphPlaces>();
        services.AddSingleton<GraphTurn>();
        services.AddTransient<GraphDesk>();
        services.AddHostedService<GraphWatch>();
        services.AddSingleton<IStartStep, SeededThreads>();
        services.AddSingleton<IAuditNames, GraphNames>();
        services.AddSingleton<IOutlivedRows, OutlivedThreads>();
        services.AddSingleton<IProblemSource, GraphProblems>();
        foreach (var server in builder.Configuration.GetSection(GraphServerOptions.Section).GetChildren())
        {
            if (server["Name"] is { Length: > 0 } name)
            {
                AddServer(services, name);
            }
        }
    }

    public static void MapGraphs(this IEndpointRouteBuilder app) => app.MapGraphsApi();

    private static void AddServer(IServiceCollection services, string name)
    {
        // A key that goes to where a redirect leads would be in other hands.
        services
            .AddHttpClient(LangGraphClient.ClientOf(name))
            .AddUpstreamResilience(provider =>
                provider.GetRequiredService<GraphServers>().Find(name)?.Server.Patience ?? TimeSpan.FromSeconds(15)
            )
            .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false);
        services
            .AddHttpClient(LangGraphClient.StreamsOf(name), http => http.Timeout = Timeout.InfiniteTimeSpan)
            .KeepsConnections()
            .UseSocketsHttpHandler((handler, _) => handler.AllowAutoRedirect = false)
            .RemoveAllLoggers()
            .AddHttpMessageHandler(provider => new UnsaidSecrets(provider.GetService<KnownSecrets>()));
        services.AddSingleton<IUpstreamProbe>(provider =>
            ActivatorUtilities.CreateInstance<GraphProbe>(provider, name)
        );
    }

    private sealed class OutlivedThreads(GraphStore store, IOptions<GraphsOptions> options, TimeProvider time)
        : IOutlivedRows
    {
        public Task RemoveAsync(CancellationToken cancellation) =>
            store.ForgetAsync(time.GetUtcNow().AddDays(-options.Value.KeepDays), cancellation);
    }
}
