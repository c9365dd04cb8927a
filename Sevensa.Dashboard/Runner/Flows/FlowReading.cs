using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>A container and what the kernel says of its network namespace.</summary>
internal sealed record ReadContainer(ContainerFacts Facts, NamespaceTables Tables);

/// <summary>Who connected to whom: from tables of connections and the networks' addresses.</summary>
internal static class FlowReading
{
    /// <summary>Ports from here on are given out to who connects (the kernel's default).</summary>
    private const int FirstGivenOut = 32_768;

    private static readonly IPNetwork[] privateNetworks =
    [
        .. new[]
        {
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "fc00::/7",
            "fe80::/10",
        }.Select(IPNetwork.Parse),
    ];

    /// <param name="running">
    /// Those that were read, and those that could not be and are known to run as they did when Docker was asked: they have
    /// addresses too.
    /// </param>
    /// <param name="unsure">Those that may have ended or begun since: what Docker said of their addresses may be others' by now.</param>
    /// <param name="book">Who had the addresses at earlier looks.</param>
    /// <param name="tracked">Datagrams that passed through the host.</param>
    /// <returns>Each once: the one that connected, the one that was connected to, and the port.</returns>
    public static IReadOnlySet<(string From, string To, string Port)> Of(
        IEnumerable<ContainerFacts> running,
        IReadOnlyList<ReadContainer> read,
        IEnumerable<ContainerFacts>? unsure = null,
        AddressBook? book = null,
        long now = 0,
        IReadOnlyList<TrackedDatagram>? tracked = null
    )
    {
        var owners = OwnersOf(running, unsure ?? [], read);
        book?.See(
            owners
                .Where(one => one.Value is not null)
                .Select(one => new KeyValuePair<IPAddress, string>(one.Key, one.Value!)),
            now
        );
        // One that the other end's table has too is theirs, whoever had the address before: it may go on for months.
        var ends = read.SelectMany(one =>
                one.Tables.Connections.Made.Select(made =>
                    (one.Facts.Id, made.Local, made.LocalPort, made.Remote, made.RemotePort)
                )
            )
            .ToHashSet();
        var listening = read.ToDictionary(one => one.Facts.Id, one => one.Tables.Connections.Listening);
        var found = new HashSet<(string, string, string)>();
        foreach (var one in read)
        {
            var own = one.Facts.Id;
            foreach (var (place, made) in one.Tables.Connections.Made.Index())
            {
                if (
                    Place(one, made.Remote, owners) is not { } other
                    || other == own
                    || (
                        book?.MayBeFormer(made.Remote, one.Tables.Connections.HasEnded(place), now) == true
                        && !ends.Contains((other, made.Remote, made.RemotePort, made.Local, made.LocalPort))
                    )
                )
                {
                    continue;
                }
                found.Add(
                    IsServer(made, one.Tables.Connections.Listening, listening.GetValueOrDefault(other))
                        ? (other, own, Word(made.LocalPort))
                        : (own, other, Word(made.RemotePort))
                );
            }
        }
        AddDatagrams(found, read, owners, book, now);
        foreach (var datagram in tracked ?? [])
        {
            if (
                owners.GetValueOrDefault(datagram.From) is { } from
                && owners.GetValueOrDefault(datagram.To) is { } to
                && from != to
                && book?.MayBeTrackedOfFormer(datagram.From, now) != true
                && book?.MayBeTrackedOfFormer(datagram.To, now) != true
            )
            {
                found.Add((from, to, Word(datagram.Port, "udp")));
            }
        }
        return found;
    }

    /// <summary>Who is bound to a port was written to at it; what was connected from one that was given out wrote.</summary>
    private static void AddDatagrams(
        HashSet<(string, string, string)> found,
        IReadOnlyList<ReadContainer> read,
        Dictionary<IPAddress, string?> owners,
        AddressBook? book,
        long now
    )
    {
        foreach (var one in read)
        {
            var own = one.Facts.Id;
            foreach (var made in one.Tables.Datagrams?.Made ?? [])
            {
                if (
                    Place(one, made.Remote, owners) is not { } other
                    || other == own
                    || book?.MayBeFormer(made.Remote, false, now) == true
                )
                {
                    continue;
                }
                var isServer =
                    one.Tables.Datagrams!.Listening.Contains(made.LocalPort)
                    || (made.LocalPort < FirstGivenOut && made.RemotePort >= FirstGivenOut);
                found.Add(
                    isServer ? (other, own, Word(made.LocalPort, "udp")) : (own, other, Word(made.RemotePort, "udp"))
                );
            }
        }
    }

    /// <summary>Whether the end whose table it is was connected to.</summary>
    /// <param name="there">What the other end listens on; null where that is not known.</param>
    private static bool IsServer(Connection made, IReadOnlySet<int> here, IReadOnlySet<int>? there) =>
        here.Contains(made.LocalPort)
        // Who listened for one connection alone listens no more.
        || (
            there?.Contains(made.RemotePort) != true
            && made.LocalPort < FirstGivenOut
            && made.RemotePort >= FirstGivenOut
        );

    private static string Word(int port, string protocol = "tcp") =>
        string.Create(CultureInfo.InvariantCulture, $"{port}/{protocol}");

    /// <summary>
    /// Containers by their addresses; null for one that two have, or of which it is not known who has it now. What the kernel
    /// says at this look goes before what Docker said when it was asked.
    /// </summary>
    private static Dictionary<IPAddress, string?> OwnersOf(
        IEnumerable<ContainerFacts> running,
        IEnumerable<ContainerFacts> unsure,
        IReadOnlyList<ReadContainer> read
    )
    {
        var held = read.SelectMany(one =>
                (one.Tables.Addresses ?? []).Select(address => (Id: (string?)one.Facts.Id, Address: address))
            )
            .ToList();
        var known = held.Select(one => one.Address).ToHashSet();
        var asked = read.Where(one => one.Tables.Addresses is not null).Select(one => one.Facts.Id).ToHashSet();
        var told = running
            .Where(container => !asked.Contains(container.Id))
            .SelectMany(container => Listed(container, container.Id));
        // Docker tells one address for each network; of two kinds the other is seen where it is used.
        var used = read.Where(one => one.Tables.Addresses is null)
            .SelectMany(one =>
                one.Tables.Connections.Made.Select(made => (Id: (string?)one.Facts.Id, Address: made.Local)).Distinct()
            );
        return held.Concat(
                told.Concat(used)
                    .Concat(unsure.SelectMany(container => Listed(container, null)))
                    .Where(one => !known.Contains(one.Address))
            )
            .GroupBy(one => one.Address, one => one.Id)
            .ToDictionary(same => same.Key, same => same.Distinct().Count() == 1 ? same.First() : null);
    }

    private static IEnumerable<(string? Id, IPAddress Address)> Listed(ContainerFacts container, string? owner)
    {
        foreach (var endpoint in container.Isolation?.Endpoints ?? [])
        {
            if (IPAddress.TryParse(endpoint.Address, out var address))
            {
                yield return (owner, address);
            }
        }
    }

    /// <returns>The id of a container or a word of <see cref="FlowPlaces"/>; null for what is nobody's that could be named.</returns>
    private static string? Place(ReadContainer one, IPAddress address, Dictionary<IPAddress, string?> owners) =>
        owners.TryGetValue(address, out var owner) ? owner
        : one.Tables.Routes.IsHost(address) ? FlowPlaces.Host
        // In Docker's own networks such a one was a container's that is gone.
        : one.Tables.Routes.IsNear(address) && IsDockers(one.Facts) ? null
        : address.IsIPv6LinkLocal || address.IsIPv6Multicast ? null
        : IsPrivate(address) ? FlowPlaces.Private
        : FlowPlaces.Internet;

    private static bool IsDockers(ContainerFacts facts) =>
        (facts.Isolation?.Endpoints ?? []).All(endpoint => endpoint.Driver is "bridge" or "overlay" or "");

    private static bool IsPrivate(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
        && privateNetworks.Any(network => network.Contains(address));
}
