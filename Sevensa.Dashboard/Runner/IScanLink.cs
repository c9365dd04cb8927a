namespace Sevensa.Dashboard.Runner;

/// <summary>What a scanner says to the dashboard, as long as one is connected.</summary>
internal interface IScanLink
{
    Task TellAsync(ScannerReport report, CancellationToken cancellation);

    Task<ScanAnswer> SendAsync(ScanPiece piece, CancellationToken cancellation);

    Task<IReadOnlyList<PartsToMatch>> PartsToMatchAsync(string scanner, CancellationToken cancellation);

    Task<byte[]?> PartsAsync(string id, CancellationToken cancellation);
}

/// <summary>Scans what runs, until cancelled.</summary>
internal delegate Task ScanningWork(IScanLink link, CancellationToken cancellation);
