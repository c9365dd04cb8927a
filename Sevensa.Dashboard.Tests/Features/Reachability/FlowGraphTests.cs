using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Tests.Platform;
using Sevensa.Dashboard.Tests.Runner;

namespace Sevensa.Dashboard.Tests.Features.Reachability;

/// <summary>Who reaches whom, from what Docker says of containers.</summary>
public class FlowGraphTests
{
    private static readonly ContainerSettings plain = new(false, "bridge", "", "private", [], [], [], 0, 0, 0, []);

    internal static HostedContainer Container(
        string tenant,
        string service,
        string[]? networks = null,
        string[]? exposed = null,
        string[]? ports = null,
        string mode = "bridge",
        string host = "vps-1",
        bool internalOnly = false,
        bool open = true,
        Dictionary<string, string>? labels = null,
        string image = "app:1",
        string[]? mounts = null
    ) =>
        new(
            host,
            host,
            true,
            Samples.Container($"{tenant}-{service}-1") with
            {
                Tenant = tenant,
                Service = service,
                Image = image,
                Networks = networks ?? [],
                Ports = ports ?? [],
                Mounts = mounts ?? [],
                Labels = labels ?? [],
                Settings = plain with { NetworkMode = mode },
                Isolation = new ContainerIsolation(
                    [],
                    [],
                    [],
                    "",
                    "",
                    "",
                    "",
                    0,
                    0,
                    [],
                    [],
                    false,
                    exposed ?? [],
                    [
                        .. (mounts ?? [])
                            .Select(mount => mount.Split(':'))
                            .Select(sides => new MountedPlace("bind", sides[0], sides[1], true, "")),
                    ],
                    [
                        .. (networks ?? []).Select(name => new NetworkEndpoint(
                            name,
                            $"id-{name}",
                            [],
                            "172.20.0.2",
                            "bridge",
                            internalOnly,
                            open
                        )),
                    ]
                ),
            },
            null
        );

    private static string[] Flows(params HostedContainer[] running) =>
        [
            .. FlowGraph
                .Of(running)
                .Flows.Select(flow => $"{flow.From.For("")} > {flow.To.For("")} {flow.Port ?? "any"}")
                .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public void Who_is_in_one_network_reaches_each_other_and_nobody_else() =>
        Assert.Equal(
            ["a/api > a/db 5432/tcp", "a/db > a/api any"],
            Flows(
                Container("a", "api", ["one"]),
                Container("a", "db", ["one"], exposed: ["5432/tcp"]),
                Container("b", "web", ["two"])
            )
        );

    [Fact]
    public void Networks_of_one_name_on_two_hosts_are_two() =>
        Assert.Empty(Flows(Container("a", "api", ["one"]), Container("a", "db", ["one"], host: "vps-2")));

    [Fact]
    public void A_network_may_keep_its_containers_apart() =>
        Assert.Empty(Flows(Container("a", "api", ["one"], open: false), Container("a", "db", ["one"], open: false)));

    [Fact]
    public void Replicas_of_a_service_are_one() =>
        Assert.Empty(Flows(Container("a", "api", ["one"]), Container("a", "api", ["one"])));

    [Fact]
    public void A_port_on_all_addresses_is_reached_from_everywhere_and_one_on_loopback_from_the_host_alone()
    {
        Assert.Equal(
            ["a/api > a/db 5432/tcp", "b/far > a/db 5432/tcp", "internet > a/db 5432/tcp"],
            Flows(
                Container("a", "api", ["one"]),
                Container("a", "db", ["two"], ports: ["0.0.0.0:15432->5432/tcp"]),
                Container("b", "far", ["three"], host: "vps-2"),
                Container("b", "shut", ["four"], host: "vps-2", internalOnly: true)
            )
        );
        Assert.Empty(
            Flows(Container("a", "api", ["one"]), Container("a", "db", ["two"], ports: ["127.0.0.1:15432->5432/tcp"]))
        );
    }

    [Fact]
    public void The_hosts_network_reaches_all_of_its_host_and_is_reached_by_all() =>
        Assert.Equal(
            [
                "a/agent > a/db 5432/tcp",
                "a/db > a/agent 9100/tcp",
                "b/far > a/agent 9100/tcp",
                "internet > a/agent 9100/tcp",
            ],
            Flows(
                Container("a", "agent", ["host"], mode: "host", exposed: ["9100/tcp"]),
                Container("a", "db", ["two"], exposed: ["5432/tcp"], internalOnly: true),
                Container("b", "far", ["three"], host: "vps-2"),
                Container("b", "shut", ["four"], host: "vps-2", internalOnly: true)
            )
        );

    [Fact]
    public void Who_lives_in_anothers_network_namespace_is_where_that_one_is()
    {
        var flows = Flows(
            Container("a", "api", ["one"]),
            Container("a", "side", mode: "container:a-api-1"),
            Container("a", "db", ["one"], exposed: ["5432/tcp"])
        );
        Assert.Contains("a/side > a/db 5432/tcp", flows);
        Assert.Contains("a/side > a/api any", flows);
        Assert.Contains("a/db > a/side any", flows);
    }

    [Fact]
    public void No_network_is_no_way() =>
        Assert.Empty(
            Flows(Container("a", "api", ["none"], mode: "none"), Container("a", "db", ["none"], mode: "none"))
        );

    [Fact]
    public void Traefiks_labels_open_a_service_to_the_internet_where_the_two_meet()
    {
        var labels = new Dictionary<string, string>
        {
            ["traefik.http.routers.web.rule"] = "Host(`a.example`)",
            ["traefik.http.services.web.loadbalancer.server.port"] = "8080",
        };
        Assert.Contains(
            "internet > a/web 8080/tcp",
            Flows(
                Container("p", "traefik", ["edge"], image: "traefik:v3.1"),
                Container("a", "web", ["edge"], labels: labels)
            )
        );
        Assert.DoesNotContain(
            "internet > a/web 8080/tcp",
            Flows(
                Container("p", "traefik", ["edge"], image: "traefik:v3.1"),
                Container("a", "web", ["edge"], labels: new(labels) { ["traefik.enable"] = "false" })
            )
        );
        Assert.Empty(
            Flows(
                Container("p", "traefik", ["edge"], image: "traefik:v3.1"),
                Container("a", "web", ["other"], labels: labels)
            )
        );
    }

    [Theory]
    [InlineData("/var/run/docker.sock:/var/run/docker.sock")]
    [InlineData("/run/containerd/containerd.sock:/run/containerd/containerd.sock")]
    [InlineData("/srv/engine/d.sock:/var/run/docker.sock")]
    public void Who_has_the_engines_socket_has_the_host_and_all_on_it_in_two_steps(string mount)
    {
        var graph = FlowGraph.Of([
            Container("p", "n8n", ["one"], mounts: [mount]),
            Container("a", "db", ["two"], exposed: ["5432/tcp"]),
        ]);
        var paths = graph.From(new FlowEnd(EndKind.Service, "p", "n8n"));
        Assert.Equal(["host vps-1", "a/db"], paths.Select(path => path[^1].To.For("p")));
        Assert.Equal([1, 2], paths.Select(path => path.Count));
    }

    [Fact]
    public void Ways_are_told_in_the_order_in_which_they_were_found_and_each_once()
    {
        var flows = FlowGraph
            .Of([
                Container("a", "api", ["one", "two"]),
                Container("a", "api", ["two", "one"]),
                Container("a", "db", ["one", "two"], exposed: ["5432/tcp"]),
                Container("a", "web", ["two"], exposed: ["80/tcp"]),
            ])
            .Flows;
        Assert.Equal(["network one", "network two"], Ways("api", "db"));
        Assert.Equal(["network two"], Ways("api", "web"));
        Assert.Equal(["network two"], Ways("db", "web"));

        IReadOnlyList<string> Ways(string from, string to) =>
            Assert.Single(flows, flow => flow.From.Name == from && flow.To.Name == to).Ways;
    }

    [Fact]
    public void Three_hundred_services_within_a_second()
    {
        HostedContainer[] many =
        [
            .. Enumerable
                .Range(0, 300)
                .Select(number =>
                    Container($"t{number % 20}", $"s{number}", [$"n{number % 20}", "edge"], ["8080/tcp"])
                ),
        ];
        Flows(many[..10]);
        var began = ProcessorTime.OfThisThread();
        var flows = FlowGraph.Of(many).Flows.Count;
        var taken = ProcessorTime.OfThisThread() - began;
        Assert.Equal(300 * 299, flows);
        // Four times what is promised, for a machine that is slower.
        Assert.True(taken < TimeSpan.FromSeconds(4), $"{taken}");
    }
}
