using System.Threading.Channels;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>How the scanner stands, for the dashboard; told when it changes, and not oftener than every two seconds.</summary>
internal sealed class ScanBoard(string scanner, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly Dictionary<string, FailedScan> failed = new(StringComparer.Ordinal);
    private readonly Channel<bool> news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private ScannerReport now = new(scanner, null, null, null, null, null, 0, 0, []);

    public ScannerReport Report
    {
        get
        {
            lock (gate)
            {
                return now with
                {
                    Failed = [.. failed.Values.OrderByDescending(one => one.AtUnixMs).Take(ScannerReport.MostFailed)],
                };
            }
        }
    }

    /// <summary>When it came to nothing last; null when it did not, or has been well since.</summary>
    public long? FailedAt(string id)
    {
        lock (gate)
        {
            return failed.TryGetValue(id, out var one) ? one.AtUnixMs : null;
        }
    }

    public void About(string? version, long? database, string? trouble) =>
        Change(report => report with { Version = version, DatabaseUnixMs = database, Trouble = trouble });

    public void Begin(string image) => Change(report => report with { Image = image, Progress = null });

    public void Say(string words) => Change(report => report with { Progress = words });

    public void End() => Change(report => report with { Image = null, Progress = null });

    /// <param name="ids">Of which it is told that they failed; of others no more.</param>
    public void Count(int waiting, int scanned, IReadOnlySet<string> ids) =>
        Change(report =>
        {
            foreach (var gone in failed.Keys.Where(id => !ids.Contains(id)).ToList())
            {
                failed.Remove(gone);
            }
            return report with { Waiting = waiting, Scanned = scanned };
        });

    public void Done(string id) =>
        Change(report =>
        {
            failed.Remove(id);
            return report;
        });

    public void Failed(string id, string image, string why) =>
        Change(report =>
        {
            failed[id] = new FailedScan(id, image, why, time.GetUtcNow().ToUnixTimeMilliseconds());
            return report;
        });

    /// <summary>Tells until cancelled, the whole at first.</summary>
    public async Task TellAsync(IScanLink link, CancellationToken cancellation)
    {
        while (true)
        {
            await link.TellAsync(Report, cancellation);
            await Task.Delay(Pause, time, cancellation);
            await news.Reader.ReadAsync(cancellation);
        }
    }

    private void Change(Func<ScannerReport, ScannerReport> change)
    {
        lock (gate)
        {
            now = change(now);
        }
        news.Writer.TryWrite(true);
    }
}
