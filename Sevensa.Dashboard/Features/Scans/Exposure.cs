namespace Sevensa.Dashboard.Features.Scans;

/// <summary>From how far what runs an image is reached; in order, the widest last.</summary>
public enum Exposure
{
    /// <summary>Nothing runs it now.</summary>
    NotRunning,

    /// <summary>By other containers in its networks alone.</summary>
    Inside,

    /// <summary>By programs of its host, on a loopback address.</summary>
    Loopback,

    /// <summary>By who reaches its host: a port on all of the host's addresses or on one of them, or the host's own network.</summary>
    Published,

    /// <summary>By whoever asks Traefik.</summary>
    Internet,
}
