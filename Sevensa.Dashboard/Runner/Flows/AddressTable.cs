using System.Buffers;
using System.Net;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>
/// Addresses that a network namespace has at this moment, as the kernel lists them in <c>/proc/PID/net/fib_trie</c> and
/// <c>if_inet6</c>; without those of the loopback.
/// </summary>
internal sealed class AddressTable
{
    private const int MostLines = 10_000;
    private const int HexOfSix = 32;
    private const string Leaf = "|-- ";
    private const string Local = "/32 host LOCAL";

    private readonly HashSet<IPAddress> own = [];

    public IReadOnlyCollection<IPAddress> Own => own;

    /// <summary>Adds those of version 4; a line that is none of the table's is passed over.</summary>
    public void AddTrie(TextReader table)
    {
        IPAddress? leaf = null;
        for (var lines = 0; lines < MostLines && table.ReadLine() is { } line; lines++)
        {
            var text = line.AsSpan().Trim();
            if (text.StartsWith(Leaf, StringComparison.Ordinal))
            {
                leaf = IPAddress.TryParse(text[Leaf.Length..], out var address) ? address : null;
            }
            else if (
                leaf is not null
                && text.StartsWith(Local, StringComparison.Ordinal)
                && !IPAddress.IsLoopback(leaf)
            )
            {
                own.Add(leaf);
            }
        }
    }

    /// <summary>Adds those of version 6; a line that is none of the table's is passed over.</summary>
    public void AddInterfaces(TextReader table)
    {
        Span<byte> bytes = stackalloc byte[HexOfSix / 2];
        for (var lines = 0; lines < MostLines && table.ReadLine() is { } line; lines++)
        {
            if (
                line.Length > HexOfSix
                && line[HexOfSix] == ' '
                && Convert.FromHexString(line.AsSpan(0, HexOfSix), bytes, out _, out var written)
                    == OperationStatus.Done
                && written == bytes.Length
                && new IPAddress(bytes) is var address
                && !IPAddress.IsLoopback(address)
            )
            {
                own.Add(address);
            }
        }
    }
}
