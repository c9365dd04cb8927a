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
        _ = Task.Run(() => Parallel.ForEach(once, kept => _ = kept.Endpoints));
    }

    private sealed class Kept(EndpointDataSource source) : EndpointDataSource
    {
        private readonly Lazy<IReadOnlyList<Endpoint>> endpoints = new(() => source.Endpoints);

        public override IReadOnlyList<Endpoint> Endpoints => endpoints.Value;

        public override IChangeToken GetChangeToken() => NullChangeToken.Singleton;
    }
}
