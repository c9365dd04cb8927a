using System.Reflection.Metadata;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Has the endpoints made once, beside the rest of the start. Routing and authorization each ask for all of them, and the
/// framework's sources compile every handler anew each time.
/// </summary>
internal static class EndpointsOnce
{
    /// <summary>
    /// Has the framework's compiler of handlers loaded while the program is still being put together: its first use takes
    /// longer than all the others.
    /// </summary>
    public static void Warm() =>
        Beside(() =>
            RequestDelegateFactory.Create(
                static Task<IResult> (string id, int? most, HttpContext context, CancellationToken cancellation) =>
                    Task.FromResult(Results.Ok(id))
            )
        );

    /// <summary>Call it when everything is mapped.</summary>
    public static void MakeEndpointsOnce(this WebApplication app)
    {
        // Under hot reload they change while the program runs.
        if (MetadataUpdater.IsSupported)
        {
            return;
        }
        var sources = ((IEndpointRouteBuilder)app).DataSources;
        List<Kept> once = [.. sources.Select(source => new Kept(source))];
        sources.Clear();
        once.ForEach(sources.Add);
        // What is wrong with an endpoint comes out at the first request, as ever.
        foreach (var half in once.Index().GroupBy(kept => kept.Index % 2, kept => kept.Item))
        {
            Beside(() => half.ToList().ForEach(kept => _ = kept.Endpoints));
        }
    }

    // A thread of its own: those of the pool are few while the program starts, and taken.
    private static void Beside(Action work) =>
        _ = Task.Factory.StartNew(work, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed class Kept(EndpointDataSource source) : EndpointDataSource
    {
        private readonly Lazy<IReadOnlyList<Endpoint>> endpoints = new(() => source.Endpoints);

        public override IReadOnlyList<Endpoint> Endpoints => endpoints.Value;

        public override IChangeToken GetChangeToken() => NullChangeToken.Singleton;
    }
}
