namespace Sevensa.Dashboard.Features.Reachability.Graph;

/// <summary>Why it is not known that no connection was made, in words.</summary>
internal static class Unseen
{
    public const string Outside = "One of the two is outside of all hosts, where nobody looks.";
    public const string Proxied =
        "Traefik leads to it: its connections are seen as its own, and not as those of who asked for them.";
    public const string Published =
        "It may go by a published port: such a connection is seen as one of the host's address.";
    public const string Far = "It leads from one host to another, and neither sees whose the other end is.";
    public const string HostNetwork =
        "One of the two is in its host's network: its connections can't be told from the host's own.";
    public const string SharedNamespace =
        "One of the two is in another container's network namespace: its connections can't be told from that one's.";
    public const string Overlay =
        "It may go over a network of several hosts, whose addresses are not its containers' own.";
    public const string UnknownNetwork = "It is not known of what kind a network is that both are in.";
    public const string NoConnection = "To have the host takes no connection.";
    public const string NotTcp =
        "Of UDP only sockets that are connected, and what the kernel keeps track of, are seen: datagrams may pass that are not.";
    public const string AnyPort =
        "It is not known what listens there: it may be something other than TCP, of which not all is seen.";
    public const string Impossible = "No network leads there now.";
    public const string NotRunning = "One of the two does not run now.";
    public const string NotConnected = "The runner of a host where one of the two runs is not connected.";
    public const string NotTold = "The runner of a host where one of the two runs has not told of connections.";
    public const string NotRead = "The connections of one of the two are not read, or not all of them.";
    public const string TooShort =
        "The two are looked at for less than a week: whether a connection was made before is not known.";
    public const string NoRoom =
        "There was no room for all flows of the same tenant that were seen: it may be one of those that are left out.";

    /// <summary>For who does not see both.</summary>
    public const string Hidden = "The connections of both are not looked at in such a way that it could be told.";
}
