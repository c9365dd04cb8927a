using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>Where a network namespace sends what it has for others, as <c>/proc/PID/net/route</c> says; IPv4 alone.</summary>
internal sealed class RouteTable
{
    private const int MostLines = 1000;

    private readonly HashSet<uint> gateways = [];
    private readonly List<(uint Network, uint Mask)> near = [];

    /// <summary>Adds what a table says; a line that is none of a table's is passed over.</summary>
    public void Add(TextReader table)
    {
        for (var lines = 0; lines < MostLines && table.ReadLine() is { } line; lines++)
        {
            var parts = line.Split('\t', StringSplitOptions.TrimEntries);
            if (parts.Length < 8 || Word(parts[1]) is not { } to || Word(parts[2]) is not { } gateway)
            {
                continue;
            }
            if (gateway != 0)
            {
                gateways.Add(gateway);
            }
            else if (Word(parts[7]) is { } mask and not 0)
            {
                near.Add((to, mask));
            }
        }
    }

    /// <summary>Whether it is the host's address in one of the networks: the gateway, and where there is none the first one.</summary>
    public bool IsHost(IPAddress address) =>
        Of(address) is { } word
        && (
            gateways.Contains(word)
            || near.Any(network => (word & network.Mask) == network.Network && Big(word) == Big(network.Network) + 1)
        );

    /// <summary>Whether it is in one of the namespace's own networks.</summary>
    public bool IsNear(IPAddress address) =>
        Of(address) is { } word && near.Any(network => (word & network.Mask) == network.Network);

    // All words are as the kernel's table has them: in network order, read as a number of this machine.
    private static uint? Of(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? BitConverter.ToUInt32(address.GetAddressBytes()) : null;

    private static uint Big(uint word) => unchecked((uint)IPAddress.NetworkToHostOrder((int)word));

    private static uint? Word(string text) =>
        uint.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var word) ? word : null;
}
