namespace Sevensa.Dashboard.Protocol;

/// <summary>Connections that were really made, as the tables of the kernel show them: one for many.</summary>
/// <param name="From">Id of the container that connected, or one of <see cref="FlowPlaces"/>.</param>
/// <param name="To">Id of the container that was connected to, or one of <see cref="FlowPlaces"/>.</param>
/// <param name="Port">That was connected to: <c>5432/tcp</c>.</param>
/// <param name="LastSeenUnixMs">Up to a quarter of an hour behind: what goes on is not told at every look.</param>
public sealed record ObservedFlow(string From, string To, string Port, long FirstSeenUnixMs, long LastSeenUnixMs);

/// <summary>Ends of a flow that are no container of the host.</summary>
public static class FlowPlaces
{
    /// <summary>The host itself, as the container meets it: the gateway of one of its networks.</summary>
    public const string Host = "host";

    /// <summary>A public address.</summary>
    public const string Internet = "internet";

    /// <summary>An address of a private network that is none of the host's containers'.</summary>
    public const string Private = "private";
}

/// <summary>A container whose connections are looked at again and again, with no gap in which one could have been made unseen.</summary>
/// <param name="SinceUnixMs">Since when, also in the containers of its service that it took the place of.</param>
public sealed record LookedContainer(string Id, long SinceUnixMs);

/// <summary>What a host saw of the connections of its containers since it told last.</summary>
/// <param name="Read">Containers whose connections were read at the last look.</param>
/// <param name="NotRead">Containers that run and whose connections could not be read.</param>
/// <param name="Why">Why they could not, or why not all flows are told, in words; null when there is nothing to say.</param>
/// <param name="Looked">Containers of whose connections none is missed, and since when; null from runners that do not tell.</param>
public sealed record FlowReport(
    IReadOnlyList<ObservedFlow> Flows,
    int Read,
    int NotRead,
    string? Why,
    IReadOnlyList<LookedContainer>? Looked = null
)
{
    /// <summary>Flows in one message.</summary>
    public const int MostFlows = 500;
}
