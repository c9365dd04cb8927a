using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>Everything that changes a container.</summary>
internal sealed class DockerLifecycle(
    SimulatedFleet fleet,
    string host,
    ContainerConfigs configs,
    DockerImages images,
    DockerNetworks networks,
    DockerVolumes volumes
)
{
    private const string Unreadable =
        "json: cannot unmarshal string into Go value of type runconfig.ContainerConfigWrapper";

    public async Task ActAsync(HttpContext context, FleetContainer container, string verb)
    {
        switch (verb)
        {
            case "start" when container.Running:
            case "stop" when !container.Running:
                await context.EmptyAsync(304);
                return;
            case "start":
                RefusePorts(container);
                fleet.Start(container.Id);
                break;
            case "stop":
                fleet.Stop(container.Id);
                break;
            case "restart":
                fleet.Restart(container.Id);
                break;
            case "kill":
                Kill(container, context.Request.Query["signal"].ToString());
                break;
            case "pause" or "unpause":
                Pause(container, verb == "pause");
                break;
            case "rename":
                Rename(container, context.Request.Query["name"].ToString());
                break;
            case "update":
                await UpdateAsync(context, container);
                return;
            default:
                throw new DockerRefusal(404, "page not found");
        }
        await context.EmptyAsync(204);
    }

    public async Task CreateAsync(HttpContext context)
    {
        var posted = await context.ReadJsonAsync() ?? throw new DockerRefusal(500, Unreadable);
        var wanted = Text(posted["Image"]) ?? "";
        var image = images.Find(wanted) ?? throw new DockerRefusal(404, $"No such image: {wanted}");
        var id = fleet.NewId();
        var called = context.Request.Query["name"].ToString().TrimStart('/');
        called = called.Length > 0 ? called : "sandbox_" + id[..6];
        RefuseTaken(called);
        var hostConfig = posted["HostConfig"] as JsonObject ?? [];
        var labels = (posted["Labels"] as JsonObject ?? []).ToImmutableSortedDictionary(
            l => l.Key,
            l => Text(l.Value) ?? "",
            StringComparer.Ordinal
        );
        var mode = Text(hostConfig["NetworkMode"]) is { } m and not ("" or "default") ? m : "bridge";
        var endpoints = posted["NetworkingConfig"]?["EndpointsConfig"] as JsonObject ?? [];
        if (endpoints.Count > 1)
        {
            throw new DockerRefusal(
                400,
                $"Container cannot be connected to network endpoints: {string.Join(", ", endpoints.Select(e => e.Key))}"
            );
        }
        foreach (var name in endpoints.Select(e => e.Key).Append(mode))
        {
            networks.Inspect(name);
        }
        var container = new FleetContainer
        {
            Id = id,
            Name = called,
            Host = host,
            ImageName = image.Name,
            ImageId = image.Id,
            Labels = labels,
            Created = fleet.Now,
            MemoryLimit = Number(hostConfig["Memory"]),
            Networks = [.. endpoints.Select(e => e.Key).DefaultIfEmpty(mode)],
            Endpoints = endpoints
                .Where(e => e.Value is JsonObject)
                .ToImmutableDictionary(e => e.Key, e => e.Value!.ToJsonString()),
        };
        if (container.Profile is null && (posted["Cmd"] as JsonArray) is not { Count: > 0 })
        {
            // Only the images of the fleet have a command of their own.
            if (!FleetCatalogue.Services.Any(s => s.Repository == image.Repository))
            {
                throw new DockerRefusal(400, "No command specified");
            }
        }
        configs.Keep(container, posted);
        volumes.MakeFor(configs.HostConfigOf(container));
        fleet.Add(container);
        await context.JsonAsync(new JsonObject { ["Id"] = id, ["Warnings"] = new JsonArray() }, 201);
    }

    public Task RemoveAsync(HttpContext context, FleetContainer container)
    {
        if (container.Running && context.Request.Query["force"].ToString() is not ("1" or "true" or "True"))
        {
            throw new DockerRefusal(
                409,
                $"You cannot remove a running container {container.Id}. Stop the container before attempting removal or force remove"
            );
        }
        fleet.Remove(container.Id);
        return context.EmptyAsync(204);
    }

    private void Kill(FleetContainer container, string signal)
    {
        if (!container.Running)
        {
            throw new DockerRefusal(
                409,
                $"Cannot kill container: {container.Name}: Container {container.Id} is not running"
            );
        }
        switch (signal.ToUpperInvariant().Replace("SIG", "", StringComparison.Ordinal))
        {
            case "" or "KILL" or "9":
                fleet.Stop(container.Id, 137, "9");
                break;
            case "TERM" or "15" or "INT" or "2":
                fleet.Stop(container.Id, 143);
                break;
            case "HUP" or "1" or "USR1" or "USR2" or "QUIT":
                break;
            default:
                throw new DockerRefusal(400, $"Invalid signal: {signal}");
        }
    }

    private void Pause(FleetContainer container, bool pause)
    {
        if (!container.Running)
        {
            throw new DockerRefusal(409, $"Container {container.Id} is not running");
        }
        if (container.Paused == pause)
        {
            throw new DockerRefusal(409, $"Container {container.Id} is {(pause ? "already paused" : "not paused")}");
        }
        fleet.Pause(container.Id, pause);
    }

    private void Rename(FleetContainer container, string name)
    {
        if (name.Length == 0)
        {
            throw new DockerRefusal(400, "Neither old nor new names may be empty");
        }
        if (name != container.Name)
        {
            RefuseTaken(name, "Error when allocating new name: ");
            fleet.Rename(container.Id, name.TrimStart('/'));
        }
    }

    private async Task UpdateAsync(HttpContext context, FleetContainer container)
    {
        var changes = await context.ReadJsonAsync() ?? throw new DockerRefusal(400, "EOF");
        var memory = Number(changes["Memory"]);
        if (memory is > 0 and < 6 * 1024 * 1024)
        {
            throw new DockerRefusal(400, "Minimum memory limit allowed is 6MB");
        }
        var swap = Number(configs.HostConfigOf(container)["MemorySwap"]);
        if (memory > swap && swap > 0 && Number(changes["MemorySwap"]) == 0)
        {
            throw new DockerRefusal(
                409,
                $"Cannot update container {container.Id}: Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
            );
        }
        configs.Update(container, changes);
        if (memory > 0)
        {
            fleet.Limit(container.Id, memory);
        }
        await context.JsonAsync(new JsonObject { ["Warnings"] = null });
    }

    private void RefusePorts(FleetContainer container)
    {
        var wanted = Published(container).ToArray();
        foreach (var other in fleet.Snapshot.On(host).Where(c => c.Running && c.Id != container.Id))
        {
            if (Published(other).FirstOrDefault(wanted.Contains) is { } taken)
            {
                throw new DockerRefusal(
                    500,
                    $"driver failed programming external connectivity on endpoint {container.Name} ({Noise.Hex("port " + container.Id, 64)}): Bind for 0.0.0.0:{taken} failed: port is already allocated"
                );
            }
        }
    }

    private IEnumerable<string> Published(FleetContainer container) =>
        (configs.HostConfigOf(container)["PortBindings"] as JsonObject ?? [])
            .SelectMany(port => port.Value as JsonArray ?? [])
            .Select(binding => Text(binding?["HostPort"]) ?? "")
            .Where(port => port.Length > 0);

    private void RefuseTaken(string name, string prefix = "")
    {
        if (fleet.Snapshot.On(host).FirstOrDefault(c => c.Name == name.TrimStart('/')) is { } holder)
        {
            throw new DockerRefusal(
                409,
                $"{prefix}Conflict. The container name \"/{name}\" is already in use by container \"{holder.Id}\". "
                    + "You have to remove (or rename) that container to be able to reuse that name."
            );
        }
    }

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? (string?)node : null;

    private static long Number(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue<long>(out var n) ? n : 0;
}
