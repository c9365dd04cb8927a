using Microsoft.AspNetCore.SignalR;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>Sends a report in pieces, each after the one before was taken.</summary>
internal static class ReportSender
{
    /// <exception cref="ScanException">The dashboard did not take it; its words.</exception>
    public static async Task<string?> SendAsync(
        IScanLink link,
        byte[] packed,
        ScannedImage of,
        CancellationToken cancellation
    )
    {
        var id = Guid.NewGuid().ToString("n");
        try
        {
            for (var (number, at) = (0, 0); ; number++)
            {
                var count = Math.Min(ScanPiece.MostBytes, packed.Length - at);
                var piece = packed[at..(at + count)];
                at += count;
                var isLast = at == packed.Length;
                var answer = await link.SendAsync(new ScanPiece(id, number, isLast, piece, of), cancellation);
                if (!answer.IsTaken)
                {
                    throw new ScanException(
                        $"The dashboard did not take the report{(answer.Again ? " now, it is sent again later" : "")}: {answer.Words ?? "it does not say why."}"
                    );
                }
                if (isLast)
                {
                    return answer.Words;
                }
            }
        }
        catch (Exception exception) when (exception is HubException or InvalidOperationException or IOException)
        {
            throw new ScanException($"The report could not be sent: {exception.Message}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // A connection that ends lets go of what is under way as if somebody had cancelled it.
            throw new ScanException("The connection to the dashboard ended before it had the report.");
        }
    }
}
