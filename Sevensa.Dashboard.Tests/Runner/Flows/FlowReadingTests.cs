using System.Globalization;
using System.Net;
using Sevensa.Dashboard.Runner.Flows;

namespace Sevensa.Dashboard.Tests.Runner.Flows;

/// <summary>Who connected to whom.</summary>
public class FlowReadingTests
{
    /// <param name="sockets"><c>80</c> listens, <c>172.20.0.2:40000>172.20.0.3:80</c> is connected.</param>
    private static ReadContainer Container(string name, string[] addresses, params string[] sockets)
    {
        var connections = new ConnectionTable();
        connections.Add(new StringReader(string.Join('\n', sockets.Select(Line))));
        var routes = new RouteTable();
        routes.Add(new StringReader("eth0\t000014AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0"));
        return new ReadContainer(Facts(name, addresses), new NamespaceTables(connections, routes));
    }

    private static ContainerFacts Facts(string name, params string[] addresses) =>
        Samples.Container(name) with
        {
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
                [],
                [],
                [.. addresses.Select(address => new NetworkEndpoint("shop", "n1", [], address, "bridge", false, true))]
            ),
        };

    private static string Line(string socket) =>
        socket.Split('>') is [var local, var remote]
            ? $"0: {End(local)} {End(remote)} 01 x"
            : $"0: {End($"0.0.0.0:{socket}")} {End("0.0.0.0:0")} 0A x";

    private static string End(string text)
    {
        var end = IPEndPoint.Parse(text);
        var words = end.Address.GetAddressBytes().Chunk(4).Select(word => $"{BitConverter.ToUInt32(word):X8}");
        return string.Create(CultureInfo.InvariantCulture, $"{string.Concat(words)}:{end.Port:X4}");
    }

    private static string[] Flows(IEnumerable<ContainerFacts> besides, params ReadContainer[] read)
    {
        ContainerFacts[] running = [.. read.Select(one => one.Facts), .. besides];
        var names = running.ToDictionary(one => one.Id, one => one.Name);
        string Name(string end) => names.GetValueOrDefault(end, end);
        return
        [
            .. FlowReading
                .Of(running, read)
                .Select(flow => $"{Name(flow.From)} > {Name(flow.To)} {flow.Port}")
                .Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public void Both_ends_tell_the_same_flow_once() =>
        Assert.Equal(
            ["api > db 5432/tcp"],
            Flows(
                [],
                Container("api", ["172.20.0.2"], "8080", "172.20.0.2:40000>172.20.0.3:5432"),
                Container(
                    "db",
                    ["172.20.0.3"],
                    "5432",
                    "172.20.0.3:5432>172.20.0.2:40000",
                    "172.20.0.3:5432>172.20.0.2:40001"
                )
            )
        );

    [Fact]
    public void Of_one_that_can_t_be_read_the_other_end_tells() =>
        Assert.Equal(
            ["api > db 5432/tcp"],
            Flows([Facts("db", "172.20.0.3")], Container("api", ["172.20.0.2"], "172.20.0.2:40000>172.20.0.3:5432"))
        );

    [Fact]
    public void A_server_above_the_ports_that_are_given_out_is_told_by_its_listening() =>
        Assert.Equal(
            ["api > db 50051/tcp"],
            Flows(
                [],
                Container("api", ["172.20.0.2"], "172.20.0.2:33000>172.20.0.3:50051"),
                Container("db", ["172.20.0.3"], "50051", "172.20.0.3:50051>172.20.0.2:33000")
            )
        );

    [Fact]
    public void Who_listened_for_one_connection_alone_was_connected_to_all_the_same() =>
        Assert.Equal(
            ["api > db 9000/tcp"],
            Flows(
                [],
                Container("api", ["172.20.0.2"], "172.20.0.2:40000>172.20.0.3:9000"),
                Container("db", ["172.20.0.3"], "172.20.0.3:9000>172.20.0.2:40000")
            )
        );

    [Fact]
    public void An_address_that_docker_does_not_tell_is_whose_it_is_used_by() =>
        Assert.Equal(
            ["api > db 5432/tcp"],
            Flows(
                [],
                Container("api", ["172.20.0.2"], "[fd00::2]:40000>[fd00::3]:5432"),
                Container("db", ["172.20.0.3"], "5432", "[fd00::3]:5432>[fd00::2]:40000")
            )
        );

    [Fact]
    public void An_address_of_two_is_nobodys() =>
        Assert.Empty(
            Flows(
                [Facts("other", "172.20.0.3"), Facts("db", "172.20.0.3")],
                Container("api", ["172.20.0.2"], "172.20.0.2:40000>172.20.0.3:5432")
            )
        );

    [Theory]
    [InlineData("172.20.0.1", "host")]
    [InlineData("8.8.8.8", "internet")]
    [InlineData("2001:4860:4860::8888", "internet")]
    [InlineData("192.168.1.5", "private")]
    [InlineData("fd12::9", "private")]
    public void What_is_no_containers_is_told_by_its_kind_alone(string address, string kind)
    {
        var there = IPAddress.Parse(address);
        Assert.Equal(
            [$"api > {kind} 443/tcp", $"{kind} > api 8080/tcp"],
            Flows(
                [],
                Container(
                    "api",
                    ["172.20.0.2"],
                    "8080",
                    $"172.20.0.2:40000>{new IPEndPoint(there, 443)}",
                    $"172.20.0.2:8080>{new IPEndPoint(there, 50000)}"
                )
            )
        );
    }

    [Fact]
    public void A_neighbour_that_is_gone_is_nobody_and_itself_is_no_flow() =>
        Assert.Empty(
            Flows(
                [],
                Container("api", ["172.20.0.2"], "172.20.0.2:40000>172.20.0.9:80", "172.20.0.2:40000>172.20.0.2:80")
            )
        );
}
