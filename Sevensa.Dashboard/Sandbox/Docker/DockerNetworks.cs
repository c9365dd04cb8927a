using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

internal sealed class DockerNetworks(SimulatedFleet fleet, string host)
{
    private static readonly string[] BuiltIn = ["bridge", "host", "none"];

    public JsonArray List(IQueryCollection query)
    {
        var filters = DockerFilters.Parse(query["filters"]);
        return
        [
            .. Names
                .Where(n => !filters.Has("name") || filters.Values("name").Any(n.Contains))
                .Where(n =>
                    !filters.Has("id") || filters.Values("id").Any(i => Id(n).StartsWith(i, StringComparison.Ordinal))
                )
                .Select(n => Describe(n, false)),
        ];
    }

    public JsonObject Inspect(string nameOrId) => Describe(Known(nameOrId), true);

    public async Task ConnectAsync(
        HttpContext context,
        string nameOrId,
        bool connect,
        Func<string, FleetContainer> container
    )
    {
        var name = Known(nameOrId);
        var posted = await context.ReadJsonAsync() ?? throw new DockerRefusal(400, "EOF");
        var target = container((string?)posted["Container"] ?? "");
        if (connect && target.Networks.Contains(name))
        {
            throw new DockerRefusal(403, $"endpoint with name {target.Name} already exists in network {name}");
        }
        if (!connect && !target.Networks.Contains(name))
        {
            throw new DockerRefusal(403, $"container {target.Id} is not connected to network {name}");
        }
        fleet.Connect(target.Id, name, connect, (posted["EndpointConfig"] as JsonObject)?.ToJsonString());
        await context.EmptyAsync(200);
    }

    public JsonObject EndpointsOf(FleetContainer container) =>
        new(container.Networks.Select(n => KeyValuePair.Create(n, (JsonNode?)Endpoint(container, n))));

    public JsonObject SettingsOf(FleetContainer container, JsonObject hostConfig) =>
        new()
        {
            ["Bridge"] = "",
            ["SandboxID"] = Noise.Hex("netns " + container.Id, 64),
            ["HairpinMode"] = false,
            ["LinkLocalIPv6Address"] = "",
            ["LinkLocalIPv6PrefixLen"] = 0,
            ["Ports"] = container.Running
                ? hostConfig["PortBindings"]?.DeepClone() ?? new JsonObject()
                : new JsonObject(),
            ["SandboxKey"] = "/var/run/docker/netns/" + Noise.Hex("netns " + container.Id, 12),
            ["SecondaryIPAddresses"] = null,
            ["SecondaryIPv6Addresses"] = null,
            ["EndpointID"] = "",
            ["Gateway"] = "",
            ["GlobalIPv6Address"] = "",
            ["GlobalIPv6PrefixLen"] = 0,
            ["IPAddress"] = "",
            ["IPPrefixLen"] = 0,
            ["IPv6Gateway"] = "",
            ["MacAddress"] = "",
            ["Networks"] = EndpointsOf(container),
        };

    private string[] Names =>
        [
            .. fleet
                .Snapshot.On(host)
                .SelectMany(c => c.Networks)
                .Concat(FleetCatalogue.Services.Where(s => s.Host == host).SelectMany(s => s.Networks))
                .Concat(BuiltIn)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private string Known(string nameOrId) =>
        Names.FirstOrDefault(n =>
            n == nameOrId || (nameOrId.Length >= 12 && Id(n).StartsWith(nameOrId, StringComparison.Ordinal))
        ) ?? throw new DockerRefusal(404, $"network {nameOrId} not found");

    private string Id(string name) => Noise.Hex($"network {host} {name}", 64);

    private int Subnet(string name) => 17 + Array.IndexOf(Names, name);

    private JsonObject Describe(string name, bool withContainers)
    {
        var bridged = name is not ("host" or "none");
        return new JsonObject
        {
            ["Name"] = name,
            ["Id"] = Id(name),
            ["Created"] = Reply.GoTime(fleet.Origin),
            ["Scope"] = "local",
            ["Driver"] = name switch
            {
                "none" => "null",
                "host" => "host",
                _ => "bridge",
            },
            ["EnableIPv6"] = false,
            ["IPAM"] = new JsonObject
            {
                ["Driver"] = "default",
                ["Options"] = BuiltIn.Contains(name) ? null : new JsonObject(),
                ["Config"] = bridged
                    ? new JsonArray(
                        new JsonObject
                        {
                            ["Subnet"] = $"172.{Subnet(name)}.0.0/16",
                            ["Gateway"] = $"172.{Subnet(name)}.0.1",
                        }
                    )
                    : new JsonArray(),
            },
            ["Internal"] = name == "data",
            ["Attachable"] = false,
            ["Ingress"] = false,
            ["ConfigFrom"] = new JsonObject { ["Network"] = "" },
            ["ConfigOnly"] = false,
            ["Containers"] = withContainers
                ? new JsonObject(
                    fleet
                        .Snapshot.On(host)
                        .Where(c => c.Running && c.Networks.Contains(name))
                        .Select(c => KeyValuePair.Create(c.Id, (JsonNode?)Member(c, name)))
                )
                : new JsonObject(),
            ["Options"] = new JsonObject(),
            ["Labels"] = new JsonObject(),
        };
    }

    private JsonObject Member(FleetContainer container, string name) =>
        new()
        {
            ["Name"] = container.Name,
            ["EndpointID"] = Noise.Hex($"endpoint {name} {container.Id}", 64),
            ["MacAddress"] = Mac(container, name),
            ["IPv4Address"] = Address(container, name) + "/16",
            ["IPv6Address"] = "",
        };

    private JsonObject Endpoint(FleetContainer container, string name)
    {
        var live = container.Running;
        var posted = container.Endpoints.TryGetValue(name, out var text) ? JsonNode.Parse(text) as JsonObject : null;
        var aliases = posted is null
            ? [container.Service]
            : (posted["Aliases"] as JsonArray ?? []).Select(alias => (string)alias!);
        return new JsonObject
        {
            ["IPAMConfig"] = posted?["IPAMConfig"]?.DeepClone(),
            ["Links"] = posted?["Links"]?.DeepClone(),
            ["Aliases"] = ContainerConfigs.Array([.. aliases.Where(alias => alias.Length > 0), container.Id[..12]]),
            ["NetworkID"] = Id(name),
            ["EndpointID"] = live ? Noise.Hex($"endpoint {name} {container.Id}", 64) : "",
            ["Gateway"] = live ? $"172.{Subnet(name)}.0.1" : "",
            ["IPAddress"] = live ? Address(container, name) : "",
            ["IPPrefixLen"] = live ? 16 : 0,
            ["IPv6Gateway"] = "",
            ["GlobalIPv6Address"] = "",
            ["GlobalIPv6PrefixLen"] = 0,
            ["MacAddress"] = live ? Mac(container, name) : "",
            ["DriverOpts"] = posted?["DriverOpts"]?.DeepClone(),
        };
    }

    private string Address(FleetContainer container, string name) =>
        $"172.{Subnet(name)}.0.{2 + Noise.Pick(Noise.Seed(container.Id), 7, 250)}";

    private string Mac(FleetContainer container, string name) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"02:42:ac:{Subnet(name):x2}:00:{2 + Noise.Pick(Noise.Seed(container.Id), 7, 250):x2}"
        );
}
