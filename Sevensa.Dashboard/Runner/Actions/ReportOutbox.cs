using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>Brings reports to the dashboard in order, and keeps each until the dashboard has stored it.</summary>
internal sealed class ReportOutbox(Journal journal, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(2);

    private readonly Channel<bool> news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly ConcurrentQueue<ActionReport> again = new();
    private bool saidUnkept;

    /// <summary>Something new is in the journal.</summary>
    public void Wake() => news.Writer.TryWrite(true);

    /// <summary>Sends a report once more that was acknowledged before.</summary>
    public void PostAgain(ActionReport report)
    {
        again.Enqueue(report);
        Wake();
    }

    /// <summary>It is told. Where that can't be written down, it is only sent again after a restart.</summary>
    private void Acknowledge(ActionReport report)
    {
        try
        {
            journal.Acknowledge(report.ActionId, report.Sequence);
            saidUnkept = false;
        }
        catch (JournalException exception)
        {
            if (!saidUnkept)
            {
                log.AcknowledgementNotKept(exception.Message);
            }
            saidUnkept = true;
        }
    }

    /// <summary>Sends for as long as a connection lives.</summary>
    /// <param name="send">Ends when the dashboard has stored it; a <see cref="ReportRefusedException"/> says that it could not.</param>
    public async Task RunAsync(Func<byte[], CancellationToken, Task> send, CancellationToken cancellation)
    {
        while (true)
        {
            var waiting = await SendAllAsync(send, cancellation);
            if (waiting)
            {
                await Task.Delay(TryAgain, time, cancellation);
            }
            else
            {
                await news.Reader.ReadAsync(cancellation);
            }
        }
    }

    /// <returns>True when something could not be stored and waits.</returns>
    private async Task<bool> SendAllAsync(Func<byte[], CancellationToken, Task> send, CancellationToken cancellation)
    {
        // One action that can't be stored holds back its own later reports, not those of others.
        var heldBack = new HashSet<string>(StringComparer.Ordinal);
        while (journal.Unacknowledged().FirstOrDefault(report => !heldBack.Contains(report.ActionId)) is { } next)
        {
            try
            {
                await send(JsonSerializer.SerializeToUtf8Bytes(next, ActionJson.Default.ActionReport), cancellation);
                Acknowledge(next);
            }
            catch (ReportRefusedException exception)
            {
                log.ReportKept(next.ActionId, exception.Message);
                heldBack.Add(next.ActionId);
            }
        }
        // Taken out only once it is sent: what a line that breaks takes along is sent on the next one.
        for (; again.TryPeek(out var report); again.TryDequeue(out _))
        {
            try
            {
                await send(JsonSerializer.SerializeToUtf8Bytes(report, ActionJson.Default.ActionReport), cancellation);
            }
            catch (ReportRefusedException exception)
            {
                log.ReportKept(report.ActionId, exception.Message);
            }
        }
        return heldBack.Count > 0;
    }
}

/// <summary>The dashboard is there and could not store a report.</summary>
internal sealed class ReportRefusedException(string message, Exception inner) : Exception(message, inner);
