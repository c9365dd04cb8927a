using System.Net;
using Sevensa.Dashboard.Runner.Flows;

namespace Sevensa.Dashboard.Tests.Runner.Flows;

/// <summary>The kernel's tables as Linux 6.18 wrote them.</summary>
public class ConnectionTableTests
{
    /// <summary><c>busybox nc</c>, connected with a server on both kinds of addresses.</summary>
    private const string Tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
           0: 030014AC:96F4 030014AC:1538 01 00000000:00000000 00:00000000 00000000     0        0 7612764 1 0000000076b2ede4 20 0 0 10 -1                   
           1: 0100007F:8A25 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7574579 1 0000000023e752ea 100 0 0 10 0                   
           2: 020014AC:A000 040014AC:0050 06 00000000:00000000 03:000016F9 00000000     0        0 0 3 000000001111de00                                      
           3: 020014AC:A001 050014AC:0050 02 00000001:00000000 01:00000064 00000002     0        0 7612799 2 000000002222de00 800 0 0 1 7
           4: 0B00007F:8A25 020014AC:A001 01 00000000:00000000 00:00000000 00000000     0        0 7612799 1 000000002222de00 20 0 0 10 -1
        """;

    private const string Tcp6 = """
          sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000000000000000000000000000:1538 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7612738 1 000000000150c382 100 0 0 10 0
           1: 0000000000000000FFFF0000030014AC:1538 0000000000000000FFFF0000030014AC:96F4 01 00000000:00000000 00:00000000 00000000     0        0 7612767 1 00000000e8670771 20 0 0 10 -1
           2: 000000FD000000000000000003000000:D27E 000000FD000000000000000003000000:1538 01 00000000:00000000 00:00000000 00000000     0        0 7612761 1 00000000ce1408c0 20 0 0 10 -1
           3: 000000FD000000000000000003000000:1538 000000FD000000000000000003000000:D27E 01 00000000:00000000 00:00000000 00000000     0        0 7612739 1 000000003b51b12c 20 0 0 10 -1
        """;

    private static ConnectionTable Read(params string[] tables)
    {
        var read = new ConnectionTable();
        foreach (var table in tables)
        {
            read.Add(new StringReader(table));
        }
        return read;
    }

    private static Connection Made(string local, string remote) =>
        new(
            IPEndPoint.Parse(local).Address,
            IPEndPoint.Parse(local).Port,
            IPEndPoint.Parse(remote).Address,
            IPEndPoint.Parse(remote).Port
        );

    [Fact]
    public void What_was_made_is_read_and_what_listens_and_neither_loopback_nor_a_mere_try()
    {
        var table = Read(Tcp);
        Assert.Equal([35365], table.Listening);
        Assert.Equal(
            [Made("172.20.0.3:38644", "172.20.0.3:5432"), Made("172.20.0.2:40960", "172.20.0.4:80")],
            table.Made
        );
    }

    [Fact]
    public void Addresses_of_version_six_are_read_and_those_of_four_in_them_are_of_four()
    {
        var table = Read(Tcp6);
        Assert.Equal([5432], table.Listening);
        Assert.Equal(
            [
                Made("172.20.0.3:5432", "172.20.0.3:38644"),
                Made("[fd00::3]:53886", "[fd00::3]:5432"),
                Made("[fd00::3]:5432", "[fd00::3]:53886"),
            ],
            table.Made
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("0: 030014AC:96F4 030014AC:1538")]
    [InlineData("0: 030014AC:96F4 030014AC 01 x")]
    [InlineData("0: 03001:96F4 030014AC:1538 01 x")]
    [InlineData("0: 0300zzAC:96F4 030014AC:1538 01 x")]
    [InlineData("0: 030014AC:96F4 030014AC:1538 zz x")]
    [InlineData("\0\0\0")]
    public void A_line_that_is_none_is_passed_over(string line) =>
        Assert.Single(Read(line + "\n" + Tcp.Split('\n')[1]).Made);

    [Fact]
    public void A_table_has_an_end()
    {
        var line = Tcp.Split('\n')[1];
        Assert.Equal(
            ConnectionTable.MostLines,
            Read(string.Join('\n', Enumerable.Repeat(line, ConnectionTable.MostLines + 5))).Made.Count
        );
    }

    [Fact]
    public void The_host_is_the_gateway_and_without_one_the_first_address_of_a_network()
    {
        var routes = new RouteTable();
        routes.Add(
            new StringReader(
                """
                Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT                                                       
                eth0	00000000	FE0014AC	0003	0	0	0	00000000	0	0	0                                                                             
                eth0	000014AC	00000000	0001	0	0	0	0000FFFF	0	0	0                                                                             
                eth1	000015AC	00000000	0001	0	0	0	0000FFFF	0	0	0                                                                             
                """
            )
        );
        Assert.True(routes.IsHost(IPAddress.Parse("172.20.0.254")));
        Assert.True(routes.IsHost(IPAddress.Parse("172.21.0.1")));
        Assert.False(routes.IsHost(IPAddress.Parse("172.21.0.2")));
        Assert.False(routes.IsHost(IPAddress.Parse("fd00::1")));
        Assert.True(routes.IsNear(IPAddress.Parse("172.21.0.2")));
        Assert.False(routes.IsNear(IPAddress.Parse("172.22.0.2")));
    }
}
