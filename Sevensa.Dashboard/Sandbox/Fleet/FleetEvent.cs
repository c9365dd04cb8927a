namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>Something that happened to a container, image or network, as Docker's events tell it.</summary>
/// <remarks>TimeNano: Nanoseconds since the Unix epoch.</remarks>
internal sealed record FleetEvent(
    string Host,
    string Type,
    string Action,
    string ActorId,
    IReadOnlyDictionary<string, string> Attributes,
    long TimeNano
);
