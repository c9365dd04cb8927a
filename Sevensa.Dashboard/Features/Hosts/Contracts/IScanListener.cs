namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>Takes what the scanners of hosts find. Implemented by Scans; where nobody does, no host is asked to scan.</summary>
public interface IScanListener
{
    /// <summary>How a host's scanner stands.</summary>
    void OnScanner(string hostId, ScannerReport report);

    /// <summary>A piece of a report; with the last one it is taken in. What it says of an image that does not run there is refused.</summary>
    Task<ScanAnswer> OnPieceAsync(string hostId, ScanPiece piece, CancellationToken cancellation);

    /// <summary>Lists of parts that may be matched on this host.</summary>
    Task<IReadOnlyList<PartsToMatch>> PartsToMatchAsync(string hostId, string scanner, CancellationToken cancellation);

    /// <summary>One of them, packed; null when it is not this host's to match, not kept, or too large.</summary>
    Task<byte[]?> PartsAsync(string hostId, string id, CancellationToken cancellation);
}
