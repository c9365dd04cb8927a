namespace Sevensa.Dashboard.Protocol;

/// <summary>Asks a runner for a container's lines as Docker has them, in pieces.</summary>
/// <param name="Id">Chosen by the dashboard; pieces and credits name it.</param>
/// <param name="Tail">How many of the lines that are there already come first.</param>
/// <param name="SinceUnixNs">Only lines from then on; 0 for all.</param>
/// <param name="Follow">Goes on with new lines until the container ends.</param>
/// <param name="Credit">How many pieces may be sent before more are asked for. Without credit Docker is not read: a slow reader slows down nobody else.</param>
public sealed record LogFollow(string Id, string ContainerId, int Tail, long SinceUnixNs, bool Follow, int Credit);

/// <summary>Lines of one stream, in Docker's order.</summary>
/// <param name="Ended">Nothing comes after it: the container ended, or was not running.</param>
/// <param name="Words">Docker's own, when it ended because Docker could not go on.</param>
public sealed record LogPiece(string Id, IReadOnlyList<ContainerLogLine> Lines, bool Ended, string? Words = null)
{
    /// <summary>Lines in one piece.</summary>
    public const int MostLines = 1000;
}
