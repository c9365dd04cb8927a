using System.Net;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Flows;

namespace Sevensa.Dashboard.Tests.Runner.Flows;

/// <summary>What is seen of UDP: sockets that are connected to somebody, and what the kernel keeps track of.</summary>
public sealed class DatagramsTests : IDisposable
{
    private readonly string proc = Directory.CreateTempSubdirectory("proc-").FullName;
    private readonly HostBook book = new();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeEngine engine;

    public DatagramsTests() => engine = new FakeEngine(time);

    public void Dispose()
    {
        engine.Dispose();
        Directory.Delete(proc, recursive: true);
    }

    private ContainerFacts Add(string name, string address, int process, string? udp = null)
    {
        var facts = engine.AddOnShop(book, name, address, process);
        var folder = Directory.CreateDirectory(Path.Combine(proc, $"{process}", "net")).FullName;
        File.WriteAllText(Path.Combine(proc, $"{process}", "cgroup"), $"0::/docker-{facts.Id}.scope\n");
        File.WriteAllText(Path.Combine(folder, "tcp"), "");
        File.WriteAllText(Path.Combine(folder, "route"), "");
        if (udp is not null)
        {
            File.WriteAllText(Path.Combine(folder, "udp"), udp);
        }
        return facts;
    }

    private (string, string, string)[] Seen() =>
        [
            .. new FlowWatch(engine, book, new NamespaceReader(proc), time)
                .Look()
                .Flows.Select(flow => (flow.From, flow.To, flow.Port)),
        ];

    [Fact]
    public void A_connected_socket_tells_who_wrote_to_whom()
    {
        // 172.20.0.2:40000 is connected to 172.20.0.3:53; the server is bound to port 53 and connected to nobody.
        var api = Add("rentguy-api-1", "172.20.0.2", 41, "0: 020014AC:9C40 030014AC:0035 01 x\n");
        var dns = Add("rentguy-dns-1", "172.20.0.3", 42, "0: 00000000:0035 00000000:0000 07 x\n");
        Assert.Equal([(api.Id, dns.Id, "53/udp")], Seen());
    }

    [Fact]
    public void A_server_that_answers_by_a_connected_socket_was_written_to()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var dns = Add(
            "rentguy-dns-1",
            "172.20.0.3",
            42,
            "0: 030014AC:0035 020014AC:9C40 01 x\n1: 00000000:0035 00000000:0000 07 x\n"
        );
        Assert.Equal([(api.Id, dns.Id, "53/udp")], Seen());
    }

    [Fact]
    public void A_socket_that_is_connected_to_nobody_tells_nothing()
    {
        Add("rentguy-api-1", "172.20.0.2", 41, "0: 020014AC:9C40 00000000:0000 07 x\n");
        Add("rentguy-dns-1", "172.20.0.3", 42, "0: 00000000:0035 00000000:0000 07 x\n");
        Assert.Empty(Seen());
    }

    [Fact]
    public void What_the_kernel_keeps_track_of_is_seen_with_who_answered()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var dns = Add("rentguy-dns-1", "172.20.0.3", 42);
        Directory.CreateDirectory(Path.Combine(proc, "net"));
        File.WriteAllText(
            Path.Combine(proc, "net", "nf_conntrack"),
            """
            ipv4     2 udp      17 25 src=172.20.0.2 dst=10.0.0.1 sport=40000 dport=5353 src=172.20.0.3 dst=172.20.0.2 sport=53 dport=40000 mark=0 use=2
            ipv4     2 udp      17 25 src=172.20.0.3 dst=172.20.0.2 sport=40001 dport=99 [UNREPLIED] src=172.20.0.2 dst=172.20.0.3 sport=99 dport=40001 use=2
            ipv4     2 tcp      6 25 ESTABLISHED src=172.20.0.3 dst=172.20.0.2 sport=40001 dport=99 src=172.20.0.2 dst=172.20.0.3 sport=99 dport=40001 use=2
            ipv4     2 udp      17 nonsense
            """
        );
        Assert.Equal([(api.Id, dns.Id, "53/udp")], Seen());
    }

    [Fact]
    public void What_is_tracked_of_who_had_the_address_before_is_not_told_of_who_has_it_now()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var dns = Add("rentguy-dns-1", "172.20.0.3", 42);
        Directory.CreateDirectory(Path.Combine(proc, "net"));
        File.WriteAllText(
            Path.Combine(proc, "net", "nf_conntrack"),
            "ipv4 2 udp 17 25 src=172.20.0.2 dst=172.20.0.3 sport=40000 dport=53 "
                + "src=172.20.0.3 dst=172.20.0.2 sport=53 dport=40000 mark=0 use=2\n"
        );
        var watch = new FlowWatch(engine, book, new NamespaceReader(proc), time);
        Assert.Contains(watch.Look().Flows, flow => (flow.From, flow.To) == (api.Id, dns.Id));
        book.Remove(dns.Id);
        var fresh = Add("witcom-shop-1", "172.20.0.3", 43);
        time.Advance(FlowWatch.Every);
        Assert.DoesNotContain(watch.Look().Flows, flow => flow.To == fresh.Id);
        // What is still tracked then is its own.
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Contains(watch.Look().Flows, flow => (flow.From, flow.To) == (api.Id, fresh.Id));
    }

    [Fact]
    public void Lines_of_tcp_are_no_datagrams_and_the_other_way_round()
    {
        var tcp = new ConnectionTable();
        tcp.Add(new StringReader("0: 00000000:0035 00000000:0000 07 x\n"));
        Assert.Empty(tcp.Listening);
        var udp = new ConnectionTable(ofDatagrams: true);
        udp.Add(new StringReader("0: 020014AC:9C40 030014AC:0035 06 x\n1: 00000000:0035 00000000:0000 0A x\n"));
        Assert.Empty(udp.Listening);
        Assert.Empty(udp.Made);
        udp.Add(new StringReader("0: 020014AC:9C40 030014AC:0035 01 x\n"));
        Assert.Equal(IPAddress.Parse("172.20.0.3"), Assert.Single(udp.Made).Remote);
    }
}
