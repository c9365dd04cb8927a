using System.Globalization;
using System.Net;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>Why the tables of a container can't be read.</summary>
internal enum Hindrance
{
    /// <summary>There is no such process, or it is not the container's: other numbers hold here than where the engine is.</summary>
    NotHere,

    /// <summary>The system does not let this program look whose the process is.</summary>
    Denied,

    /// <summary>The process is the container's, and the system does not let this program read its tables.</summary>
    Shut,
}

/// <summary>What the kernel says of one network namespace.</summary>
/// <param name="Addresses">That it has at this moment; null where the kernel does not tell them.</param>
/// <param name="Datagrams">The sockets of UDP; null where the kernel does not tell them.</param>
internal sealed record NamespaceTables(
    ConnectionTable Connections,
    RouteTable Routes,
    IReadOnlyCollection<IPAddress>? Addresses = null,
    ConnectionTable? Datagrams = null
);

/// <summary>Reads the tables of a container's network namespace, from the folder that the kernel keeps of its first process.</summary>
/// <param name="proc">Where the kernel's folder is.</param>
internal sealed class NamespaceReader(string proc = "/proc")
{
    /// <summary>Of a file that is longer it is not looked for the container's id.</summary>
    private const int MostLines = 2000;

    /// <returns>The tables, or what is in the way.</returns>
    public (NamespaceTables? Tables, Hindrance? Hindrance) Read(string containerId, int process)
    {
        var folder = Path.Combine(proc, process.ToString(CultureInfo.InvariantCulture));
        var isIts = false;
        try
        {
            // A number says nothing where the engine is another machine's, or has ended and is another's by now.
            if (process <= 0 || !IsOf(containerId, folder))
            {
                return (null, Hindrance.NotHere);
            }
            isIts = true;
            var connections = new ConnectionTable();
            var routes = new RouteTable();
            Add(connections.Add, $"{folder}/net/tcp");
            if (File.Exists($"{folder}/net/tcp6"))
            {
                Add(connections.Add, $"{folder}/net/tcp6");
            }
            Add(routes.Add, $"{folder}/net/route");
            return (new NamespaceTables(connections, routes, AddressesOf(folder), DatagramsOf(folder)), null);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return (null, Hindrance.NotHere);
        }
        catch (UnauthorizedAccessException)
        {
            return (null, isIts ? Hindrance.Shut : Hindrance.Denied);
        }
        catch (IOException)
        {
            // It ended while it was read.
            return (null, Hindrance.NotHere);
        }
    }

    /// <summary>Docker names the container in the path of its control group, and in those of the files that it mounts into it.</summary>
    private static bool IsOf(string containerId, string folder) =>
        Names(containerId, $"{folder}/cgroup") || Names(containerId, $"{folder}/mountinfo");

    private static bool Names(string containerId, string file) =>
        File.ReadLines(file).Take(MostLines).Any(line => line.Contains(containerId, StringComparison.Ordinal));

    /// <summary>
    /// What the kernel keeps track of in the host's own network, which datagrams of containers pass through; empty where it does
    /// not, or does not show it to this program.
    /// </summary>
    public IReadOnlyList<TrackedDatagram> Tracked()
    {
        var tracked = new TrackingTable();
        try
        {
            Add(tracked.Add, $"{proc}/net/nf_conntrack");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Without the module, or without the right.
        }
        return tracked.Datagrams;
    }

    private static ConnectionTable? DatagramsOf(string folder)
    {
        if (!File.Exists($"{folder}/net/udp"))
        {
            return null;
        }
        var datagrams = new ConnectionTable(ofDatagrams: true);
        Add(datagrams.Add, $"{folder}/net/udp");
        if (File.Exists($"{folder}/net/udp6"))
        {
            Add(datagrams.Add, $"{folder}/net/udp6");
        }
        return datagrams;
    }

    private static IReadOnlyCollection<IPAddress>? AddressesOf(string folder)
    {
        if (!File.Exists($"{folder}/net/fib_trie"))
        {
            return null;
        }
        var addresses = new AddressTable();
        Add(addresses.AddTrie, $"{folder}/net/fib_trie");
        if (File.Exists($"{folder}/net/if_inet6"))
        {
            Add(addresses.AddInterfaces, $"{folder}/net/if_inet6");
        }
        return addresses.Own;
    }

    private static void Add(Action<TextReader> add, string file)
    {
        using var text = new StreamReader(file);
        add(text);
    }
}
