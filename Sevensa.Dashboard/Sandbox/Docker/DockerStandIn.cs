using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>A Docker Engine (API 1.41) of one simulated host.</summary>
internal sealed partial class DockerStandIn : IStandIn
{
    private readonly DockerContainers _containers;
    private readonly DockerLifecycle _lifecycle;
    private readonly DockerStreams _streams;
    private readonly DockerImages _images;
    private readonly DockerNetworks _networks;
    private readonly DockerVolumes _volumes;
    private readonly DockerArchive _archive;
    private readonly DockerSystem _system;

    public DockerStandIn(SimulatedFleet fleet, string host)
    {
        var configs = new ContainerConfigs(fleet, host);
        _networks = new DockerNetworks(fleet, host);
        _containers = new DockerContainers(fleet, host, configs, _networks);
        _images = new DockerImages(fleet, host);
        _volumes = new DockerVolumes(fleet, host, configs);
        _archive = new DockerArchive(fleet, configs, _volumes);
        _lifecycle = new DockerLifecycle(fleet, host, configs, _images, _networks, _volumes);
        _streams = new DockerStreams(fleet, host);
        _system = new DockerSystem(fleet, host, _containers, _images, _volumes);
    }

    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.Headers["Api-Version"] = "1.41";
        context.Response.Headers["Docker-Experimental"] = "false";
        context.Response.Headers["Ostype"] = "linux";
        context.Response.Headers.Server = "Docker/20.10.24 (linux)";
        try
        {
            await RouteAsync(context);
        }
        catch (DockerRefusal refusal)
        {
            await context.JsonAsync(new JsonObject { ["message"] = refusal.Message }, refusal.Status);
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        var segments = context.Segments();
        if (segments is [var first, ..] && Version().Match(first) is { Success: true } version)
        {
            if (int.Parse(version.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) > 41)
            {
                throw new DockerRefusal(
                    400,
                    $"client version {first[1..]} is too new. Maximum supported API version is 1.41"
                );
            }
            segments = segments[1..];
        }
        return (context.Request.Method, segments) switch
        {
            ("GET" or "HEAD", ["_ping"]) => context.TextAsync(context.Request.Method == "HEAD" ? "" : "OK"),
            ("GET", ["version"]) => context.JsonAsync(DockerSystem.Version()),
            ("GET", ["info"]) => context.JsonAsync(_system.Info()),
            ("GET", ["events"]) => _streams.EventsAsync(context),
            ("GET", ["system", "df"]) => context.JsonAsync(_system.DiskUsage()),
            ("GET", ["containers", "json"]) => context.JsonAsync(_containers.List(context.Request.Query)),
            ("POST", ["containers", "create"]) => _lifecycle.CreateAsync(context),
            ("GET", ["containers", var id, "json"]) => context.JsonAsync(_containers.Inspect(Known(id))),
            ("GET", ["containers", var id, "stats"]) => _streams.StatsAsync(context, Known(id)),
            ("GET", ["containers", var id, "top"]) => context.JsonAsync(_containers.Top(Known(id))),
            ("GET", ["containers", var id, "logs"]) => _streams.LogsAsync(context, Known(id)),
            ("HEAD" or "GET", ["containers", var id, "archive"]) => _archive.GetAsync(context, Known(id)),
            ("PUT", ["containers", var id, "archive"]) => _archive.PutAsync(context, Known(id)),
            ("POST", ["containers", var id, "wait"]) => _streams.WaitAsync(context, Known(id)),
            ("POST", ["containers", var id, var verb]) => _lifecycle.ActAsync(context, Known(id), verb),
            ("DELETE", ["containers", var id]) => _lifecycle.RemoveAsync(context, Known(id)),
            ("GET", ["images", "json"]) => context.JsonAsync(_images.List(context.Request.Query)),
            ("POST", ["images", "create"]) => _images.PullAsync(context),
            ("GET", ["distribution", .. var name, "json"]) => context.JsonAsync(
                _images.Distribution(string.Join('/', name))
            ),
            ("POST", ["images", "prune"]) => context.JsonAsync(_images.Prune(context.Request.Query)),
            ("DELETE", ["images", .. var name]) => context.JsonAsync(
                _images.Remove(string.Join('/', name), context.Request.Query)
            ),
            ("GET", ["images", .. var name, "json"]) => context.JsonAsync(_images.Inspect(string.Join('/', name))),
            ("POST", ["images", .. var name, "tag"]) => _images.TagAsync(context, string.Join('/', name)),
            ("GET", ["networks"]) => context.JsonAsync(_networks.List(context.Request.Query)),
            ("GET", ["networks", var name]) => context.JsonAsync(_networks.Inspect(name)),
            ("POST", ["networks", var name, ("connect" or "disconnect") and var verb]) => _networks.ConnectAsync(
                context,
                name,
                verb == "connect",
                Known
            ),
            ("GET", ["volumes"]) => context.JsonAsync(_volumes.List(context.Request.Query)),
            ("POST", ["volumes", "create"]) => _volumes.CreateAsync(context),
            ("POST", ["volumes", "prune"]) => context.JsonAsync(_volumes.Prune()),
            ("GET", ["volumes", var name]) => context.JsonAsync(_volumes.Inspect(name)),
            ("DELETE", ["volumes", var name]) => _volumes.RemoveAsync(context, name),
            _ => throw new DockerRefusal(404, "page not found"),
        };
    }

    private FleetContainer Known(string id) => _containers.Known(id);

    [GeneratedRegex(@"^v1\.(\d+)$")]
    private static partial Regex Version();
}

/// <summary>An answer of the engine that is not what was asked for.</summary>
internal sealed class DockerRefusal(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}
