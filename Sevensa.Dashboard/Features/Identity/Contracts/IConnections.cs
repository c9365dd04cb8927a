namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>How a connection stands that is no upstream's: nobody asks there and waits for an answer.</summary>
public enum ConnectionState
{
    /// <summary>Something went through it, and the last time it did.</summary>
    Works,

    /// <summary>It is set up, and nothing has gone through it yet.</summary>
    Waits,

    /// <summary>The last that went through it failed, or it is held back.</summary>
    Troubled,

    /// <summary>It is not set up.</summary>
    Off,
}

/// <summary>A way in or out of this installation.</summary>
/// <param name="Kind">What it is for, in words: <c>Events out</c>.</param>
/// <param name="LastGoodAt">When something last went through it.</param>
/// <param name="Message">Why it does not work, in its words.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Link">Where it is looked after; null for the settings of the program.</param>
public sealed record Connection(
    string Kind,
    string Name,
    ConnectionState State,
    DateTimeOffset? LastGoodAt,
    string? Message,
    string? Remedy,
    string? Link
);

/// <summary>Connections of a feature beside its upstreams.</summary>
public interface IConnections
{
    /// <summary>Those that the caller may know of.</summary>
    Task<IReadOnlyList<Connection>> ForAsync(Caller caller, CancellationToken cancellation);
}
