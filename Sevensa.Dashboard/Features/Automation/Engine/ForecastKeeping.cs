using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>Remembers what forecasts were worth, and tells why nothing is done by one.</summary>
internal sealed class ForecastKeeping(ForecastBook book, PolicyDeeds deeds, TimeProvider time)
{
    private const int MostErrors = 30;

    /// <summary>Between two tellings: the same trouble in other numbers is the same.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromHours(1);

    public async Task KeepAsync(
        PolicyRow row,
        PolicyDefinition policy,
        PolicyMemory memory,
        TriggerReading reading,
        CancellationToken cancellation
    )
    {
        var (kept, now) = (memory.Forecast ??= new ForecastMemory(), time.GetUtcNow());
        // While it held, the engine tells that by itself.
        if (reading.Missing is { } why && memory.Subjects.Values.All(one => one.Since is null))
        {
            if (kept.Told != why && (kept.ToldAt is not { } told || (now - told).Duration() > Again))
            {
                (kept.Told, kept.ToldAt) = (why, now);
                await deeds.MissedAsync(row, policy, policy.Services[0], why, cancellation);
            }
        }
        else if (reading.Missing is null)
        {
            kept.Told = null;
        }
        if (
            (kept.Errors is not [.., var last] || now.UtcDateTime.Date != last.At.UtcDateTime.Date)
            && book.Known(row.Tenant, policy)?.Error is { } error
        )
        {
            kept.Errors.Add(new KeptError(now, error.Mase, error.Mape, error.Coverage, error.IsWorseThanNaive));
            kept.Errors.RemoveRange(0, Math.Max(0, kept.Errors.Count - MostErrors));
        }
    }
}
