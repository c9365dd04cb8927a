using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Kubernetes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>An API server's stand-in with Deployments in one namespace, whose runner needs no token.</summary>
public sealed class StandInCluster : IAsyncDisposable
{
    private const string Place = "deployments.apps";

    private readonly KubernetesStandIn cluster = new(TimeProvider.System) { Anonymous = KubeRights.Runner };
    private readonly string space;
    private readonly string tenant;
    private StandInServer? server;
    private IReadOnlyList<string> pods = [];
    private int touched;

    /// <param name="space">The namespace.</param>
    /// <param name="tenant">Whose it is.</param>
    public StandInCluster(string space, string tenant)
    {
        (this.space, this.tenant) = (space, tenant);
        cluster.World.Fill(new Dictionary<string, string> { [space] = tenant });
        cluster.Rights.Give(KubeRights.Runner, KubeRights.Least([space]));
    }

    /// <summary>Its address, as <c>--kubernetes</c> takes it.</summary>
    public string Url => server?.AddressOf("cluster") ?? throw new InvalidOperationException("It was not started");

    public async Task StartAsync() =>
        server = await StandInServer.StartAsync(new Dictionary<string, IStandIn> { ["cluster"] = cluster });

    /// <summary>So many Deployments of so many pods each, all of them ready.</summary>
    public void Fill(int deployments, int replicas)
    {
        for (var number = 0; number < deployments; number++)
        {
            cluster.World.Deploy(space, tenant, Name(number), replicas);
        }
        cluster.World.Settle();
        pods = [.. cluster.Store.All("pods", space).Select(pod => pod["metadata"]!["name"]!.ToString())];
    }

    /// <summary>Gives a Deployment another tag without its controllers' following: one watch line.</summary>
    public void Tag(int number, string tag)
    {
        var one = cluster.Store.Find(Place, space, Name(number))!;
        one["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] =
            $"registry.example/{tenant}/{Name(number)}:{tag}";
        cluster.Store.Put(Place, one);
    }

    /// <summary>One pod after another gets an annotation: one watch line each.</summary>
    public void TouchPod()
    {
        var one = cluster.Store.Find("pods", space, pods[touched++ % pods.Count])!;
        one["metadata"]!["annotations"] = new JsonObject
        {
            ["touched"] = touched.ToString(CultureInfo.InvariantCulture),
        };
        cluster.Store.Put("pods", one);
    }

    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"service-{number:000}");

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
        cluster.Dispose();
    }
}
