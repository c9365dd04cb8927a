namespace Sevensa.Dashboard.Platform.Wire;

/// <summary>Whether dashboards hear each other.</summary>
internal enum WireState
{
    /// <summary>No Redis is set: this dashboard is alone.</summary>
    None,

    /// <summary>The program starts; it is not known yet.</summary>
    Beginning,
    Connected,

    /// <summary>What this one says over Redis does not come back to it.</summary>
    Away,
}

/// <param name="Since">Of the state.</param>
/// <param name="Words">What is wrong, in Redis' words where it gave any.</param>
internal sealed record WireStatus(WireState State, DateTimeOffset Since, string? Words);

/// <summary>The other dashboard could not be asked, did not answer, or said that it could not.</summary>
internal sealed class WireException(string message, Exception? inner = null) : Exception(message, inner);
