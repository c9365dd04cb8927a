using System.Globalization;
using System.Net;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>A connection as one of its two ends has it.</summary>
internal readonly record struct Connection(IPAddress Local, int LocalPort, IPAddress Remote, int RemotePort);

/// <summary>
/// The TCP sockets of one network namespace, as the kernel lists them in <c>/proc/PID/net/tcp</c> and <c>tcp6</c>; or those of UDP
/// (<c>udp</c>, <c>udp6</c>), of which only the ones that were connected to somebody tell to whom.
/// </summary>
internal sealed class ConnectionTable(bool ofDatagrams = false)
{
    /// <summary>Of a table that is longer the rest is not looked at.</summary>
    public const int MostLines = 50_000;

    private const int Listen = 0x0A;
    private const int Established = 0x01;

    /// <summary>A socket of UDP that is bound and connected to nobody.</summary>
    private const int Unconnected = 0x07;
    private const int TimeWait = 0x06;

    private readonly HashSet<int> listening = [];
    private readonly List<Connection> made = [];
    private readonly List<bool> ended = [];

    /// <summary>Ports that somebody listens on.</summary>
    public IReadOnlySet<int> Listening => listening;

    /// <summary>Those that were made, also when they have just ended; without those inside the namespace.</summary>
    public IReadOnlyList<Connection> Made => made;

    /// <summary>There was more in a table than is looked at.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether the one at this place among <see cref="Made"/> has ended in order: the other end has it no more.</summary>
    public bool HasEnded(int place) => ended[place];

    /// <summary>Adds what a table says; a line that is none of a table's is passed over.</summary>
    public void Add(TextReader table)
    {
        for (var lines = 0; table.ReadLine() is { } line; lines++)
        {
            if (lines == MostLines)
            {
                IsCut = true;
                return;
            }
            Add(line);
        }
    }

    private void Add(ReadOnlySpan<char> line)
    {
        Span<Range> parts = stackalloc Range[5];
        if (
            line.Split(parts, ' ', StringSplitOptions.RemoveEmptyEntries) < 5
            || End(line[parts[1]]) is not var (local, localPort)
            || End(line[parts[2]]) is not var (remote, remotePort)
            || !int.TryParse(line[parts[3]], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var state)
        )
        {
            return;
        }
        if (state == (ofDatagrams ? Unconnected : Listen))
        {
            listening.Add(localPort);
        }
        else if (
            (ofDatagrams ? state == Established : WasMade(state))
            && remotePort > 0
            && !IPAddress.IsLoopback(remote)
            && !IPAddress.IsLoopback(local)
        )
        {
            made.Add(new Connection(local, localPort, remote, remotePort));
            ended.Add(state == TimeWait);
        }
    }

    /// <summary>Established, or ending after it was: what is only asked for (2, 3, 12) and what is closed (7) was not or is no more.</summary>
    private static bool WasMade(int state) => state is 1 or 4 or 5 or 6 or 8 or 9 or 11;

    /// <summary><c>030014AC:1538</c>: words of the address in this machine's order of bytes, and the port.</summary>
    private static (IPAddress Address, int Port)? End(ReadOnlySpan<char> text)
    {
        var colon = text.IndexOf(':');
        if (
            colon is not (8 or 32)
            || !int.TryParse(text[(colon + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port)
        )
        {
            return null;
        }
        Span<byte> bytes = stackalloc byte[16];
        for (var at = 0; at < colon; at += 8)
        {
            if (!uint.TryParse(text.Slice(at, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var word))
            {
                return null;
            }
            BitConverter.TryWriteBytes(bytes[(at / 2)..], word);
        }
        var address = new IPAddress(bytes[..(colon / 2)]);
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }
}
