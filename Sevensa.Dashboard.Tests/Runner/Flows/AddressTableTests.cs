using System.Net;
using Sevensa.Dashboard.Runner.Flows;

namespace Sevensa.Dashboard.Tests.Runner.Flows;

/// <summary>The kernel's lists of a namespace's own addresses.</summary>
public class AddressTableTests
{
    [Fact]
    public void Addresses_of_the_namespace_are_read_and_neither_networks_nor_the_loopback()
    {
        var table = new AddressTable();
        table.AddTrie(
            new StringReader(
                """
                Main:
                  +-- 0.0.0.0/0 3 0 5
                     |-- 0.0.0.0
                        /0 universe UNICAST
                     +-- 127.0.0.0/8 2 0 2
                        +-- 127.0.0.0/31 1 0 0
                           |-- 127.0.0.0
                              /8 host LOCAL
                           |-- 127.0.0.1
                              /32 host LOCAL
                        |-- 127.255.255.255
                           /32 link BROADCAST
                     +-- 172.20.0.0/16 2 0 2
                        +-- 172.20.0.0/30 2 0 2
                           |-- 172.20.0.0
                              /16 link UNICAST
                           |-- 172.20.0.2
                              /32 host LOCAL
                        |-- 172.20.255.255
                           /32 link BROADCAST
                """
            )
        );
        table.AddInterfaces(
            new StringReader(
                """
                00000000000000000000000000000001 01 80 10 80       lo
                fd000000000000000000000000000003 02 40 00 80     eth0
                fd0000000000000000000000000000zz 02 40 00 80     eth0
                none
                """
            )
        );
        Assert.Equal(
            [IPAddress.Parse("172.20.0.2"), IPAddress.Parse("fd00::3")],
            table.Own.OrderBy(address => address.AddressFamily)
        );
    }
}
