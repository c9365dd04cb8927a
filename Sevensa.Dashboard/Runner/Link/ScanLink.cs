using Microsoft.AspNetCore.SignalR.Client;

namespace Sevensa.Dashboard.Runner.Link;

/// <summary>Over the hub's connection, which reads one message at a time: each piece is waited for.</summary>
internal sealed class ScanLink(HubConnection connection) : IScanLink
{
    public Task TellAsync(ScannerReport report, CancellationToken cancellation) =>
        connection.InvokeAsync(nameof(IRunnerHub.Scanner), report, cancellation);

    public Task<ScanAnswer> SendAsync(ScanPiece piece, CancellationToken cancellation) =>
        connection.InvokeAsync<ScanAnswer>(nameof(IRunnerHub.ScanPiece), piece, cancellation);

    public async Task<IReadOnlyList<PartsToMatch>> PartsToMatchAsync(string scanner, CancellationToken cancellation) =>
        await connection.InvokeAsync<PartsToMatch[]>(nameof(IRunnerHub.PartsToMatch), scanner, cancellation);

    public Task<byte[]?> PartsAsync(string id, CancellationToken cancellation) =>
        connection.InvokeAsync<byte[]?>(nameof(IRunnerHub.Parts), id, cancellation);
}
