using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Graphs.LangGraph;

/// <summary>The servers that there are by the settings, each with its client.</summary>
internal sealed class GraphServers(
    IOptions<List<GraphServerOptions>> servers,
    IHttpClientFactory clients,
    Upstreams upstreams,
    TimeProvider time
)
{
    private readonly IReadOnlyList<LangGraphClient> all =
    [
        .. servers.Value.Select(server => new LangGraphClient(clients, server, upstreams, time)),
    ];

    public IReadOnlyList<LangGraphClient> All => all;

    /// <summary>Null when the settings do not name it.</summary>
    public LangGraphClient? Find(string name) => all.FirstOrDefault(one => one.Server.Name == name);

    /// <summary>Those that work for one of these tenants.</summary>
    public IEnumerable<LangGraphClient> For(IReadOnlyCollection<string> tenants) =>
        all.Where(one => one.Server.Tenants.Exists(tenants.Contains));
}

/// <summary>Asks a server for its version and its graphs.</summary>
internal sealed class GraphProbe(GraphServers servers, string name) : IUpstreamProbe
{
    public string Name => LangGraphClient.UpstreamOf(name);

    public string? Missing => servers.Find(name) is null ? "Set Graphs:Servers." : null;

    public async Task ProbeAsync(CancellationToken cancellation)
    {
        if (servers.Find(name) is { } client)
        {
            await client.VersionAsync(cancellation);
            await client.LookAsync(cancellation);
        }
    }
}
