using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Endpoints that are made while the server already listens. Reading their handlers takes a while, and the first page needs none
/// of them; whoever asks for one waits for the <see cref="StartWork"/>, of which this is the first step, and the first who does has
/// its handler compiled (<see cref="EndpointsOnDemand"/>).
/// </summary>
internal sealed class LaterEndpoints(IServiceProvider services) : EndpointDataSource, IStartStep, IDisposable
{
    private readonly CancellationTokenSource made = new();
    private Action<IEndpointRouteBuilder>? map;
    private IReadOnlyList<Endpoint>? endpoints;

    public override IReadOnlyList<Endpoint> Endpoints => endpoints ?? [];

    public override IChangeToken GetChangeToken() =>
        endpoints is null ? new CancellationChangeToken(made.Token) : NullChangeToken.Singleton;

    /// <summary>Has the endpoints mapped by the step instead of now.</summary>
    public void Add(IEndpointRouteBuilder app, Action<IEndpointRouteBuilder> mapping)
    {
        map = mapping;
        app.DataSources.Add(this);
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        if (map is null)
        {
            return;
        }
        var routes = new Routes(services);
        map(routes);
        // Two threads of their own: those of the pool are few while the program starts, and taken.
        var halves = routes
            .DataSources.Index()
            .GroupBy(source => source.Index % 2, source => source.Item)
            .Select(half =>
                Task.Factory.StartNew(
                    () => half.SelectMany(source => source.Endpoints).ToList(),
                    cancellation,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
        endpoints = [.. (await Task.WhenAll(halves)).SelectMany(half => half)];
        await made.CancelAsync();
    }

    public void Dispose() => made.Dispose();

    private sealed class Routes(IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => new ApplicationBuilder(services);
    }
}
