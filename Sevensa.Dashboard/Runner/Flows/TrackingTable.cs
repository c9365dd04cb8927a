using System.Globalization;
using System.Net;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>Datagrams that went from one address to another.</summary>
/// <param name="To">Who answered, whatever address was written to.</param>
/// <param name="Port">That answered.</param>
internal readonly record struct TrackedDatagram(IPAddress From, IPAddress To, int Port);

/// <summary>The UDP lines of the kernel's table of what passes (<c>/proc/net/nf_conntrack</c>).</summary>
internal sealed class TrackingTable
{
    private readonly List<TrackedDatagram> datagrams = [];

    public IReadOnlyList<TrackedDatagram> Datagrams => datagrams;

    /// <summary>Adds what a table says; a line that is none of a table's, or was never answered, is passed over.</summary>
    public void Add(TextReader table)
    {
        for (var lines = 0; lines < ConnectionTable.MostLines && table.ReadLine() is { } line; lines++)
        {
            Add(line);
        }
    }

    /// <summary><c>ipv4 2 udp 17 25 src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… use=2</c>: asked, then answered.</summary>
    private void Add(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 4 || words[2] != "udp" || words.Contains("[UNREPLIED]"))
        {
            return;
        }
        string[] Values(string name) =>
            [
                .. words
                    .Where(word => word.StartsWith($"{name}=", StringComparison.Ordinal))
                    .Select(word => word[(name.Length + 1)..]),
            ];
        if (
            Values("src") is [var asking, var answering]
            && Values("sport") is [_, var port]
            && IPAddress.TryParse(asking, out var from)
            && IPAddress.TryParse(answering, out var to)
            && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and < 65536
            && !IPAddress.IsLoopback(from)
            && !IPAddress.IsLoopback(to)
        )
        {
            datagrams.Add(new TrackedDatagram(from, to, number));
        }
    }
}
